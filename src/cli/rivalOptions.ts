// The options of `drnas rival` as a rival's settings: those of a file, changed by the command line.
import type { Preference } from '../backend/choose.js';
import { TABLE_RIVAL_NAMES } from '../rivals/play.js';
import type { RivalName, RivalSettings } from '../rivals/request.js';
import type { Scale } from '../search/config.js';
import { assignments } from './configOf.js';
import { storedSettings } from './storedSettings.js';

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
    const [group, key, ...deeper] = name.split('.');
    if (deeper.length > 0) throw new Error(`--set ${name}=…: write ${group}.${key} with its value as JSON`);
    if (key === undefined) result[group] = value;
    else result[group] = { ...(result[group] as object), [key]: value };
  }
  return result;
}

/** The settings of the file, changed by the options. */
export function settingsOf(name: string, options: RivalOptions): RivalSettings {
  const fromFile = options.config === undefined ? {} : storedSettings<RivalSettings>(options.config);
  if (fromFile.method !== undefined && fromFile.method !== name)
    throw new Error(`${options.config} is for ${fromFile.method}, not for ${name}`);
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
  // Over the table a setting is the rival's own, with weight sharing it is of the search, or controller.NAME.
  const onTable = (TABLE_RIVAL_NAMES as readonly string[]).includes(name);
  const { controller = {}, search = {}, ...flat } = nested(assignments(options.set));
  const merged: Record<string, unknown> = { ...fromFile, ...Object.fromEntries(given) };
  for (const [group, values] of [
    ['controller', controller],
    ['search', search],
    [onTable ? 'settings' : 'search', flat],
  ] as const) {
    if (typeof values !== 'object' || values === null)
      throw new Error(`--set ${group}=${JSON.stringify(values)}: write it as ${group}.name=value`);
    if (Object.keys(values).length > 0) merged[group] = { ...(merged[group] as object), ...values };
  }
  return {
    ...merged,
    method: name as RivalName,
    seed: options.seed ?? fromFile.seed ?? 0,
  } as RivalSettings;
}
