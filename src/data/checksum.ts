// Checksums of buffers and files, in hexadecimal.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export type HashName = 'md5' | 'sha1' | 'sha256';

/** The digest of the bytes of one or several arrays, as if they were one. */
export function digest(algorithm: HashName, ...parts: (Uint8Array | Uint16Array)[]): string {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The digest of a file, read in pieces. */
export async function fileDigest(algorithm: HashName, file: string): Promise<string> {
  const hash = createHash(algorithm);
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece);
  return hash.digest('hex');
}
