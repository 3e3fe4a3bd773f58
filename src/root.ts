// Finds the project's root folder, from which datasets/, figures/, native builds and runs/ are located.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The nearest folder at or above the working directory whose package.json is named "drnas". */
export function projectRoot(from: string = process.cwd()): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'drnas') return folder;
    if (folder === dirname(folder)) {
      throw new Error(`no DrNAS project at or above ${from}: run this from inside the cloned repository`);
    }
  }
}
