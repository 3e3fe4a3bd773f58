// DSNAS (Hu et al. 2020): one operation an edge from softmax(alpha), and each edge's credit times the score of its choice.
import type * as tf from '@tensorflow/tfjs';
import { fromRows, toRows } from '../../tensor/rows.js';
import { withGradient } from '../../tensor/withGradient.js';
import { softmaxRow } from './noisySoftmax.js';
import type { Sampler } from './sampler.js';
import { categorical, expectedSoftmax, pickCategorical } from './softmax.js';
import { SAMPLERS } from './traits.js';

/**
 * Forward: c ~ Categorical(p), p = softmax(alpha); theta is a 1 at c, exactly 0 elsewhere, and only c is computed.
 *
 * Backward: with the credit g_c = d loss / d 1, the derivative with respect to the one that multiplies the chosen operation,
 *   d loss / d alpha_j = g_c d ln p_c / d alpha_j = g_c (delta_jc - p_j).
 * The credit is what the loss would change by if the edge were taken away, to first order. So the estimator is exact for a
 * loss that is linear in theta, edge by edge, and biased otherwise. GDAS's differs by the factor p_c / t and by p with noise in
 * the place of p without.
 *
 * The paper updates weights and alpha from one pass over the same batch. Here, as for all samplers and as in the DrNAS authors'
 * comparisons, alpha has its own batch and its own draw.
 */
function sample(alpha: tf.Tensor2D, { stream, mask, theta: recorded }: Parameters<Sampler['sample']>[1]) {
  const probabilities = toRows(alpha).map((row, e) => softmaxRow(row, { mask: mask?.[e] }));
  const chosen = recorded
    ? recorded.map((row) => row.indexOf(1))
    : probabilities.map((row) => categorical(stream, row));
  const width = alpha.shape[1];
  return withGradient<'alpha', tf.Tensor2D>(
    { alpha },
    () =>
      fromRows(
        chosen.map((c) => Float64Array.from({ length: width }, (_, o) => (o === c ? 1 : 0))),
        width,
      ),
    (dy) => ({
      alpha: () =>
        fromRows(
          toRows(dy).map((upstream, e) => {
            const c = chosen[e];
            return probabilities[e].map((p, j) => upstream[c] * ((j === c ? 1 : 0) - p));
          }),
          width,
        ),
    }),
  );
}

export const dsnasSampler: Sampler = {
  name: 'dsnas',
  ...SAMPLERS.dsnas,
  sample,
  expected: expectedSoftmax,
  pick: pickCategorical,
};
