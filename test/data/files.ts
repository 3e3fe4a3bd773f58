// Makes small data files in the official layouts, for the tests of the loaders.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const CIFAR_RECORD = 3073; // one label byte and 3 x 32 x 32 pixels

/** A temporary folder for one suite; call `remove` when done. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'drnas-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** `count` CIFAR-10 records: labels 0..9 in turn, every pixel value a function of its place. */
export function cifarRecords(count: number, salt = 0): Buffer {
  const bytes = Buffer.alloc(count * CIFAR_RECORD);
  for (let i = 0; i < count; i++) {
    bytes[i * CIFAR_RECORD] = i % 10;
    for (let p = 0; p < CIFAR_RECORD - 1; p++) bytes[i * CIFAR_RECORD + 1 + p] = cifarPixel(i + salt, p);
  }
  return bytes;
}

/** The pixel at place `p` (channel-major) of image `i` in the files that cifarRecords makes. */
export const cifarPixel = (i: number, p: number): number =>
  (p * 7 + (p >> 5) * 13 + (p >> 10) * 101 + i * 31) & 255;

/** Writes a CIFAR-10 folder with `count` records per file and returns its path. */
export function writeCifar(parent: string, count: number): string {
  const folder = join(parent, 'cifar-10-batches-bin');
  mkdirSync(folder, { recursive: true });
  for (let b = 1; b <= 5; b++) writeFileSync(join(folder, `data_batch_${b}.bin`), cifarRecords(count, b));
  writeFileSync(join(folder, 'test_batch.bin'), cifarRecords(count, 6));
  return folder;
}

/** An IDX file of unsigned bytes. */
export function idx(shape: number[], data: Uint8Array, magic = 0x0800 | shape.length): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(magic, 0);
  shape.forEach((n, d) => {
    header.writeUInt32BE(n, 4 + 4 * d);
  });
  return Buffer.concat([header, data]);
}

/** The error that a promise is rejected with; fails when it is not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a failure, but it succeeded');
}

/** Runs `action` with environment variables set (or unset) and puts them back. */
export async function withEnvironment<T>(
  variables: Record<string, string | undefined>,
  action: () => Promise<T>,
): Promise<T> {
  const kept = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  const assign = (values: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  assign(variables);
  try {
    return await action();
  } finally {
    assign(kept);
  }
}
