// Any official file of a benchmark, recognised by what it is, as a table.
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { fileDigest } from '../../data/checksum.js';
import type { SpaceName } from '../sets.js';
import type { BenchmarkTable } from '../table.js';
import type { Collector } from './collect.js';
import { importCsv } from './csv.js';
import { importFolder, importPickle, importTar, type OnProgress } from './nats.js';
import { importTorch } from './torch.js';

export interface ImportOptions {
  /** Takes a source that lacks architectures; what is missing is missing in the table. */
  partial?: boolean;
  onProgress?: OnProgress;
}

const EXPECTED =
  'a -simple folder or .tar of NATS-Bench, its .pickle.pbz2, NAS-Bench-201-v1_?.pth, or a .csv (may be gzipped) with the column index';

/** Reads an official file. Nothing of it is executed; anything unexpected is an error that says where. */
export async function importBenchmark(
  path: string,
  options: ImportOptions = {},
): Promise<BenchmarkTable<SpaceName>> {
  const { partial, onProgress } = options;
  if (!existsSync(path)) throw new Error(`${path}: there is no such file or folder; expected ${EXPECTED}`);
  if (/\.csv(\.gz)?$/.test(path)) return importCsv(path);
  const read = statSync(path).isDirectory()
    ? importFolder
    : path.endsWith('.tar')
      ? importTar
      : path.endsWith('.pickle.pbz2')
        ? importPickle
        : path.endsWith('.pth')
          ? importTorch
          : undefined;
  if (read === undefined) throw new Error(`${path}: this kind of file is not known; expected ${EXPECTED}`);
  const collected: Collector = read(path, onProgress);
  const sha256 = statSync(path).isDirectory() ? null : await fileDigest('sha256', path);
  return collected.finish([{ name: basename(path), sha256 }], { partial });
}
