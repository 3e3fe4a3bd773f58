// DARTS' relaxation, first order: theta = softmax(alpha) on each edge, nothing drawn.
import * as tf from '@tensorflow/tfjs';
import { argMax, normalisedRows, renormalised } from './dirichlet.js';
import type { Sampler } from './sampler.js';

const expected: Sampler['expected'] = (alpha, mask) =>
  normalisedRows(
    alpha.map((row) => {
      const top = Math.max(...row);
      return row.map((a) => Math.exp(a - top));
    }),
    mask,
  );

export const softmaxSampler: Sampler = {
  name: 'softmax',
  sample: (alpha, { mask }) => {
    const theta = tf.softmax(alpha);
    return mask ? renormalised(theta, mask) : theta;
  },
  expected,
  /** Drawn operation by operation from the categorical softmax(alpha). */
  pick: (alpha, { stream, mask }) =>
    expected(alpha, mask).map((row, e) => {
      const u = stream.split(e).uniform();
      let cumulative = 0;
      const index = row.findIndex((p) => {
        cumulative += p;
        return u < cumulative;
      });
      return index < 0 ? argMax(row) : index;
    }),
};
