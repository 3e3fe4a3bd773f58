// Finds a stored (not compressed) member of a zip file, ZIP64 too, so that it can be read in place: as torch.save writes.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const END64 = 0x06064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const MAX_COMMENT = 65_535;
const DIRECTORY_LIMIT = 64 << 20;

/** The bytes [start, end) of the first member whose name matches. PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.3. */
export function findStored(path: string, name: RegExp): { start: number; end: number } {
  const fail = (problem: string) => new Error(`${path}: ${problem}: the zip file is truncated or damaged`);
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const read = (at: number, length: number): Buffer => {
      if (at < 0 || length < 0 || at + length > size)
        throw fail(`bytes ${at} to ${at + length} of ${size} are asked for`);
      const bytes = Buffer.alloc(length);
      for (let done = 0; done < length; ) {
        const count = readSync(file, bytes, done, length - done, at + done);
        if (count === 0) throw fail('it ends while it is read');
        done += count;
      }
      return bytes;
    };
    const directory = readDirectory(read, size, fail);
    for (let at = 0; at + 46 <= directory.length; ) {
      if (directory.readUInt32LE(at) !== ENTRY) throw fail('its directory has no entry where one belongs');
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((i) =>
        directory.readUInt16LE(at + i),
      );
      const text = directory.toString('utf8', at + 46, at + 46 + nameLength);
      const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
      if (name.test(text)) {
        if (directory.readUInt16LE(at + 10) !== 0)
          throw fail(`${text} is compressed, which torch.save never does`);
        const [stored, offset] = sizes(
          directory.readUInt32LE(at + 24),
          directory.readUInt32LE(at + 42),
          extra,
          fail,
        );
        const local = read(offset, 30);
        if (local.readUInt32LE(0) !== LOCAL) throw fail(`${text} is not where the directory says`);
        const start = offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
        if (start + stored > size) throw fail(`${text} goes on behind the end`);
        return { start, end: start + stored };
      }
      at += 46 + nameLength + extraLength + commentLength;
    }
    throw fail('it has no data.pkl');
  } finally {
    closeSync(file);
  }
}

type Read = (at: number, length: number) => Buffer;
type Fail = (problem: string) => Error;

const big = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

function readDirectory(read: Read, size: number, fail: Fail): Buffer {
  const tailStart = Math.max(0, size - 22 - MAX_COMMENT);
  const tail = read(tailStart, size - tailStart);
  let at = tail.length - 22;
  while (at >= 0 && tail.readUInt32LE(at) !== END) at--;
  if (at < 0) throw fail('its end record is missing');
  let length = tail.readUInt32LE(at + 12);
  let start = tail.readUInt32LE(at + 16);
  if (length === 0xffffffff || start === 0xffffffff) {
    const locator = read(tailStart + at - 20, 20);
    if (locator.readUInt32LE(0) !== END64_LOCATOR) throw fail('its ZIP64 locator is missing');
    const record = read(big(locator, 8), 56);
    if (record.readUInt32LE(0) !== END64) throw fail('its ZIP64 end record is missing');
    length = big(record, 40);
    start = big(record, 48);
  }
  if (length > DIRECTORY_LIMIT) throw fail(`its directory claims ${length} bytes`);
  return read(start, length);
}

/** Size and offset of a member; where 32 bits don't hold them, from the ZIP64 field, which has only those in need of it. */
function sizes(stored: number, offset: number, extra: Buffer, fail: Fail): [number, number] {
  if (stored !== 0xffffffff && offset !== 0xffffffff) return [stored, offset];
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    // Order: uncompressed size, compressed size, offset. A stored member's two sizes are equal and both too large, or neither.
    const offsetAt = stored === 0xffffffff ? 16 : 0;
    if (field.length < offsetAt + (offset === 0xffffffff ? 8 : 0)) break;
    return [
      stored === 0xffffffff ? big(field, 0) : stored,
      offset === 0xffffffff ? big(field, offsetAt) : offset,
    ];
  }
  throw fail('a ZIP64 field is missing');
}
