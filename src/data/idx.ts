// Reads IDX, the format of MNIST and its kin: a big-endian header (type, dimensions), then the bytes.
import { readFile } from 'node:fs/promises';
import { gunzipped } from '../compression/gzip.js';

export interface IdxFile {
  /** Sizes of the dimensions: [count] for labels, [count, rows, columns] for images. */
  shape: number[];
  data: Uint8Array;
  /** The whole file, unpacked, for its checksum. */
  bytes: Uint8Array;
}

const UNSIGNED_BYTE = 8;
const MAXIMUM = 100e6; // twice the largest official file unpacked

/** Reads `path`, gzipped or not, and requires unsigned bytes of `dimensions` dimensions. */
export async function readIdx(path: string, dimensions: number): Promise<IdxFile> {
  const bytes = gunzipped(await readFile(path), path, MAXIMUM);
  const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const expected = (UNSIGNED_BYTE << 8) | dimensions;
  const magic = bytes.length >= 4 ? view.getUint32(0) : undefined;
  if (magic !== expected) {
    throw new Error(
      `${path}: it starts with ${magic === undefined ? `only ${bytes.length} bytes` : hex(magic)}, expected ` +
        `${hex(expected)} (IDX, unsigned bytes, ${dimensions} dimension${dimensions > 1 ? 's' : ''}): not the right file`,
    );
  }
  const header = 4 + 4 * dimensions;
  const shape: number[] = [];
  if (bytes.length >= header) for (let d = 0; d < dimensions; d++) shape.push(view.getUint32(4 + 4 * d));
  const size = header + shape.reduce((product, n) => product * n, 1);
  if (shape.length === 0 || bytes.length !== size) {
    throw new Error(
      `${path}: ${bytes.length} bytes unpacked, expected ${shape.length === 0 ? `at least ${header}` : size} ` +
        `(${shape.join('x')}): the file is truncated or damaged; get it again`,
    );
  }
  return { shape, data: bytes.subarray(header), bytes };
}
