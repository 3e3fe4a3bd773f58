// Unpacks gzip, where bytes are that, with a bound on what they may become.
import { gunzipSync } from 'node:zlib';

/** `bytes` unpacked, or as they are where they are not gzip. Throws, naming `path`, on damage and beyond `limit` bytes. */
export function gunzipped(bytes: Uint8Array, path: string, limit: number): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    throw new Error(
      `${path} cannot be unpacked (${(error as Error).message}): the file is truncated or damaged; get it again`,
      { cause: error },
    );
  }
}
