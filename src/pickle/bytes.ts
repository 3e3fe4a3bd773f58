// A cursor over pieces: fixed-size little-endian numbers, texts and byte strings, each at a known offset.
import type { Pieces } from './pieces.js';

export interface Cursor {
  /** Bytes read so far. */
  offset(): number;
  /** The next byte, or -1 at the end. */
  next(): number;
  u8(): number;
  u16(): number;
  i32(): number;
  u32(): number;
  /** An unsigned 64-bit length; more than 2^53 is refused. */
  u64(): number;
  f64(): number;
  /** A copy of the next `length` bytes. Memory grows with the bytes that are there, not with the length that is claimed. */
  bytes(length: number): Uint8Array;
  utf8(length: number): string;
  latin1(length: number): string;
  skip(length: number): void;
  /** Text up to the next line feed, which is consumed. */
  line(): string;
}

const LINE_LIMIT = 1 << 16;

/** Reads from pieces. `fail` makes the error for a place and a problem. */
export function cursor(pieces: Pieces, fail: (offset: number, problem: string) => Error): Cursor {
  let buffer: Buffer = Buffer.alloc(0);
  let at = 0;
  let before = 0; // bytes of the pieces that are done with

  const more = (): boolean => {
    const piece = pieces();
    if (piece === undefined) return false;
    before += at;
    buffer = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    at = 0;
    return true;
  };
  const truncated = (length: number) =>
    fail(before + at, `the data end here, where ${length} more byte(s) were expected: the file is truncated`);

  /** Puts the next `length` bytes (few) into one buffer and returns where they begin. */
  const spare = Buffer.alloc(8);
  const small = (length: number): [Buffer, number] => {
    if (at + length <= buffer.length) {
      at += length;
      return [buffer, at - length];
    }
    for (let i = 0; i < length; i++) {
      while (at >= buffer.length) if (!more()) throw truncated(length - i);
      spare[i] = buffer[at++];
    }
    return [spare, 0];
  };
  const bytes = (length: number): Buffer => {
    if (at + length <= buffer.length) {
      at += length;
      return Buffer.from(buffer.subarray(at - length, at));
    }
    const parts: Buffer[] = [];
    let left = length;
    while (left > 0) {
      if (at >= buffer.length && !more()) throw truncated(left);
      const take = Math.min(left, buffer.length - at);
      parts.push(Buffer.from(buffer.subarray(at, at + take)));
      at += take;
      left -= take;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
  };
  const text = (length: number, encoding: 'utf8' | 'latin1'): string => {
    if (at + length <= buffer.length) {
      at += length;
      return buffer.toString(encoding, at - length, at);
    }
    return bytes(length).toString(encoding);
  };
  const next = (): number => {
    while (at >= buffer.length) if (!more()) return -1;
    return buffer[at++];
  };

  return {
    offset: () => before + at,
    next,
    u8() {
      const byte = next();
      if (byte < 0) throw truncated(1);
      return byte;
    },
    u16() {
      const [b, i] = small(2);
      return b.readUInt16LE(i);
    },
    i32() {
      const [b, i] = small(4);
      return b.readInt32LE(i);
    },
    u32() {
      const [b, i] = small(4);
      return b.readUInt32LE(i);
    },
    u64() {
      const [b, i] = small(8);
      const value = b.readUInt32LE(i) + b.readUInt32LE(i + 4) * 2 ** 32;
      if (value > Number.MAX_SAFE_INTEGER) throw fail(before + at - 8, `a length of ${value} is none`);
      return value;
    },
    f64() {
      const [b, i] = small(8);
      return b.readDoubleBE(i); // the one big-endian number of the format
    },
    bytes,
    utf8: (length) => text(length, 'utf8'),
    latin1: (length) => text(length, 'latin1'),
    skip(length) {
      let left = length;
      while (left > 0) {
        if (at >= buffer.length && !more()) throw truncated(left);
        const take = Math.min(left, buffer.length - at);
        at += take;
        left -= take;
      }
    },
    line() {
      const codes: number[] = [];
      for (;;) {
        const byte = next();
        if (byte < 0) throw truncated(1);
        if (byte === 10) return Buffer.from(codes).toString('latin1');
        codes.push(byte);
        if (codes.length > LINE_LIMIT)
          throw fail(before + at, `a line of more than ${LINE_LIMIT} bytes is none`);
      }
    },
  };
}
