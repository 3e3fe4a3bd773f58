// What a sampler draws on one edge: mixing weights for a row of alpha, many times over.
import * as tf from '@tensorflow/tfjs';
import { createStream } from '../random/stream.js';
import type { SamplerOptions } from '../search/samplers/sampler.js';
import { samplerOf } from '../search/samplers/samplerOf.js';
import type { SamplerName } from '../search/samplers/traits.js';

export interface SamplerDrawsOptions extends SamplerOptions {
  /** Default 1000. */
  draws?: number;
  /** Default 0. */
  seed?: number;
  /** Of the Gumbel samplers. Default 1. */
  temperature?: number;
}

/** Mixing weights [draws][operations] of a sampler at `alpha`, one number an operation; all equal where nothing is drawn. */
export function samplerDraws(
  name: SamplerName,
  alpha: readonly number[],
  { draws = 1000, seed = 0, temperature, ...options }: SamplerDrawsOptions = {},
): number[][] {
  if (!Number.isInteger(draws) || draws < 1)
    throw new Error(`draws is ${draws}, expected a whole number of at least 1`);
  const sampler = samplerOf(name, options);
  const stream = createStream(seed, 'sampler draws');
  const rows = Array.from({ length: draws }, () => [...alpha]);
  // A score-function sampler draws outside the tape, in double precision.
  const theta = sampler.scored?.(rows, { stream }).theta;
  return tf.tidy(() => sampler.sample(tf.tensor2d(rows), { stream, temperature, theta }).arraySync());
}
