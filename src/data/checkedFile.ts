// The rule for files that are not the official ones: a training file is refused, a test file noted.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { digest } from './checksum.js';
import { isFile } from './places.js';
import type { DatasetInfo } from './registry.js';
import type { ImageSet } from './types.js';

export interface Rule {
  isTest: boolean;
  allowAltered: boolean;
  /** Where the official file is had. */
  from: string;
}

/**
 * Compares the checksum that a file has with the official one; `kind` names it, such as `MD5`.
 * @returns a note where the file is not the official one but may be used
 * @throws where a training file is altered and `allowAltered` is not set
 */
export function checkDigest(
  path: string,
  { kind, found, official }: { kind: string; found: string; official: string },
  { isTest, allowAltered, from }: Rule,
): string | undefined {
  if (found === official) return undefined;
  if (!isTest && !allowAltered) {
    throw new Error(
      `${path}: its ${kind} is ${found}, the official file's is ${official}: the file was altered, damaged or cut short; ` +
        `replace it by the file of ${from}, or allow altered files explicitly`,
    );
  }
  const consequence = isTest
    ? 'test accuracies measured on it are not comparable with published ones'
    : 'results are not comparable with those on the official training set';
  return `${basename(path)} is not the official file: ${kind} ${found}, official ${official}; ${consequence}`;
}

const NAMES = { md5: 'MD5', sha1: 'SHA-1', sha256: 'SHA-256' };

/** Reads, checks and decodes the files of a data set in their official order; notes say which are not the official ones. */
export async function readOfficialFiles(
  folder: string,
  { title, files, page }: DatasetInfo,
  options: {
    allowAltered: boolean;
    isTest: (name: string) => boolean;
    decode: (path: string, bytes: Uint8Array) => ImageSet;
  },
): Promise<{ sets: ImageSet[]; notes: string[] }> {
  const sets: ImageSet[] = [];
  const notes: string[] = [];
  for (const { name, algorithm, hex: official } of files) {
    const path = join(folder, name);
    if (!isFile(path)) {
      throw new Error(
        `${folder}: ${name} is missing; ${title} has ${files.map((file) => file.name).join(', ')} (${page})`,
      );
    }
    const bytes = await readFile(path);
    const rule = { isTest: options.isTest(name), allowAltered: options.allowAltered, from: page };
    const found = digest(algorithm, bytes);
    const note = checkDigest(path, { kind: NAMES[algorithm], found, official }, rule);
    if (note) notes.push(note);
    sets.push(options.decode(path, bytes));
  }
  return { sets, notes };
}
