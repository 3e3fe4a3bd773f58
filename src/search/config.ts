// The configuration of a search run from a scale and overrides, and how far it is from the official script's.
import { checkConfig } from './checkConfig.js';
import type { Scale } from './choices.js';
import { ofStages, presetOf, referenceOf, scheduleOf } from './presets.js';
import { DEFAULTS, type SearchConfig, withoutDefaults } from './settings.js';

export { checkConfig } from './checkConfig.js';
export type { Readout, Scale, ThetaPer, WideningRule } from './choices.js';
export { PRESETS, REFERENCE } from './presets.js';
export type { RegulariserName } from './regularisers/traits.js';
export type { SamplerName } from './samplers/traits.js';
export { DEFAULTS, readoutOf, type SearchConfig, withoutDefaults } from './settings.js';

/** The configuration of a scale with overrides; refuses what cannot run. Stages bring their k and epochs with them. */
export function searchConfig(scale: Scale, overrides: Partial<SearchConfig> = {}): SearchConfig {
  const { space, stem } = overrides;
  const preset = presetOf(space, scale, Boolean(overrides.stages));
  const own = JSON.stringify(overrides.stages) === JSON.stringify(scheduleOf(space, scale, stem));
  const base = { ...referenceOf({ space, stem }), ...preset, ...(own ? ofStages(overrides.stages!) : {}) };
  const staged = overrides.stages && Array.isArray(overrides.stages) ? ofStages(overrides.stages) : {};
  const config: SearchConfig = { ...base, scale, ...staged, ...overrides };
  const changed = (Object.keys(overrides) as (keyof SearchConfig)[]).some(
    (key) =>
      !['seed', 'dataset', 'scale', 'space', 'stem', 'recompute'].includes(key) &&
      JSON.stringify(overrides[key]) !== JSON.stringify(base[key] ?? DEFAULTS[key as keyof typeof DEFAULTS]),
  );
  if (changed) config.scale = 'custom';
  checkConfig(config);
  return withoutDefaults(config);
}

/** What the official script has no counterpart of: a preset's name, and what is measured beside the search. */
const KIT_SETTINGS: readonly (keyof SearchConfig)[] = [
  'scale',
  'evaluationImages',
  'bandSamples',
  'diagnostics',
  'recompute',
];

/** Settings of a configuration that differ from the official script's of its kind, as text, for a table. */
export function differencesFromReference(
  config: SearchConfig,
): { setting: string; here: string; reference: string }[] {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const reference = { ...DEFAULTS, readout: 'softmax', ...referenceOf(config) };
  const here = { ...DEFAULTS, readout: 'softmax', ...config };
  return (Object.keys(reference) as (keyof SearchConfig)[])
    .filter((setting) => !KIT_SETTINGS.includes(setting))
    .map((setting) => ({ setting, here: text(here[setting]), reference: text(reference[setting]) }))
    .filter(({ here, reference }) => here !== reference);
}
