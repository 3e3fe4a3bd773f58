// Refuses a configuration that cannot run, before anything is computed.
import { DATASET_NAMES } from '../data/types.js';
import { checkEstimator } from './checkEstimator.js';
import { READOUTS, SPACES, STEMS, THETA_PER, WIDENING_RULES } from './choices.js';
import { checkDiagnostics } from './diagnosticsConfig.js';
import { ofStages, REFERENCE, REFERENCE_DARTS } from './presets.js';
import { checkStages, formatSchedule } from './progressive/schedules.js';
import { REGULARISER_NAMES } from './regularisers/traits.js';
import { SCORE_BASELINES } from './samplers/baseline.js';
import { SAMPLER_NAMES } from './samplers/traits.js';
import type { SearchConfig } from './settings.js';
import { spaceOf, supernetShape } from './spaceOf.js';

/** Settings that a configuration of any space may have beside those of its official script. */
const OPTIONAL = [
  'space',
  'alphaClipNorm',
  'stages',
  'wideningRule',
  'learningRateRestart',
  'readout',
  'samplesPerStep',
  'thetaPer',
  'temperature',
  'logisticNormalScale',
  'scoreBaseline',
  'order',
  'edgeNormalisation',
  'microBatch',
  'recompute',
  'diagnostics',
] as const satisfies readonly (keyof SearchConfig)[];

/** Throws an error that names the setting, its value and what would do. */
export function checkConfig(config: SearchConfig): void {
  const darts = config.space === 'darts';
  const names = [
    ...(Object.keys(darts ? REFERENCE_DARTS : REFERENCE) as (keyof SearchConfig)[]),
    ...OPTIONAL,
  ];
  const known = [...new Set(darts ? [...names, 'withNone' as const] : names)];
  for (const key of Object.keys(config) as (keyof SearchConfig)[]) {
    if (known.includes(key) || config[key] === undefined) continue;
    const elsewhere = key in REFERENCE || key in REFERENCE_DARTS || key === 'withNone';
    throw new Error(
      `setting ${JSON.stringify(key)} does not exist${elsewhere ? ` in the space ${config.space ?? 'nasbench201'}` : ''}: use one of ${known.join(', ')}`,
    );
  }
  const wrong = (name: string, value: unknown, expected: string): never => {
    throw new Error(`${name} is ${JSON.stringify(value)}, expected ${expected}`);
  };
  const choice = (name: keyof SearchConfig, values: readonly string[]) => {
    if (!values.includes(config[name] as string)) wrong(name, config[name], `one of ${values.join(', ')}`);
  };
  choice('dataset', ['auto', ...DATASET_NAMES]);
  if (config.space !== undefined) choice('space', SPACES);
  if (darts) choice('stem', STEMS);
  if (config.readout !== undefined) choice('readout', READOUTS);
  if (config.wideningRule !== undefined) choice('wideningRule', WIDENING_RULES);
  for (const name of ['withNone', 'learningRateRestart', 'edgeNormalisation', 'recompute'] as const) {
    if (![undefined, true, false].includes(config[name])) wrong(name, config[name], 'true or false');
  }
  if (config.stages) checkStages(config.stages, spaceOf(config).operations.length);
  choice('sampler', SAMPLER_NAMES);
  choice('regulariser', REGULARISER_NAMES);
  if (config.thetaPer !== undefined) choice('thetaPer', THETA_PER);
  if (config.scoreBaseline !== undefined) choice('scoreBaseline', SCORE_BASELINES);
  if (![undefined, 1, 2].includes(config.order)) wrong('order', config.order, '1 or 2');
  const number = (name: keyof SearchConfig, minimum: number, integer: boolean) => {
    const value = config[name] as number;
    if (
      typeof value !== 'number' ||
      !(value >= minimum) ||
      !Number.isFinite(value) ||
      (integer && !Number.isInteger(value))
    ) {
      wrong(name, value, `${integer ? 'an integer' : 'a number'} of at least ${minimum}`);
    }
  };
  for (const name of ['epochs', 'batchSize'] as const) number(name, 1, true);
  for (const name of ['seed', 'frozenEpochs', 'evaluationImages', 'bandSamples'] as const)
    number(name, 0, true);
  if (config.batchSize < 2)
    wrong('batchSize', config.batchSize, 'at least 2: batch norm needs more than one image');
  for (const name of [
    'momentum',
    'weightDecay',
    'clipNorm',
    'alphaLearningRate',
    'alphaInitialScale',
  ] as const) {
    number(name, 0, false);
  }
  number('regulariserWeight', config.regulariser === 'entropy' ? -Number.MAX_VALUE : 0, false);
  if (config.samplesPerStep !== undefined) number('samplesPerStep', 1, true);
  if (![undefined, 0].includes(config.microBatch)) number('microBatch', 2, true);
  const { weightLearningRate: rate, alphaBetas, epochs, frozenEpochs } = config;
  const rates = ['initial', 'final', 'warmupEpochs'] as const;
  if (
    !rate ||
    typeof rate !== 'object' ||
    Object.keys(rate).length !== rates.length ||
    rates.some((key) => !(rate[key] >= 0 && Number.isFinite(rate[key])))
  )
    wrong('weightLearningRate', rate, '{"initial": …, "final": …, "warmupEpochs": …}, numbers from 0 up');
  if (!Array.isArray(alphaBetas) || alphaBetas.length !== 2 || alphaBetas.some((b) => !(b >= 0 && b < 1)))
    wrong('alphaBetas', alphaBetas, 'two numbers from 0 up to but below 1');
  if (typeof config.clipIncludesAlpha !== 'boolean')
    wrong('clipIncludesAlpha', config.clipIncludesAlpha, 'true or false');
  if (!config.stages && frozenEpochs >= epochs)
    wrong('frozenEpochs', frozenEpochs, `fewer than the ${epochs} epochs: in all of them alpha would rest`);
  if (config.stepsPerEpoch !== null) number('stepsPerEpoch', 1, true);
  if (config.alphaFinalLearningRate !== null) number('alphaFinalLearningRate', 0, false);
  if (config.alphaClipNorm !== undefined) number('alphaClipNorm', 0, false);
  checkEstimator(config, wrong);
  if (config.diagnostics) checkDiagnostics(config.diagnostics, config);
  checkSchedule(config);
}

/** The stages one by one, and that every one of their supernets can be built. */
function checkSchedule(config: SearchConfig): void {
  const space = spaceOf(config);
  const { stages } = config;
  if (!stages) {
    space.checkShape(supernetShape(config, { classes: 10, imageChannels: 3 }));
    return;
  }
  const { k, epochs, frozenEpochs } = ofStages(stages);
  for (const [name, value] of Object.entries({ k, epochs, frozenEpochs })) {
    const given = config[name as keyof SearchConfig];
    if (given === value) continue;
    throw new Error(
      `${name} is ${JSON.stringify(given)}, but the stages ${formatSchedule(stages)} (k:operations:epochs:frozen) give ${value}: ` +
        `change the stages, or search without them (--progressive none)`,
    );
  }
  stages.forEach((stage, i) => {
    try {
      space.checkShape(supernetShape({ ...config, k: stage.k }, { classes: 10, imageChannels: 3 }));
    } catch (error) {
      throw new Error(`stage ${i + 1}: ${(error as Error).message}`);
    }
  });
}
