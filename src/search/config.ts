// What a search run is made of: one typed configuration, its presets, and the check that refuses a bad one.
import { checkShape } from '../spaces/nasbench201/supernet.js';

export type Scale = 'smoke' | 'laptop' | 'paper';
export type SamplerName = 'dirichlet' | 'dirichlet-mean' | 'softmax';
export type RegulariserName = 'none' | 'l2' | 'kl';

/** Every setting of a search on NAS-Bench-201. The reference's values are in REFERENCE, with their source. */
export interface SearchConfig {
  scale: Scale | 'custom';
  seed: number;
  /** `auto` takes the first data set that is there; the manifest records which. */
  dataset: 'auto' | 'cifar10' | 'fashion-mnist' | 'procedural';
  /** Side of the images in pixels; the data set's own size divided by an integer. */
  imageSize: number;
  /** Channels of the first stage (C), cells a stage (N), and the partial-channel divisor (k). */
  channels: number;
  cellsPerStage: number;
  k: number;
  /** An epoch is a pass over the weight half of the data, or `stepsPerEpoch` batches of it when that is set. */
  epochs: number;
  stepsPerEpoch: number | null;
  batchSize: number;
  /** SGD on the weights: cosine from `initial` to `final`, one value an epoch, after a linear warm-up. */
  weightLearningRate: { initial: number; final: number; warmupEpochs: number };
  momentum: number;
  weightDecay: number;
  /** Largest global norm of the weight gradients; 0 leaves them as they are. */
  clipNorm: number;
  /** The reference counts alpha's own gradient of the weight pass into the clipped norm (201-space/train_search.py:273). */
  clipIncludesAlpha: boolean;
  /** Adam on alpha. */
  alphaLearningRate: number;
  /** Where alpha's learning rate ends, by a cosine over the epochs in which alpha learns; null keeps it constant. */
  alphaFinalLearningRate: number | null;
  alphaBetas: [number, number];
  /** Epochs at the start during which alpha rests and only weights learn. */
  frozenEpochs: number;
  /** Standard deviation of alpha's initial values. */
  alphaInitialScale: number;
  sampler: SamplerName;
  regulariser: RegulariserName;
  /** Lambda: Adam's weight decay for l2, the factor of the penalty for kl. */
  regulariserWeight: number;
  /** Images of the alpha half on which the supernet is evaluated after each epoch; 0 for none. */
  evaluationImages: number;
  /** Architectures sampled after each epoch for the accuracy band, where a table is at hand. */
  bandSamples: number;
}

/** The settings of the official NAS-Bench-201 script (201-space/train_search.py:30-61, 134-195), but for clipIncludesAlpha, where
 * the intended behaviour stands, and for what only the kit has: KIT_SETTINGS. */
export const REFERENCE: SearchConfig = {
  scale: 'paper',
  seed: 2,
  dataset: 'cifar10',
  imageSize: 32,
  channels: 16,
  cellsPerStage: 5,
  k: 1,
  epochs: 100,
  stepsPerEpoch: null,
  batchSize: 64,
  weightLearningRate: { initial: 0.025, final: 0.001, warmupEpochs: 0 },
  momentum: 0.9,
  weightDecay: 3e-4,
  clipNorm: 5,
  clipIncludesAlpha: false,
  alphaLearningRate: 3e-4,
  alphaFinalLearningRate: null,
  alphaBetas: [0.5, 0.999],
  frozenEpochs: 0,
  alphaInitialScale: 1e-3,
  sampler: 'dirichlet',
  regulariser: 'l2',
  regulariserWeight: 1e-3,
  evaluationImages: 2000,
  bandSamples: 100,
};

/** The presets as differences to the reference. */
export const PRESETS: Record<Scale, Partial<SearchConfig>> = {
  /** Seconds: shows that everything runs, finds nothing. */
  smoke: {
    dataset: 'auto',
    imageSize: 8,
    channels: 4,
    cellsPerStage: 1,
    epochs: 4,
    stepsPerEpoch: 5,
    batchSize: 16,
    alphaLearningRate: 3e-2,
    evaluationImages: 64,
  },
  /**
   * Minutes on two cores: a thirteenth of the paper's steps, so alpha learns faster. It rests for 500 steps, until the
   * weights can tell a convolution from a skip, and its learning rate falls, so that the end is not a random walk.
   */
  laptop: {
    dataset: 'auto',
    imageSize: 16,
    channels: 8,
    epochs: 30,
    stepsPerEpoch: 100,
    frozenEpochs: 5,
    alphaLearningRate: 2e-2,
    alphaFinalLearningRate: 2e-3,
    evaluationImages: 1000,
  },
  paper: {},
};

/** The configuration of a scale with overrides; refuses what cannot run. */
export function searchConfig(scale: Scale, overrides: Partial<SearchConfig> = {}): SearchConfig {
  const preset = PRESETS[scale];
  if (!preset)
    throw new Error(`scale ${JSON.stringify(scale)} does not exist: use ${Object.keys(PRESETS).join(', ')}`);
  const config: SearchConfig = { ...REFERENCE, ...preset, scale, ...overrides };
  const changed = (Object.keys(overrides) as (keyof SearchConfig)[]).some(
    (key) =>
      !['seed', 'dataset', 'scale'].includes(key) &&
      JSON.stringify(overrides[key]) !== JSON.stringify({ ...REFERENCE, ...preset }[key]),
  );
  if (changed) config.scale = 'custom';
  checkConfig(config);
  return config;
}

/** Throws an error that names the setting, its value and what would do. */
export function checkConfig(config: SearchConfig): void {
  for (const key of Object.keys(config)) {
    if (!(key in REFERENCE)) {
      throw new Error(
        `setting ${JSON.stringify(key)} does not exist: use one of ${Object.keys(REFERENCE).join(', ')}`,
      );
    }
  }
  const wrong = (name: string, value: unknown, expected: string): never => {
    throw new Error(`${name} is ${JSON.stringify(value)}, expected ${expected}`);
  };
  const choice = (name: keyof SearchConfig, values: readonly string[]) => {
    if (!values.includes(config[name] as string)) wrong(name, config[name], `one of ${values.join(', ')}`);
  };
  choice('dataset', ['auto', 'cifar10', 'fashion-mnist', 'procedural']);
  choice('sampler', ['dirichlet', 'dirichlet-mean', 'softmax']);
  choice('regulariser', ['none', 'l2', 'kl']);
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
    'regulariserWeight',
  ] as const) {
    number(name, 0, false);
  }
  if (config.stepsPerEpoch !== null) number('stepsPerEpoch', 1, true);
  if (config.alphaFinalLearningRate !== null) number('alphaFinalLearningRate', 0, false);
  const { imageSize, channels, cellsPerStage, k } = config;
  checkShape({ imageSize, channels, cellsPerStage, k, classes: 10, imageChannels: 3 });
}

/** What the official script has no counterpart of: a preset's name, and what is measured beside the search. */
const KIT_SETTINGS: readonly (keyof SearchConfig)[] = ['scale', 'evaluationImages', 'bandSamples'];

/** Settings of a configuration that differ from the official script's, as text, for a table. */
export function differencesFromReference(
  config: SearchConfig,
): { setting: string; here: string; reference: string }[] {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return (Object.keys(REFERENCE) as (keyof SearchConfig)[])
    .filter((setting) => !KIT_SETTINGS.includes(setting))
    .map((setting) => ({ setting, here: text(config[setting]), reference: text(REFERENCE[setting]) }))
    .filter(({ here, reference }) => here !== reference);
}
