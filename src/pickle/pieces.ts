// Bytes that come piece by piece, so that a file larger than memory can be read from its start to its end.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Gives the next piece (never empty, valid until the next call), or undefined at the end. */
export type Pieces = () => Uint8Array | undefined;

const PIECE = 1 << 20;

/** An array in memory as a single piece. */
export function piecesOf(bytes: Uint8Array): Pieces {
  let rest: Uint8Array | undefined = bytes.length > 0 ? bytes : undefined;
  return () => {
    const piece = rest;
    rest = undefined;
    return piece;
  };
}

/** Runs `read` over the bytes [start, end) of a file, 1 MiB at a time, and closes the file. */
export function withFilePieces<T>(
  path: string,
  read: (pieces: Pieces, size: number) => T,
  { start = 0, end = Infinity }: { start?: number; end?: number } = {},
): T {
  const file = openSync(path, 'r');
  try {
    const stop = Math.min(end, fstatSync(file).size);
    const buffer = new Uint8Array(Math.min(PIECE, Math.max(1, stop - start)));
    let at = start;
    return read(
      () => {
        const count = readSync(file, buffer, 0, Math.max(0, Math.min(buffer.length, stop - at)), at);
        at += count;
        return count > 0 ? buffer.subarray(0, count) : undefined;
      },
      Math.max(0, stop - start),
    );
  } finally {
    closeSync(file);
  }
}

/** All pieces as one array; refuses more than `limit` bytes, so that a small packed file can't fill memory. */
export function collect(pieces: Pieces, limit: number, what: string): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let piece = pieces(); piece !== undefined; piece = pieces()) {
    size += piece.length;
    if (size > limit) throw new Error(`${what} unpacks to more than the ${limit} bytes such a file can have`);
    parts.push(piece.slice());
  }
  return Buffer.concat(parts);
}
