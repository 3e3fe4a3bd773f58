// The options of `drnas rival` as a rival's settings: those of a file, changed by the command line.
import { readFileSync } from 'node:fs';
import type { Preference } from '../backend/choose.js';
import { TABLE_RIVAL_NAMES } from '../rivals/play.js';
import type { RivalName, RivalSettings } from '../rivals/request.js';
import type { Scale } from '../search/config.js';
import { assignments } from './settings.js';

export interface RivalOptions {
  seed?: number;
  seeds?: number[];
  queries?: number;
  simulatedSeconds?: number;
  searchOn?: RivalSettings['searchOn'];
  seenEpochs?: RivalSettings['seenEpochs'];
  scale?: Scale;
  candidates?: number;
  candidateImages?: number;
  set?: string[];
  config?: string;
  out?: string;
  resume?: boolean;
  json?: boolean;
  quiet?: boolean;
  table?: string;
  backend?: Preference;
  threads?: number;
  dataFolder?: string;
}

/** `search.epochs=3` and the like as nested settings. */
function nested(flat: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(flat)) {
    const [group, key] = name.split('.');
    if (key === undefined) result[group] = value;
    else result[group] = { ...(result[group] as object), [key]: value };
  }
  return result;
}

/** The settings of the file, changed by the options. */
export function settingsOf(name: string, options: RivalOptions): RivalSettings {
  let fromFile: Partial<RivalSettings> = {};
  if (options.config !== undefined) {
    try {
      fromFile = JSON.parse(readFileSync(options.config, 'utf8'));
    } catch (error) {
      throw new Error(`--config ${options.config}: ${(error as Error).message}`);
    }
    if (fromFile.method !== undefined && fromFile.method !== name)
      throw new Error(`${options.config} is for ${fromFile.method}, not for ${name}`);
  }
  const { queries, simulatedSeconds, searchOn, seenEpochs, scale, candidates, candidateImages } = options;
  const given = Object.entries({
    queries,
    simulatedSeconds,
    searchOn,
    seenEpochs,
    scale,
    candidates,
    candidateImages,
  }).filter(([, value]) => value !== undefined);
  const changes = nested(assignments(options.set));
  // Over the table a setting is the rival's own, with weight sharing it is of the search, or controller.NAME.
  const onTable = (TABLE_RIVAL_NAMES as readonly string[]).includes(name);
  const group = onTable ? 'settings' : 'search';
  const { controller, search, ...flat }: Record<string, unknown> = changes;
  const merged: Record<string, unknown> = { ...fromFile, ...Object.fromEntries(given) };
  if (controller !== undefined)
    merged.controller = { ...(merged.controller as object), ...(controller as object) };
  const own = { ...(merged[group] as object), ...(search as object), ...flat };
  if (Object.keys(own).length > 0) merged[group] = own;
  return {
    ...merged,
    method: name as RivalName,
    seed: options.seed ?? fromFile.seed ?? 0,
  } as RivalSettings;
}
