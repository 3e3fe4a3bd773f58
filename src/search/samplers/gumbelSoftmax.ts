// SNAS (Xie et al. 2019): theta = softmax((alpha + Gumbel noise) / temperature), soft, with its pathwise gradient.
import { gumbel } from '../../random/normal.js';
import { toRows } from '../../tensor/rows.js';
import { noiseRows, noisySoftmax } from './noisySoftmax.js';
import type { Sampler } from './sampler.js';
import { expectedSoftmax, pickCategorical } from './softmax.js';
import { SAMPLERS } from './traits.js';

/**
 * One sample of the concrete distribution an edge (201-space/search_model.py `snas`): G_i independent Gumbel variates,
 * theta_i = exp((alpha_i + G_i) / t) / sum_j exp((alpha_j + G_j) / t). The reference adds the noise to ln softmax(alpha), which
 * is the same, a constant a row. As t falls to 0 theta becomes one-hot, operation i with probability softmax(alpha)_i; at a
 * finite t its mean is not softmax(alpha), which is nevertheless what the architecture is read from: the order is the same.
 */
export const gumbelSoftmaxSampler: Sampler = {
  name: 'gumbel-softmax',
  ...SAMPLERS['gumbel-softmax'],
  sample: (alpha, { stream, mask, theta, temperature }) => {
    const noise = theta ? undefined : noiseRows(toRows(alpha), stream, gumbel);
    return noisySoftmax(alpha, { noise, theta, temperature, mask });
  },
  expected: expectedSoftmax,
  /** The largest of alpha plus Gumbel noise is a draw from softmax(alpha), whatever the temperature. */
  pick: pickCategorical,
};
