// Where data files are looked for: an explicit folder, the folder DRNAS_DATA, and the project's datasets/cache/.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../root.js';
import type { Location } from './types.js';

export interface Place {
  path: string;
  /** Why it is looked at, as a message to people says it. */
  reason: string;
}

/** The folder that downloads go to and are found in again. */
export function cacheFolder(cache?: string): string {
  return cache ?? join(projectRoot(), 'datasets', 'cache');
}

/**
 * The folders to search, first one first. An explicit folder is the only one: whoever names a folder
 * wants those data, not others that happen to lie elsewhere.
 */
export function dataPlaces({ folder, cache }: { folder?: string; cache?: string } = {}): Place[] {
  if (folder !== undefined) {
    if (!existsSync(folder)) throw new Error(`data folder ${folder}: there is no such file or folder`);
    return [{ path: folder, reason: 'the folder asked for' }];
  }
  const places: Place[] = [];
  const variable = process.env.DRNAS_DATA;
  if (variable) places.push({ path: variable, reason: 'DRNAS_DATA' });
  places.push({ path: cacheFolder(cache), reason: 'datasets/cache' });
  return places;
}

export const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
export const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** The file `name` of `folder`, as it is or gzipped; undefined where there is neither. */
export const plainOrPacked = (folder: string, name: string): string | undefined =>
  [join(folder, name), join(folder, `${name}.gz`)].find((path) => existsSync(path));

/** The first place that `holds` the files, itself or in one of the folders `below` it. */
export function findFolder(
  places: readonly Place[],
  below: readonly string[],
  holds: (folder: string) => boolean,
): Location | undefined {
  for (const { path, reason } of places) {
    for (const folder of [path, ...below.map((name) => join(path, name))]) {
      if (holds(folder)) return { kind: 'folder', path: folder, reason };
    }
  }
  return undefined;
}

/** The places as one phrase, for messages that say where nothing was found. */
export function describePlaces(places: readonly Place[]): string {
  return places
    .map(({ path, reason }) => `${path} (${reason}${existsSync(path) ? '' : ', which does not exist'})`)
    .join(' and ');
}
