// Everything a search changes while it runs: supernet, alpha, and the two optimisers.
import * as tf from '@tensorflow/tfjs';
import { normal } from '../random/normal.js';
import { createStream } from '../random/stream.js';
import { disposeLayers } from '../spaces/layers.js';
import type { SearchSpace, SpaceSupernet } from '../spaces/space.js';
import { type Adam, createAdam } from '../tensor/adam.js';
import { createSgd, type Sgd } from '../tensor/sgd.js';
import type { SearchConfig } from './config.js';
import type { Mask } from './progressive/prune.js';
import { type Regulariser, regulariserOf } from './regularisers/regulariser.js';
import { type Sampler, samplerOf } from './samplers/sampler.js';
import { spaceOf } from './spaceOf.js';

export { supernetShape } from './spaceOf.js';

export interface SearchState {
  space: SearchSpace;
  net: SpaceSupernet;
  /** Free architecture parameters [rows, operations]; the concentrations are elu(alpha) + 1. */
  alpha: tf.Variable<tf.Rank.R2>;
  weightOptimiser: Sgd;
  alphaOptimiser: Adam;
  sampler: Sampler;
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
  const regulariser = regulariserOf(config.regulariser, config.regulariserWeight);
  return {
    space,
    net: space.create(shape, createStream(config.seed, 'initial', 'weights')),
    alpha: tf.tidy(() => tf.variable(tf.tensor2d(alpha, [rows, operations]))),
    weightOptimiser: createSgd({ momentum: config.momentum, weightDecay: config.weightDecay }),
    alphaOptimiser: createAdam({ betas: config.alphaBetas, weightDecay: regulariser.weightDecay }),
    sampler: samplerOf(config.sampler),
    regulariser,
    step: 0,
    epoch: 0,
    stage: 0,
  };
}

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
  state.weightOptimiser.dispose();
  state.alphaOptimiser.dispose();
}
