// Every setting of a search, for every space, and the defaults of those that a configuration need not have.
import type { DatasetName } from '../data/types.js';
import type { SpaceName } from '../spaces/space.js';
import type { Readout, Scale, Stem, ThetaPer, WideningRule } from './choices.js';
import type { DiagnosticsConfig } from './diagnosticsConfig.js';
import type { Stage } from './progressive/schedules.js';
import type { RegulariserName } from './regularisers/traits.js';
import type { ScoreBaseline } from './samplers/baseline.js';
import { SAMPLERS, type SamplerName } from './samplers/traits.js';

/**
 * Every setting of a search. The official scripts' values are in presets.ts, with their source.
 * The optional ones are absent where they have their default, so that a configuration's digest does not depend on them.
 */
export interface SearchConfig {
  scale: Scale | 'custom';
  seed: number;
  /** `auto` takes the first data set that is there; the manifest records which. */
  dataset: 'auto' | DatasetName;
  /** Side of the images in pixels; the data set's own size divided by an integer. */
  imageSize: number;
  /** Default nasbench201. */
  space?: SpaceName;
  /** Channels of the first stage (C). */
  channels: number;
  /** Cells a stage (N), of NAS-Bench-201. */
  cellsPerStage?: number;
  /** All cells of the DARTS space; two of them reduce. */
  cells?: number;
  /** DARTS space: one convolution (cifar), or three of stride 2 (imagenet). */
  stem?: Stem;
  /** DARTS space: `none` is a candidate too, the eight operations of the paper's text; default the code's seven. */
  withNone?: boolean;
  /** The partial-channel divisor (k): of the first stage where there are several. */
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
  /** Largest norm of alpha's gradient; 0, the default, leaves it (DARTS-space/train_search_imagenet.py clips it to 5). */
  alphaClipNorm?: number;
  /** Epochs at the start during which alpha rests and only weights learn. */
  frozenEpochs: number;
  /** Progressive learning: the stages; `k`, `epochs` and `frozenEpochs` follow from them. Default null, a single stage. */
  stages?: Stage[] | null;
  /** How weights grow between stages: the official mapping (default), function-preserving, or drawn anew. */
  wideningRule?: WideningRule;
  /**
   * The official scripts set the learning rate back at each stage by mistake, after which it follows twice the intended
   * curve (net2wider.py:113-116); true repeats that. Default false.
   */
  learningRateRestart?: boolean;
  /** Standard deviation of alpha's initial values. */
  alphaInitialScale: number;
  sampler: SamplerName;
  /** Samples an architecture step averages its gradient over; each has its own forward and backward pass. Default 1. */
  samplesPerStep?: number;
  /** Default network. */
  thetaPer?: ThetaPer;
  /** Of the Gumbel samplers: linear from `initial` towards `final`, which the epoch after the last would have. Default 10 to 1. */
  temperature?: { initial: number; final: number };
  /** Standard deviation of the noise of the sampler logistic-normal. Default 1. */
  logisticNormalScale?: number;
  /** What the sampler dirichlet-score takes off its losses. Default auto. */
  scoreBaseline?: ScoreBaseline;
  /** Of the gradient of alpha: 2 differentiates through one step of the weights, as DARTS does. Default 1. */
  order?: 1 | 2;
  /**
   * PC-DARTS's edge normalisation: each edge has a parameter of its own, whose softmax over the edges into a node multiplies
   * theta. In the DARTS space the edges are then chosen by the product. Default false.
   */
  edgeNormalisation?: boolean;
  /**
   * Images computed at once, at most: a larger batch goes through the supernet in parts whose gradients are added up, which takes the
   * memory of one part. Each part is normalised by its own statistics. 0, the default, for the whole batch.
   */
  microBatch?: number;
  /** Keep only the cells' inputs and compute their insides again in the backward pass: the same bits in less memory. Default false. */
  recompute?: boolean;
  /**
   * From which expected weights the architecture is read: softmax(alpha) as the official code does, or the Dirichlet's mean
   * as the paper says. On NAS-Bench-201 both give the same cell, and the default is the sampler's own; in the DARTS space the
   * choice of a node's two edges can differ, and the default is the code's.
   */
  readout?: Readout;
  regulariser: RegulariserName;
  /** Lambda: Adam's weight decay for l2, the factor of the penalty for the others; only entropy's may be negative. */
  regulariserWeight: number;
  /** Images of the alpha half on which the supernet is evaluated after each epoch; 0 for none. */
  evaluationImages: number;
  /** Architectures sampled after each epoch for the accuracy band, where a table is at hand. */
  bandSamples: number;
  /** What else is measured after some epochs, without any effect on the search; default null, nothing. */
  diagnostics?: DiagnosticsConfig | null;
}

/** Defaults of the settings that a configuration need not have. */
export const DEFAULTS = {
  space: 'nasbench201',
  withNone: false,
  alphaClipNorm: 0,
  stages: null,
  wideningRule: 'reference',
  learningRateRestart: false,
  samplesPerStep: 1,
  thetaPer: 'network',
  temperature: { initial: 10, final: 1 },
  logisticNormalScale: 1,
  scoreBaseline: 'auto',
  order: 1,
  edgeNormalisation: false,
  microBatch: 0,
  recompute: false,
  diagnostics: null,
} as const satisfies Partial<SearchConfig>;

/** Whether a setting has its default, or is absent, which is the same. */
export function isDefault(config: Partial<SearchConfig>, key: keyof typeof DEFAULTS): boolean {
  return config[key] === undefined || JSON.stringify(config[key]) === JSON.stringify(DEFAULTS[key]);
}

/** How the architecture is read where the configuration does not say. */
export function readoutOf({
  readout,
  sampler,
  space,
}: Pick<SearchConfig, 'readout' | 'sampler' | 'space'>): Readout {
  return (
    readout ?? (SAMPLERS[sampler]?.family === 'softmax' || space === 'darts' ? 'softmax' : 'dirichlet-mean')
  );
}

/** The configuration without the optional settings that have their defaults. */
export function withoutDefaults(config: SearchConfig): SearchConfig {
  const kept = Object.entries(config).filter(
    ([key, value]) =>
      value !== undefined && !(key in DEFAULTS && isDefault(config, key as keyof typeof DEFAULTS)),
  );
  const lean = Object.fromEntries(kept) as unknown as SearchConfig;
  const { readout, ...rest } = lean;
  return readout === readoutOf(rest) ? rest : lean;
}
