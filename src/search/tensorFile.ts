// Named arrays in one file, in the safetensors layout: readable from Python, written atomically.
import { readFileSync } from 'node:fs';
import { writeAtomically } from '../atomic.js';

export type NamedArrays = Record<string, Float32Array | Float64Array>;
interface Entry {
  dtype: 'F32' | 'F64';
  shape: number[];
  data_offsets: [number, number];
}

/** Saves arrays and text metadata. Layout: 8 bytes header length, JSON header, data. */
export function writeTensorFile(path: string, arrays: NamedArrays, metadata: Record<string, string>): void {
  const header: Record<string, Entry | Record<string, string>> = { __metadata__: metadata };
  let offset = 0;
  // float64 first, so that every array starts at a multiple of its element size.
  const names = Object.keys(arrays).sort(
    (a, b) => arrays[b].BYTES_PER_ELEMENT - arrays[a].BYTES_PER_ELEMENT || (a < b ? -1 : 1),
  );
  for (const name of names) {
    const { byteLength, length } = arrays[name];
    const dtype = arrays[name] instanceof Float64Array ? 'F64' : 'F32';
    header[name] = { dtype, shape: [length], data_offsets: [offset, offset + byteLength] };
    offset += byteLength;
  }
  let json = JSON.stringify(header);
  json = json.padEnd(Math.ceil(Buffer.byteLength(json) / 8) * 8 - (Buffer.byteLength(json) - json.length));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(json)));
  const data = names.map(
    (name) => new Uint8Array(arrays[name].buffer, arrays[name].byteOffset, arrays[name].byteLength),
  );
  writeAtomically(path, length, json, ...data);
}

/** Reads such a file; an error names the file and says that it is damaged. */
export function readTensorFile(path: string): { arrays: NamedArrays; metadata: Record<string, string> } {
  const bytes = readFileSync(path);
  const damaged = (why: string): never => {
    throw new Error(
      `${path} is not a whole checkpoint (${why}): delete it, and the run continues from an earlier one or anew`,
    );
  };
  if (bytes.length < 8) damaged(`${bytes.length} bytes`);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  if (8 + headerLength > bytes.length)
    damaged(`header of ${headerLength} bytes in a file of ${bytes.length}`);
  let header: Record<string, Entry> & { __metadata__?: Record<string, string> };
  try {
    header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  } catch {
    return damaged('its header is not JSON');
  }
  const metadata = (header.__metadata__ ?? {}) as unknown as Record<string, string>;
  const arrays: NamedArrays = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [start, end] = (entry as Entry).data_offsets.map((o) => 8 + headerLength + o);
    if (end > bytes.length) damaged(`${name} ends at byte ${end} of ${bytes.length}`);
    const data = Uint8Array.prototype.slice.call(bytes, start, end).buffer;
    arrays[name] = (entry as Entry).dtype === 'F64' ? new Float64Array(data) : new Float32Array(data);
  }
  return { arrays, metadata };
}
