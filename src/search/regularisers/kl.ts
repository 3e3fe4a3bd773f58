// The other anchor: lambda times the sum over edges of KL(Dir(beta_edge) || Dir(1)) (201-space/search_model.py:62-72).
import * as tf from '@tensorflow/tfjs';
import {
  concentration,
  concentrationDerivative,
  klToUniform,
  klToUniformGradient,
  type Mask,
} from '../../distributions/dirichlet.js';
import { keptIndices } from '../../distributions/pathwiseGradient.js';
import { fromRows, saturate, toRows } from '../../tensor/rows.js';
import { withGradient } from '../../tensor/withGradient.js';
import type { Regulariser } from './regulariser.js';

export function kl(weight: number): Regulariser {
  return { name: 'kl', weight, weightDecay: 0, penalty: (alpha, mask) => klPenalty(alpha, weight, mask) };
}

/**
 * weight * sum over edges of KL(Dir(beta) || Dir(1)), beta = elu(alpha) + 1, alpha [edges, ops]; one Dirichlet per
 * edge, over its kept operations where a mask is given. Forward and backward in float64 from alpha itself.
 */
export function klPenalty(alpha: tf.Tensor2D, weight = 1, mask?: ArrayLike<Mask>): tf.Scalar {
  const rows = toRows(alpha);
  const kept = rows.map((row, e) => keptIndices(row.length, mask?.[e]));
  const beta = rows.map((row, e) => kept[e].map((o) => concentration(row[o])));
  return withGradient(
    { alpha },
    () => tf.scalar(saturate(weight * beta.reduce((sum, row) => sum + klToUniform(row), 0))),
    (dy: tf.Scalar) => ({
      alpha: () => {
        const factor = weight * dy.dataSync()[0];
        const gradient = rows.map((row) => new Float64Array(row.length));
        rows.forEach((row, e) => {
          const inBeta = klToUniformGradient(beta[e]);
          kept[e].forEach((o, k) => {
            gradient[e][o] = factor * inBeta[k] * concentrationDerivative(row[o]);
          });
        });
        return fromRows(gradient, alpha.shape[1]);
      },
    }),
  );
}
