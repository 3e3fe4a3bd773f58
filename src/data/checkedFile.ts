// The rule for files that are not the official ones: a training file is refused, a test file noted.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { digest } from './checksum.js';
import type { DataFile } from './registry.js';

/**
 * Reads `path` and compares it with `official`.
 * @returns the bytes, and a note where they are not the official ones but may be used
 * @throws where a training file is altered and `allowAltered` is not set
 */
export async function readChecked(
  path: string,
  official: DataFile,
  { isTest, allowAltered, from }: { isTest: boolean; allowAltered: boolean; from: string },
): Promise<{ bytes: Uint8Array; note?: string }> {
  const bytes = await readFile(path);
  const found = digest(official.algorithm, bytes);
  if (found === official.hex) return { bytes };
  const name = { md5: 'MD5', sha1: 'SHA-1', sha256: 'SHA-256' }[official.algorithm];
  if (!isTest && !allowAltered) {
    throw new Error(
      `${path}: its ${name} is ${found}, the official file's is ${official.hex}: the file was altered, damaged or cut ` +
        `short; replace it by the file of ${from}, or allow altered files explicitly`,
    );
  }
  return {
    bytes,
    note: `${basename(path)} is not the official file: ${name} ${found}, official ${official.hex}; results on it are not comparable with published ones`,
  };
}
