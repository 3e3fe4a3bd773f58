// The interface of a sampler of mixing weights.
import type * as tf from '@tensorflow/tfjs';
import type { PathwiseRule } from '../../distributions/pathwiseGradient.js';
import type { Stream } from '../../random/stream.js';
import type { SamplerName, SamplerTraits } from './traits.js';

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
  /** Of the Gumbel samplers; default 1. */
  temperature?: number;
}

export interface Sampler extends SamplerTraits {
  name: SamplerName;
  /**
   * Mixing weights theta [edges, ops] of one forward pass for alpha [edges, ops]; its tape carries the sampler's gradient, but
   * for a score-function sampler, whose theta is a constant. Exactly 0 where an operation need not be computed.
   */
  sample(alpha: tf.Tensor2D, draw: Draw): tf.Tensor2D;
  /** Mixing weights of alpha without noise, rows that sum to 1: what is shown, and what the final architecture is read from. */
  expected(alpha: number[][], mask?: number[][]): number[][];
  /** An architecture's operation on each edge drawn as in the paper's trajectory figure: arg max of one sample. */
  pick(alpha: number[][], draw: Draw): number[];
  /**
   * Score-function samplers: a draw in double precision, to be handed to `sample` as `draw.theta`, and its score
   * d ln p(theta | alpha) / d alpha, whose mean over draws is 0.
   */
  scored?(alpha: number[][], draw: Draw): { theta: number[][]; score: number[][] };
}

export interface SamplerOptions {
  /** Standard deviation of the logistic-normal's noise. Default 1. */
  logisticNormalScale?: number;
}
