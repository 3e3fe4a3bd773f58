// A ranking that is not finished, as a file, so that an interrupted one goes on.
import { existsSync, rmSync } from 'node:fs';
import { readTensorFile, writeTensorFile } from '../search/tensorFile.js';
import type { PartialRanking } from './rankAll.js';

/** Saves the sums so far; `key` says what they are of. */
export function savePartial(path: string, key: string, { done, right, loss }: PartialRanking): void {
  writeTensorFile(path, { right, loss }, { format: 'drnas-ranking-1', key, done: String(done) });
}

/** What the file holds, or undefined where there is none or it belongs to another ranking or is damaged: then begin anew. */
export function loadPartial(path: string, key: string): PartialRanking | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const { arrays, metadata } = readTensorFile(path);
    if (metadata.key !== key || metadata.format !== 'drnas-ranking-1') return undefined;
    const { right, loss } = arrays as Record<'right' | 'loss', Float64Array>;
    return { done: Number(metadata.done), right, loss };
  } catch {
    return undefined;
  }
}

export const removePartial = (path: string): void => rmSync(path, { force: true });
