// Everything a search changes while it runs: supernet, alpha, and the two optimisers.
import * as tf from '@tensorflow/tfjs';
import { normal } from '../random/normal.js';
import { createStream } from '../random/stream.js';
import { disposeLayers } from '../spaces/layers.js';
import type { SearchSpace, SpaceSupernet } from '../spaces/space.js';
import { type Adam, createAdam } from '../tensor/adam.js';
import { createSgd, type Sgd } from '../tensor/sgd.js';
import { DEFAULTS, type SearchConfig } from './config.js';
import { edgeShares } from './edgeWeights.js';
import type { Mask } from './progressive/prune.js';
import type { Regulariser } from './regularisers/regulariser.js';
import { regulariserOf } from './regularisers/regulariserOf.js';
import type { MovingAverage } from './samplers/baseline.js';
import type { Sampler } from './samplers/sampler.js';
import { samplerOf } from './samplers/samplerOf.js';
import { spaceOf } from './spaceOf.js';

export { supernetShape } from './spaceOf.js';

export interface SearchState {
  space: SearchSpace;
  net: SpaceSupernet;
  /** Free architecture parameters [rows, operations]; the concentrations are elu(alpha) + 1. */
  alpha: tf.Variable<tf.Rank.R2>;
  /** With edge normalisation, a parameter for each row of alpha: its logit among the edges into the same node. */
  edges?: tf.Variable<tf.Rank.R1>;
  weightOptimiser: Sgd;
  /** Of alpha, and of the edges' parameters, which have moments of their own. */
  alphaOptimiser: Adam;
  sampler: Sampler;
  /** How an architecture step draws and differentiates; the settings of the same names. */
  drawing: Required<Pick<SearchConfig, 'samplesPerStep' | 'thetaPer' | 'scoreBaseline' | 'order'>>;
  /** How a pass saves memory: the settings of the same names. */
  memory: Required<Pick<SearchConfig, 'microBatch' | 'recompute'>>;
  /** Of the losses of architecture steps, for the score-function gradient of a single sample. */
  lossAverage: MovingAverage;
  regulariser: Regulariser;
  /** Steps and epochs completed. */
  step: number;
  epoch: number;
  /** Stages completed before this one. */
  stage: number;
  /** Operations that are left, one row for each of alpha; absent in the first stage. */
  mask?: Mask;
}

/** A fresh state; every initial value comes from the seed. */
export function createSearchState(config: SearchConfig, shape: object): SearchState {
  const space = spaceOf(config);
  const [rows, operations] = [space.rows, space.operations.length];
  const stream = createStream(config.seed, 'initial', 'alpha');
  const alpha = Float32Array.from(
    { length: rows * operations },
    () => config.alphaInitialScale * normal(stream),
  );
  const { logisticNormalScale, regulariserWeight, samplesPerStep, thetaPer, scoreBaseline, order } = {
    ...DEFAULTS,
    ...config,
  };
  const { microBatch = DEFAULTS.microBatch, recompute = DEFAULTS.recompute } = config;
  const sampler = samplerOf(config.sampler, { logisticNormalScale });
  const regulariser = regulariserOf(config.regulariser, regulariserWeight, sampler.family);
  return {
    space,
    net: space.create(shape, createStream(config.seed, 'initial', 'weights')),
    alpha: tf.tidy(() => tf.variable(tf.tensor2d(alpha, [rows, operations]))),
    ...(config.edgeNormalisation ? { edges: initialEdges(config, rows) } : {}),
    weightOptimiser: createSgd({ momentum: config.momentum, weightDecay: config.weightDecay }),
    alphaOptimiser: createAdam({ betas: config.alphaBetas, weightDecay: regulariser.weightDecay }),
    sampler,
    drawing: { samplesPerStep, thetaPer, scoreBaseline, order },
    memory: { microBatch, recompute },
    lossAverage: { mean: 0, count: 0 },
    regulariser,
    step: 0,
    epoch: 0,
    stage: 0,
  };
}

/** PC-DARTS draws the edges' parameters as it draws alpha. */
function initialEdges(config: SearchConfig, rows: number): tf.Variable<tf.Rank.R1> {
  const stream = createStream(config.seed, 'initial', 'edges');
  const values = Array.from({ length: rows }, () => config.alphaInitialScale * normal(stream));
  return tf.tidy(() => tf.variable(tf.tensor1d(values)));
}

/** What Adam updates, by name: alpha, and the edges' parameters where there are any. */
export const architectureVariables = ({
  alpha,
  edges,
}: Pick<SearchState, 'alpha' | 'edges'>): Record<string, tf.Variable> => ({
  alpha: alpha as tf.Variable,
  ...(edges ? { edges: edges as tf.Variable } : {}),
});

/** Each edge's share among those into its node, or undefined without edge normalisation. */
export const edgeSharesNow = ({ edges, space }: SearchState): number[] | undefined =>
  edges && Array.from(edgeShares(edges.dataSync(), space.edgeGroups));

/** alpha as plain rows. */
export function alphaRows(state: SearchState): number[][] {
  const values = state.alpha.dataSync();
  const [rows, operations] = state.alpha.shape;
  return Array.from({ length: rows }, (_, r) =>
    Array.from(values.subarray(r * operations, (r + 1) * operations)),
  );
}

export function disposeSearchState(state: SearchState): void {
  disposeLayers(state.net);
  state.alpha.dispose();
  state.edges?.dispose();
  state.weightOptimiser.dispose();
  state.alphaOptimiser.dispose();
}
