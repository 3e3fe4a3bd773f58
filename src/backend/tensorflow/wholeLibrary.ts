// Whether a shared library is whole: loading one whose end is missing ends the process by a signal, which nothing can catch.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const MAGIC = 0x464c457f; // "\x7fELF", read as a little-endian word
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const PT_LOAD = 1;

/**
 * What is wrong with the length of an ELF file of 64 bits: its segments that are loaded reach beyond its end. Undefined
 * where nothing is, and for files of other formats, which the system's loader refuses by itself. Layout: elf(5).
 */
export function shortLibrary(file: string): string | undefined {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const read = (at: number, length: number) => {
      const bytes = Buffer.alloc(length);
      return readSync(descriptor, bytes, 0, length, at) === length ? bytes : undefined;
    };
    const short = (expected: number) => `is not whole: ${size} bytes of ${expected} or more`;
    const header = read(0, 64);
    if (!header) return undefined; // too short even to say what it is: the loader refuses it
    if (header.readUInt32LE(0) !== MAGIC || header[4] !== CLASS_64 || header[5] !== LITTLE_ENDIAN)
      return undefined;
    const [start, length, count] = [
      Number(header.readBigUInt64LE(32)),
      header.readUInt16LE(54),
      header.readUInt16LE(56),
    ];
    const table = read(start, length * count);
    if (!table) return short(start + length * count);
    let needed = 0;
    for (let at = 0; at < table.length; at += length) {
      if (table.readUInt32LE(at) !== PT_LOAD) continue;
      const end = Number(table.readBigUInt64LE(at + 8) + table.readBigUInt64LE(at + 32));
      needed = Math.max(needed, end);
    }
    return size < needed ? short(needed) : undefined;
  } finally {
    closeSync(descriptor);
  }
}
