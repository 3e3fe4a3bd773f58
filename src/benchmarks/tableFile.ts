// The compact file of a benchmark: header, packed columns, checksum. Written once by an import, read in milliseconds.
import { readFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { writeAtomically } from '../atomic.js';
import { digest } from '../data/checksum.js';
import { DATASETS, epochsOf, imagesOf, SPACE_SIZE, type SpaceName, seedsOf } from './sets.js';
import type { AccuracyColumn, AccuracyKey, BenchmarkTable, NumberColumn, TableSource } from './table.js';

/**
 * Layout: 'DRNASTAB', version (1 byte), header length (u32 LE), header (JSON), Brotli stream of the columns, SHA-256 of all
 * before it. In the stream each column is cut into planes of equal bytes of its numbers, low bytes first, which pack well:
 * an accuracy column is `right` + 1 in 2 or 3 byte planes, then trials where they are not 1; a number column 8 planes, or 4.
 */
const MAGIC = Buffer.from('DRNASTAB');
const VERSION = 1;
const START = MAGIC.length + 1 + 4;
const HASH = 32;

interface Header {
  space: SpaceName;
  sources: TableSource[];
  accuracies: (AccuracyKey & { bytes: number; trials: boolean })[];
  numbers: { name: string; bytes: 4 | 8 }[];
}

/** Whether bytes begin as such a file does. */
export const isTableFile = (bytes: Uint8Array): boolean => MAGIC.equals(bytes.subarray(0, MAGIC.length));

/** Numbers that a float32 holds exactly are stored as such. */
const fitsFloat32 = (values: Float64Array): boolean =>
  values.every((v) => Number.isNaN(v) || Math.fround(v) === v);

export function encodeTable(table: BenchmarkTable): Uint8Array {
  const header: Header = {
    space: table.space,
    sources: [...table.sources],
    accuracies: table.accuracies.map(({ dataset, split, epochs, seed, right, trials }) => ({
      dataset,
      split,
      epochs,
      seed,
      bytes: right.every((n) => n + 1 < 2 ** 16) ? 2 : 3,
      trials: trials.some((n, i) => n !== (right[i] < 0 ? 0 : 1)),
    })),
    numbers: table.numbers.map(({ name, values }) => ({ name, bytes: fitsFloat32(values) ? 4 : 8 })),
  };
  const planes: Uint8Array[] = [];
  table.accuracies.forEach(({ right, trials }, c) => {
    for (let b = 0; b < header.accuracies[c].bytes; b++) {
      planes.push(Uint8Array.from(right, (n) => ((n + 1) >>> (8 * b)) & 255));
    }
    if (header.accuracies[c].trials) planes.push(trials);
  });
  table.numbers.forEach(({ values }, c) => {
    const { bytes } = header.numbers[c];
    const raw = new Uint8Array((bytes === 4 ? Float32Array.from(values) : values).buffer);
    for (let b = 0; b < bytes; b++) planes.push(Uint8Array.from(values, (_, i) => raw[i * bytes + b]));
  });
  const text = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(START);
  MAGIC.copy(start);
  start[MAGIC.length] = VERSION;
  start.writeUInt32LE(text.length, MAGIC.length + 1);
  const packed = brotliCompressSync(Buffer.concat(planes), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 22 },
  });
  const body = Buffer.concat([start, text, packed]);
  return Buffer.concat([body, Buffer.from(digest('sha256', body), 'hex')]);
}

/** Throws, naming the file, where anything differs from what was written: no damaged table is ever used. */
export function decodeTable(bytes: Uint8Array, name = 'table'): BenchmarkTable {
  const fail = (problem: string) => new Error(`${name}: ${problem}`);
  if (!isTableFile(bytes))
    throw fail('this is no benchmark table of this program: make one with drnas benchmark import');
  if (bytes.length < START + HASH) throw fail('the file is truncated: import it again');
  const body = bytes.subarray(0, bytes.length - HASH);
  const hash = Buffer.from(bytes.buffer, bytes.byteOffset + body.length, HASH).toString('hex');
  if (digest('sha256', body) !== hash)
    throw fail('the checksum differs: the file is truncated or damaged, import it again');
  if (bytes[MAGIC.length] !== VERSION) {
    throw fail(
      `version ${bytes[MAGIC.length]} of the format, expected ${VERSION}: import the official file again`,
    );
  }
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, START);
  const length = start.readUInt32LE(MAGIC.length + 1);
  const header = JSON.parse(Buffer.from(body.subarray(START, START + length)).toString()) as Header;
  const size = SPACE_SIZE[header.space];
  const planes = brotliDecompressSync(body.subarray(START + length), {
    maxOutputLength: size * (8 * header.numbers.length + 5 * header.accuracies.length) + 1,
  });
  let at = 0;
  const plane = () => {
    at += size;
    if (at > planes.length) throw fail('fewer numbers than its header names: import it again');
    return planes.subarray(at - size, at);
  };
  const accuracies = header.accuracies.map(({ bytes: width, trials: own, ...key }): AccuracyColumn => {
    const right = new Int32Array(size).fill(-1);
    for (let b = 0; b < width; b++) {
      const part = plane();
      for (let i = 0; i < size; i++) right[i] += part[i] << (8 * b);
    }
    const images = imagesOf(key.dataset, key.split) ?? 0;
    const trials = new Uint8Array(size);
    if (own) trials.set(plane());
    else for (let i = 0; i < size; i++) trials[i] = right[i] < 0 ? 0 : 1;
    return { ...key, images, right, trials };
  });
  const numbers = header.numbers.map(({ name: column, bytes: width }): NumberColumn => {
    const raw = new Uint8Array(size * width);
    for (let b = 0; b < width; b++) {
      const part = plane();
      for (let i = 0; i < size; i++) raw[i * width + b] = part[i];
    }
    return {
      name: column,
      values: width === 8 ? new Float64Array(raw.buffer) : Float64Array.from(new Float32Array(raw.buffer)),
    };
  });
  return { space: header.space, size, accuracies, numbers, sources: header.sources };
}

export function writeTable(path: string, table: BenchmarkTable): number {
  const bytes = encodeTable(checkTable(table));
  writeAtomically(path, bytes);
  return bytes.length;
}

export function readTable(path: string): BenchmarkTable {
  return decodeTable(readFileSync(path), path);
}

/** Refuses columns that the space can't have, before they are written. */
function checkTable(table: BenchmarkTable): BenchmarkTable {
  const size = SPACE_SIZE[table.space];
  for (const column of table.accuracies) {
    const { dataset, split, epochs, seed, images, right, trials } = column;
    const known =
      DATASETS.includes(dataset) &&
      imagesOf(dataset, split) === images &&
      epochsOf(table.space).includes(epochs) &&
      (seed === 'mean' || seedsOf(table.space, dataset, epochs).includes(seed));
    if (!known || right.length !== size || trials.length !== size) {
      throw new Error(
        `a column of ${dataset} ${split} at ${epochs} epochs, seed ${seed}, which the space has not`,
      );
    }
    for (let i = 0; i < size; i++) {
      if (right[i] > images * trials[i])
        throw new Error(`${dataset} ${split}: architecture ${i} is right on more images than there are`);
    }
  }
  for (const { name, values } of table.numbers) {
    if (values.length !== size)
      throw new Error(`column ${name} has ${values.length} numbers, expected ${size}`);
  }
  return table;
}
