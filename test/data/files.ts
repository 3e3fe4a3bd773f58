// Makes small data files in the official layouts, for the tests of the loaders.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

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

/** `count` CIFAR-100 records: coarse labels 0..19, fine ones 0..99 in turn, pixels as in cifarRecords. */
export function cifar100Records(count: number, salt = 0): Buffer {
  const record = CIFAR_RECORD + 1;
  const bytes = Buffer.alloc(count * record);
  for (let i = 0; i < count; i++) {
    bytes[i * record] = i % 20;
    bytes[i * record + 1] = (i * 7) % 100;
    for (let p = 0; p < record - 2; p++) bytes[i * record + 2 + p] = cifarPixel(i + salt, p);
  }
  return bytes;
}

/** One MATLAB v5 array element; numbers in an 8-byte aligned subelement, a name of up to 4 letters in a small one. */
export function matlabArray(
  name: string,
  dimensions: number[],
  data: Uint8Array | Float64Array,
  compress = false,
): Buffer {
  const int32 = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer);
  const element = (type: number, bytes: Uint8Array) =>
    Buffer.concat([int32(type, bytes.length), bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
  const [arrayClass, type] = data instanceof Float64Array ? [6, 9] : [9, 2];
  const small = Buffer.concat([int32((name.length << 16) | 1), Buffer.from(name.padEnd(4, '\0'))]);
  const body = Buffer.concat([
    element(6, int32(arrayClass, 0)),
    element(5, int32(...dimensions)),
    name.length > 0 && name.length <= 4 ? small : element(1, Buffer.from(name)),
    element(type, Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  ]);
  const matrix = Buffer.concat([int32(14, body.length), body]);
  if (!compress) return matrix;
  const packed = deflateSync(matrix);
  return Buffer.concat([int32(15, packed.length), packed]);
}

/** A MATLAB v5 file of array elements. */
export function matlabFile(...elements: Buffer[]): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file, Platform: GLNXA64');
  header.writeUInt16LE(0x0100, 124);
  header.write('IM', 126);
  return Buffer.concat([header, ...elements]);
}

/** Pixel (row, column, channel) of image `i` in the SVHN files of the tests. */
export const svhnPixel = (i: number, row: number, column: number, channel: number): number =>
  (i * 29 + row * 7 + column * 3 + channel * 83) & 255;

/** An SVHN file of `count` images: labels 1, 2, ... 10 in turn. */
export function svhnFile(count: number, { compress = true, labels = 'bytes' } = {}): Buffer {
  const x = new Uint8Array(3072 * count);
  for (let i = 0, to = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) {
      for (let column = 0; column < 32; column++) {
        for (let row = 0; row < 32; row++) x[to++] = svhnPixel(i, row, column, c);
      }
    }
  }
  const y = Array.from({ length: count }, (_, i) => (i % 10) + 1);
  return matlabFile(
    matlabArray('X', [32, 32, 3, count], x, compress),
    matlabArray('y', [count, 1], labels === 'bytes' ? Uint8Array.from(y) : Float64Array.from(y), compress),
  );
}
