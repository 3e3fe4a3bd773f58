// The search configuration that the options of the command line ask for.
import { type SearchConfig, searchConfig } from '../search/config.js';
import { scheduleOf } from '../search/presets.js';
import { parseSchedule, type Stage } from '../search/progressive/schedules.js';
import type { SettingOptions } from './settings.js';

const NAMES = {
  seed: 'seed',
  dataset: 'dataset',
  imageSize: 'imageSize',
  channels: 'channels',
  space: 'space',
  stem: 'stem',
  withNone: 'withNone',
  widening: 'wideningRule',
  readout: 'readout',
  learningRateRestart: 'learningRateRestart',
  microBatch: 'microBatch',
  recompute: 'recompute',
  k: 'k',
  epochs: 'epochs',
  stepsPerEpoch: 'stepsPerEpoch',
  batchSize: 'batchSize',
  sampler: 'sampler',
  samplesPerStep: 'samplesPerStep',
  thetaPer: 'thetaPer',
  temperature: 'temperature',
  order: 'order',
  edgeNormalisation: 'edgeNormalisation',
  scoreBaseline: 'scoreBaseline',
  regulariser: 'regulariser',
  lambda: 'regulariserWeight',
  alphaLr: 'alphaLearningRate',
  frozenEpochs: 'frozenEpochs',
} as const satisfies Partial<Record<keyof SettingOptions, keyof SearchConfig>>;

/** Settings given as `name=json`; what is not JSON is text. */
export function assignments(texts: string[] = []): Record<string, unknown> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new Error(`--set ${text}: write it as name=value`);
      try {
        return [text.slice(0, at), JSON.parse(text.slice(at + 1))];
      } catch {
        return [text.slice(0, at), text.slice(at + 1)];
      }
    }),
  );
}

/** Stages that `--progressive` asks for: null for none, undefined where it says nothing. */
function stagesAsked({ progressive, space, scale, stem }: SettingOptions): Stage[] | null | undefined {
  if (progressive === undefined) return undefined;
  if (progressive === 'none') return null;
  if (progressive === true) return scheduleOf(space, scale, stem).map((stage) => ({ ...stage }));
  return parseSchedule(progressive, space ?? 'nasbench201');
}

/** The configuration that the options ask for; refuses bad ones by name. */
export function configOf(options: SettingOptions): SearchConfig {
  const overrides: Record<string, unknown> = {};
  const stages = stagesAsked(options);
  if (stages !== undefined) overrides.stages = stages;
  if (options.cells !== undefined)
    overrides[options.space === 'darts' ? 'cells' : 'cellsPerStage'] = options.cells;
  for (const [option, setting] of Object.entries(NAMES)) {
    const value = options[option as keyof SettingOptions];
    if (value !== undefined) overrides[setting] = value;
  }
  Object.assign(overrides, assignments(options.set));
  return searchConfig(options.scale, overrides as Partial<SearchConfig>);
}
