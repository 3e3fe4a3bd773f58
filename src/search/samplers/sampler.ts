// The interface of a sampler of mixing weights, and the list of those there are.
import type * as tf from '@tensorflow/tfjs';
import type { PathwiseRule } from '../../distributions/pathwiseGradient.js';
import type { Stream } from '../../random/stream.js';
import type { SamplerName } from '../config.js';
import { dirichletMeanSampler, dirichletSampler } from './dirichlet.js';
import { softmaxSampler } from './softmax.js';

export interface Draw {
  stream: Stream;
  /** 1 keeps an operation, 0 removes it; one row an edge. */
  mask?: number[][];
  /** A recorded sample to use instead of drawing, one row an edge. */
  theta?: number[][];
  /**
   * Draw over all operations and renormalise those kept, as the reference does (utils.py:176-183), instead of drawing over
   * those kept. The distributions of sample and gradient's mean are equal; a single sample's gradient is another one.
   */
  wholeRows?: boolean;
  /** Another scalar derivative for the pathwise gradient: torch's approximation, to replay what torch recorded. */
  rule?: PathwiseRule;
}

export interface Sampler {
  name: SamplerName;
  /** Mixing weights theta [edges, ops] of one forward pass, differentiable in alpha [edges, ops]. */
  sample(alpha: tf.Tensor2D, draw: Draw): tf.Tensor2D;
  /** Expected mixing weights of alpha, without noise: what is shown, and what the final architecture is read from. */
  expected(alpha: number[][], mask?: number[][]): number[][];
  /** An architecture's operation on each edge drawn as in the paper's trajectory figure: arg max of one sample. */
  pick(alpha: number[][], draw: Draw): number[];
}

export function samplerOf(name: SamplerName): Sampler {
  return { dirichlet: dirichletSampler, 'dirichlet-mean': dirichletMeanSampler, softmax: softmaxSampler }[
    name
  ];
}
