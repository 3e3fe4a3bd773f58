// GDAS (Dong and Yang 2019): one operation an edge, drawn by Gumbel noise, with a straight-through gradient of that operation.
import type * as tf from '@tensorflow/tfjs';
import { gumbel } from '../../random/normal.js';
import { fromRows, toRows } from '../../tensor/rows.js';
import { withGradient } from '../../tensor/withGradient.js';
import { argMax } from './dirichlet.js';
import { noiseRows, noisySoftmaxGradient, softmaxRow } from './noisySoftmax.js';
import type { Sampler } from './sampler.js';
import { expectedSoftmax, pickCategorical } from './softmax.js';
import { SAMPLERS } from './traits.js';

/**
 * Forward: p = softmax((alpha + G) / t), G Gumbel noise, and theta is 1 at c = arg max p and exactly 0 elsewhere, so the other
 * operations are never computed, forward or backward (201-space/search_model.py `gdas`, whose mixed operation skips weights
 * of 0; DARTS-space/model_search.py:52).
 *
 * Backward: as if theta were p, but for what was not computed. With g_c = d loss / d theta_c, the derivative with respect to
 * the weight of the chosen operation,
 *   d loss / d alpha_j = g_c p_c (delta_jc - p_j) / t.
 * The full straight-through estimator has sum_i g_i p_i (delta_ij - p_j) / t, for which every operation's output is needed;
 * here the terms of the operations that did not run are left out. Both are biased. What is left out is no small part: where g is
 * the same for all operations of an edge the full one gives 0, as it should; this one gives the drawn operation
 * g_c p_c (1 - p_c) / t, which does not average out either, for the likelier operations are drawn more often.
 * (GDAS's own code adds the bare weights of the skipped operations to the output, which gives these the gradient of a constant
 * image; the DrNAS authors' does not, and neither does this.)
 *
 * A recorded `theta` is p, the soft sample.
 */
function sample(alpha: tf.Tensor2D, draw: Parameters<Sampler['sample']>[1]): tf.Tensor2D {
  const { stream, mask, theta: recorded, temperature } = draw;
  const rows = toRows(alpha);
  const noise = recorded ? undefined : noiseRows(rows, stream, gumbel);
  const soft =
    recorded ?? rows.map((row, e) => softmaxRow(row, { noise: noise?.[e], temperature, mask: mask?.[e] }));
  const chosen = soft.map(argMax);
  const onlyChosen = (row: ArrayLike<number>, e: number) =>
    Float64Array.from(row, (v, o) => (o === chosen[e] ? v : 0));
  const width = alpha.shape[1];
  return withGradient(
    { alpha },
    () =>
      fromRows(
        rows.map((row, e) => onlyChosen(new Float64Array(row.length).fill(1), e)),
        width,
      ),
    (dy: tf.Tensor2D) => ({
      alpha: () =>
        fromRows(
          toRows(dy).map((upstream, e) =>
            noisySoftmaxGradient(soft[e], onlyChosen(upstream, e), temperature),
          ),
          width,
        ),
    }),
  );
}

export const gdasSampler: Sampler = {
  name: 'gdas',
  ...SAMPLERS.gdas,
  sample,
  expected: expectedSoftmax,
  pick: pickCategorical,
};
