// Normal noise on the logits: theta = softmax(alpha + scale * eps), the logistic-normal distribution, with its pathwise gradient.
import { normal } from '../../random/normal.js';
import { toRows } from '../../tensor/rows.js';
import { argMax } from './dirichlet.js';
import { noiseRows, noisySoftmax } from './noisySoftmax.js';
import type { Sampler } from './sampler.js';
import { expectedSoftmax } from './softmax.js';
import { SAMPLERS } from './traits.js';

/**
 * eps are independent standard normals, `scale` their standard deviation, the same for all entries and fixed: alpha moves the
 * mean of the logits and nothing else, where the Dirichlet's concentrations move mean and spread together. The normal
 * distribution in the softmax basis is also how the paper's Proposition 1 approximates the Dirichlet; there the deviation
 * follows from beta. The mean of theta has no closed form; the architecture is read from softmax(alpha), theta without noise,
 * whose order on an edge is the mean's.
 */
export const logisticNormalSampler = (scale: number): Sampler => ({
  name: 'logistic-normal',
  ...SAMPLERS['logistic-normal'],
  sample: (alpha, { stream, mask, theta }) => {
    const noise = theta ? undefined : noiseRows(toRows(alpha), stream, (s) => scale * normal(s));
    return noisySoftmax(alpha, { noise, theta, mask });
  },
  expected: expectedSoftmax,
  pick: (alpha, { stream, mask }) =>
    alpha.map((row, e) => {
      const own = stream.split(e);
      return argMax(
        row.map((a) => a + scale * normal(own)).map((v, o) => (mask && !mask[e][o] ? -Infinity : v)),
      );
    }),
});
