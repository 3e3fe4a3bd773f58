// How a found network is trained from scratch: one typed configuration of a recipe, a scale and overrides.
import type { DatasetName } from '../data/types.js';
import type { Scale } from '../search/config.js';
import { checkEvaluationConfig } from './checkConfig.js';
import { PRESETS, REFERENCES } from './presets.js';

export { checkEvaluationConfig } from './checkConfig.js';
export { PRESETS, REFERENCES, SOURCES } from './presets.js';

export type RecipeName = 'cifar' | 'imagenet' | 'nasbench201';

/** Strengths of torchvision's ColorJitter: factors are drawn from [1 - s, 1 + s], the hue's shift from [-hue, hue] of a turn. */
export interface ColourJitter {
  brightness: number;
  contrast: number;
  saturation: number;
  hue: number;
}

/** Every setting of a training from scratch. The official scripts' values are in presets.ts, with their source. */
export interface EvaluationConfig {
  scale: Scale | 'custom';
  recipe: RecipeName;
  seed: number;
  /** `auto` takes the first data set that is there; the manifest records which. */
  dataset: 'auto' | DatasetName;
  /** Side of the images that the network sees, in pixels. */
  imageSize: number;
  /** Channels of the first cells (C); cells of the whole network (DARTS), or of each of the three stages (NAS-Bench-201). */
  channels: number;
  cells: number;
  /** The DARTS networks' first layers: one convolution, or three strided ones that divide the side by 8. */
  stem: 'cifar' | 'imagenet';
  /** A second classifier on the features after two thirds of the cells, in training only, and the weight of its loss. */
  auxiliary: boolean;
  auxiliaryWeight: number;
  /** An epoch is a pass over the training set, or `stepsPerEpoch` batches of it when that is set. */
  epochs: number;
  stepsPerEpoch: number | null;
  batchSize: number;
  /** One value an epoch: cosine to 0, or linear to 0 with a slow tail of `tailEpochs`; either after a linear warm-up. */
  learningRate: number;
  schedule: 'cosine' | 'linear';
  warmupEpochs: number;
  tailEpochs: number;
  momentum: number;
  nesterov: boolean;
  weightDecay: number;
  /** Largest global norm of the gradients; 0 leaves them as they are. */
  clipNorm: number;
  labelSmoothing: number;
  /** Paths are dropped with probability dropPath * epoch / epochs. */
  dropPath: number;
  /** Side in pixels of the square that is blanked in each training image; 0 for none. */
  cutout: number;
  /** `crop-flip`: pad, crop, mirror. `resized-crop`: a random part of the image at a random size, mirrored. */
  augmentation: 'none' | 'crop-flip' | 'resized-crop';
  colourJitter: ColourJitter | null;
  /** So many test images, the first ones (of ImageNet, whose list goes class by class, a fixed sample), are evaluated after each epoch; null for all. */
  testImages: number | null;
  /**
   * Images computed at once, at most: a larger batch is trained in parts whose gradients are added up, which takes the memory of
   * one part. Each part is normalised by its own statistics. Absent, the default: the whole batch.
   */
  microBatch?: number;
  /** Keep only the cells' inputs and compute their insides again in the backward pass: the same bits in less memory. Absent: no. */
  recompute?: boolean;
}

/** The configuration of a recipe at a scale with overrides; refuses what cannot run. */
export function evaluationConfig(
  recipe: RecipeName,
  scale: Scale,
  overrides: Partial<EvaluationConfig> = {},
): EvaluationConfig {
  if (!(recipe in REFERENCES)) {
    throw new Error(
      `recipe ${JSON.stringify(recipe)} does not exist: use ${Object.keys(REFERENCES).join(', ')}`,
    );
  }
  if (!(scale in PRESETS))
    throw new Error(`scale ${JSON.stringify(scale)} does not exist: use ${Object.keys(PRESETS).join(', ')}`);
  const preset: EvaluationConfig = { ...REFERENCES[recipe], ...PRESETS[scale][recipe], scale };
  const config = { ...preset, ...overrides };
  checkEvaluationConfig(config);
  // Absent where they have their default, so that equal settings are equal text.
  if (config.microBatch === undefined || config.microBatch >= config.batchSize) delete config.microBatch;
  if (!config.recompute) delete config.recompute;
  const changed = (Object.keys(overrides) as (keyof EvaluationConfig)[]).some(
    (key) =>
      !['seed', 'dataset', 'scale', 'recompute'].includes(key) &&
      JSON.stringify(config[key]) !== JSON.stringify(preset[key]),
  );
  if (changed) config.scale = 'custom';
  return config;
}

/** What the official scripts have no counterpart of. */
const KIT_SETTINGS: readonly (keyof EvaluationConfig)[] = ['scale', 'recipe', 'testImages', 'recompute'];

/** Settings that differ from the recipe's own, as text, for a table. */
export function evaluationDifferences(
  config: EvaluationConfig,
): { setting: string; here: string; reference: string }[] {
  const text = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none'));
  const reference = REFERENCES[config.recipe];
  return ([...Object.keys(reference), 'microBatch'] as (keyof EvaluationConfig)[])
    .filter((setting) => !KIT_SETTINGS.includes(setting))
    .map((setting) => ({ setting, here: text(config[setting]), reference: text(reference[setting]) }))
    .filter(({ here, reference: there }) => here !== there);
}
