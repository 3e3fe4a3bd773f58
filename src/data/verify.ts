// Where the files of each data set lie, and whether each is the official one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digest, fileDigest } from './checksum.js';
import { FASHION_FILES } from './fashion-mnist.js';
import { readIdx } from './idx.js';
import { findImageFolder } from './imagenet/folder.js';
import { DATASETS, type RegistryName } from './registry.js';
import { SOURCES } from './sources.js';
import { findSplits } from './splits.js';
import type { FindOptions, Location } from './types.js';

/** Where data set `name` was found; undefined where it was not, or is drawn. */
export function locateDataset(name: RegistryName, options: FindOptions = {}): Location | undefined {
  if (name === 'procedural') return undefined;
  if (name === 'imagenet') return findImageFolder(options);
  if (name === 'nas-bench-201-splits') return findSplits(options);
  return SOURCES[name].find(options);
}

export interface FileState {
  file: string;
  state: 'official' | 'altered' | 'missing';
  algorithm: string;
  expected: string;
  found: string | null;
}

/** Compares every file of `name` at `location` with its published checksum. */
export async function verifyDataset(name: RegistryName, location: Location): Promise<FileState[]> {
  const { archive, files } = DATASETS[name];
  if (location.kind === 'archive') {
    const found = await fileDigest(archive!.algorithm, location.path);
    const { algorithm, hex: expected } = archive!;
    return [
      { file: location.path, state: found === expected ? 'official' : 'altered', algorithm, expected, found },
    ];
  }
  const states: FileState[] = [];
  for (const { name: file, algorithm, hex } of files) {
    const state = await (name === 'fashion-mnist'
      ? fashionState(location.path, file)
      : fileState(location.path, file, algorithm, hex));
    states.push(state);
  }
  return states;
}

async function fileState(
  folder: string,
  file: string,
  algorithm: 'md5' | 'sha1' | 'sha256',
  expected: string,
): Promise<FileState> {
  const path = join(folder, file);
  if (!existsSync(path)) return { file: path, state: 'missing', algorithm, expected, found: null };
  const found = await fileDigest(algorithm, path);
  return { file: path, state: found === expected ? 'official' : 'altered', algorithm, expected, found };
}

/** Packed or not, and by whom: only the content counts. */
async function fashionState(folder: string, packed: string): Promise<FileState> {
  const name = packed.replace(/\.gz$/, '');
  const expected = FASHION_FILES[name];
  const file = [join(folder, name), join(folder, packed)].find((path) => existsSync(path));
  const algorithm = 'sha1';
  if (!file) return { file: join(folder, packed), state: 'missing', algorithm, expected, found: null };
  const bytes = await readIdx(file, name.includes('images') ? 3 : 1).then(
    (idx) => idx.bytes,
    () => new Uint8Array(),
  );
  const found = digest(algorithm, bytes);
  return { file, state: found === expected ? 'official' : 'altered', algorithm, expected, found };
}
