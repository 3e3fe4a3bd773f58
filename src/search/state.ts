// Everything a search changes while it runs: supernet, alpha, and the two optimisers.
import * as tf from '@tensorflow/tfjs';
import { normal } from '../random/normal.js';
import { createStream } from '../random/stream.js';
import { disposeLayers } from '../spaces/layers.js';
import { EDGES, OPERATIONS } from '../spaces/nasbench201/operations.js';
import { createSupernet, type Supernet, type SupernetShape } from '../spaces/nasbench201/supernet.js';
import { type Adam, createAdam } from '../tensor/adam.js';
import { createSgd, type Sgd } from '../tensor/sgd.js';
import type { SearchConfig } from './config.js';
import { type Regulariser, regulariserOf } from './regularisers/regulariser.js';
import { type Sampler, samplerOf } from './samplers/sampler.js';

export interface SearchState {
  net: Supernet;
  /** Free architecture parameters [6, 5]; the concentrations are elu(alpha) + 1. */
  alpha: tf.Variable<tf.Rank.R2>;
  weightOptimiser: Sgd;
  alphaOptimiser: Adam;
  sampler: Sampler;
  regulariser: Regulariser;
  /** Steps and epochs completed. */
  step: number;
  epoch: number;
}

/** Supernet shape of a configuration on images with these classes and colour channels. */
export function supernetShape(
  config: SearchConfig,
  data: { classes: number; imageChannels: number },
): SupernetShape {
  const { channels, cellsPerStage, k, imageSize } = config;
  return { channels, cellsPerStage, k, imageSize, ...data };
}

/** A fresh state; every initial value comes from the seed. */
export function createSearchState(config: SearchConfig, shape: SupernetShape): SearchState {
  const stream = createStream(config.seed, 'initial', 'alpha');
  const size = EDGES.length * OPERATIONS.length;
  const alpha = Float32Array.from({ length: size }, () => config.alphaInitialScale * normal(stream));
  const regulariser = regulariserOf(config.regulariser, config.regulariserWeight);
  return {
    net: createSupernet(shape, createStream(config.seed, 'initial', 'weights')),
    alpha: tf.tidy(() => tf.variable(tf.tensor2d(alpha, [EDGES.length, OPERATIONS.length]))),
    weightOptimiser: createSgd({ momentum: config.momentum, weightDecay: config.weightDecay }),
    alphaOptimiser: createAdam({ betas: config.alphaBetas, weightDecay: regulariser.weightDecay }),
    sampler: samplerOf(config.sampler),
    regulariser,
    step: 0,
    epoch: 0,
  };
}

/** alpha as plain rows. */
export function alphaRows(state: SearchState): number[][] {
  const values = state.alpha.dataSync();
  return EDGES.map((_, e) => Array.from(values.subarray(e * OPERATIONS.length, (e + 1) * OPERATIONS.length)));
}

export function disposeSearchState(state: SearchState): void {
  disposeLayers(state.net);
  state.alpha.dispose();
  state.weightOptimiser.dispose();
  state.alphaOptimiser.dispose();
}
