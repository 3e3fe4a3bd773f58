// DARTS' relaxation: theta = softmax(alpha) on each edge, nothing drawn.
import * as tf from '@tensorflow/tfjs';
import type { Stream } from '../../random/stream.js';
import { argMax, renormalised } from './dirichlet.js';
import { softmaxRow } from './noisySoftmax.js';
import type { Sampler } from './sampler.js';
import { SAMPLERS } from './traits.js';

/** softmax(alpha) over the kept operations of each row. */
export const expectedSoftmax: Sampler['expected'] = (alpha, mask) =>
  alpha.map((row, e) => Array.from(softmaxRow(row, { mask: mask?.[e] })));

/** An index drawn with these probabilities. */
export function categorical(stream: Stream, probabilities: ArrayLike<number>): number {
  const u = stream.uniform();
  let cumulative = 0;
  for (let i = 0; i < probabilities.length; i++) {
    cumulative += probabilities[i];
    if (u < cumulative) return i;
  }
  // The probabilities sum to 1 but for rounding, and u was beyond their sum.
  return argMax(probabilities);
}

/** One operation an edge, from the categorical softmax(alpha). */
export const pickCategorical: Sampler['pick'] = (alpha, { stream, mask }) =>
  expectedSoftmax(alpha, mask).map((row, e) => categorical(stream.split(e), row));

export const softmaxSampler: Sampler = {
  name: 'softmax',
  ...SAMPLERS.softmax,
  sample: (alpha, { mask }) => {
    const theta = tf.softmax(alpha);
    return mask ? renormalised(theta, mask) : theta;
  },
  expected: expectedSoftmax,
  pick: pickCategorical,
};
