// Writes a file so that a reader sees the old one or the whole new one, never a part.
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/** Writes the pieces to a temporary neighbour, flushes it to the disk, then renames it. */
export function writeAtomically(path: string, ...pieces: (Uint8Array | string)[]): void {
  const temporary = `${path}.${process.pid}.part`;
  const file = openSync(temporary, 'w');
  try {
    for (const piece of pieces) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
