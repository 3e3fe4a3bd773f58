// Loads a package on first use, alike from ES modules (tsx, mocha) and CommonJS (tslab), so that importing a figure costs nothing.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectRoot } from '../root.js';

/** Node's own resolution, seen from the project's root. */
const resolver = () => createRequire(join(projectRoot(), 'package.json'));

/** The exports of a CommonJS package of this project. */
export function loadPackage<T>(name: string): T {
  try {
    return resolver()(name) as T;
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'MODULE_NOT_FOUND') throw cause;
    throw new Error(`drawing needs the package ${name}, which is not installed: run \`npm ci\``, { cause });
  }
}

/** Path of a file inside a package of this project. */
export const packageFile = (file: string): string => resolver().resolve(file);
