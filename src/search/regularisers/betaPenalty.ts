// A penalty on the concentrations beta = elu(alpha) + 1, put on the tape: shared by the anchors that are functions of beta.
import * as tf from '@tensorflow/tfjs';
import { concentration, concentrationDerivative, type Mask } from '../../distributions/dirichlet.js';
import { keptIndices } from '../../distributions/pathwiseGradient.js';
import { fromRows, saturate, toRows } from '../../tensor/rows.js';
import { withGradient } from '../../tensor/withGradient.js';

/** A number of concentrations, row by row of their kept operations, and its gradient in the same rows. */
export interface RowsFunction {
  value(rows: readonly Float64Array[]): number;
  gradient(rows: readonly Float64Array[]): readonly ArrayLike<number>[];
}

/**
 * weight * value(beta), beta = elu(alpha) + 1 for alpha [edges, ops], over kept operations where a mask is given; differentiable
 * in alpha, with 0 for pruned operations. Forward and backward in float64 from alpha itself.
 */
export function betaPenalty(
  { value, gradient }: RowsFunction,
  alpha: tf.Tensor2D,
  weight: number,
  mask?: ArrayLike<Mask>,
): tf.Scalar {
  const rows = toRows(alpha);
  const kept = rows.map((row, e) => keptIndices(row.length, mask?.[e]));
  const beta = rows.map((row, e) => Float64Array.from(kept[e], (o) => concentration(row[o])));
  return withGradient(
    { alpha },
    () => tf.scalar(saturate(weight * value(beta))),
    (dy: tf.Scalar) => ({
      alpha: () => {
        const factor = weight * dy.dataSync()[0];
        const inBeta = gradient(beta);
        const inAlpha = rows.map((row, e) => {
          const slope = new Float64Array(row.length);
          kept[e].forEach((o, k) => {
            slope[o] = factor * inBeta[e][k] * concentrationDerivative(row[o]);
          });
          return slope;
        });
        return fromRows(inAlpha, alpha.shape[1]);
      },
    }),
  );
}
