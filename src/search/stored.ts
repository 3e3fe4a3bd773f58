// Runs that are kept with the repository, found by what they were asked to do rather than by where they were made.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type SearchConfig, withoutDefaults } from './config.js';
import { paths, readJson } from './folder.js';
import { canonicalJson } from './manifest.js';

/** What a search or a training was asked to do. The data set's name has to be said: `auto` fits nothing. */
export interface Request {
  /** Of a search, or with `architecture` of a training. */
  config: object;
  architecture?: { space: string; text: string };
}

/** A name for a preset, and what changes no number, have no part in it. */
function address({ config, architecture }: Request): string {
  const { scale: _, recipe: __, recompute: ___, ...settings } = config as Record<string, unknown>;
  const own = architecture ? settings : withoutDefaults(settings as unknown as SearchConfig);
  return canonicalJson({ own, of: architecture && { space: architecture.space, text: architecture.text } });
}

/**
 * The finished run in `folder` that was asked to do the same, or undefined. It may have been made on another copy of the data set;
 * its manifest says on which.
 */
export function findStored(folder: string, wanted: Request): string | undefined {
  const runs = existsSync(folder) ? readdirSync(folder).sort() : [];
  const same = address(wanted);
  return runs
    .map((name) => join(folder, name))
    .find((run) => {
      const { manifest, result } = paths(run);
      return existsSync(manifest) && existsSync(result) && address(readJson<Request>(manifest)) === same;
    });
}
