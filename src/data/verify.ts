// Where the files of each data set lie, and whether each is the official one.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipped } from '../compression/gzip.js';
import { digest, fileDigest, type HashName } from './checksum.js';
import { FASHION_FILES } from './fashion-mnist.js';
import { findImageFolder } from './imagenet/folder.js';
import { plainOrPacked } from './places.js';
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

const MAXIMUM = 100e6; // twice the largest of these files unpacked

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
  if (location.kind === 'archive') return [await stateOf(location.path, archive!.algorithm, archive!.hex)];
  const states: FileState[] = [];
  for (const { name: file, algorithm, hex } of files) {
    const unpacked = file.replace(/\.gz$/, '');
    states.push(
      name === 'fashion-mnist'
        ? await contentState(location.path, unpacked, 'sha1', FASHION_FILES[unpacked])
        : name === 'nas-bench-201-splits'
          ? await contentState(location.path, file, algorithm, hex)
          : await stateOf(join(location.path, file), algorithm, hex),
    );
  }
  return states;
}

const missing = (file: string, algorithm: HashName, expected: string): FileState => ({
  file,
  state: 'missing',
  algorithm,
  expected,
  found: null,
});

async function stateOf(file: string, algorithm: HashName, expected: string): Promise<FileState> {
  if (!existsSync(file)) return missing(file, algorithm, expected);
  const found = await fileDigest(algorithm, file);
  return { file, state: found === expected ? 'official' : 'altered', algorithm, expected, found };
}

/** Of files that are read gzipped or not, whoever packed them: only the content counts. */
async function contentState(
  folder: string,
  name: string,
  algorithm: HashName,
  expected: string,
): Promise<FileState> {
  const file = plainOrPacked(folder, name);
  if (!file) return missing(join(folder, name), algorithm, expected);
  let bytes: Uint8Array = await readFile(file);
  try {
    bytes = gunzipped(bytes, file, MAXIMUM);
  } catch {
    // Damaged: its own checksum is then as wrong as any.
  }
  const found = digest(algorithm, bytes);
  return { file, state: found === expected ? 'official' : 'altered', algorithm, expected, found };
}
