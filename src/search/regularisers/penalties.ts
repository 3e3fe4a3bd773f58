// Penalties put on the tape: a function of alpha's rows, and of the concentrations beta = elu(alpha) + 1, over what a mask keeps.
import * as tf from '@tensorflow/tfjs';
import { concentration, concentrationDerivative, type Mask } from '../../distributions/dirichlet.js';
import { keptIndices } from '../../distributions/pathwiseGradient.js';
import { fromRows, saturate, toRows } from '../../tensor/rows.js';
import { withGradient } from '../../tensor/withGradient.js';

/** A number made of rows of kept entries, and its gradient in the same rows. */
export interface RowsFunction {
  value(rows: readonly Float64Array[]): number;
  gradient(rows: readonly Float64Array[]): readonly Float64Array[];
}

/**
 * weight * value(alpha) for alpha [edges, ops], over kept operations where a mask is given; differentiable in alpha, with 0 for
 * pruned operations. Forward and backward in float64 from alpha itself.
 */
export function rowsPenalty(
  { value, gradient }: RowsFunction,
  alpha: tf.Tensor2D,
  weight: number,
  mask?: ArrayLike<Mask>,
): tf.Scalar {
  const rows = toRows(alpha);
  const kept = rows.map((row, e) => keptIndices(row.length, mask?.[e]));
  const own = rows.map((row, e) => Float64Array.from(kept[e], (o) => row[o]));
  return withGradient(
    { alpha },
    () => tf.scalar(saturate(weight * value(own))),
    (dy: tf.Scalar) => ({
      alpha: () => {
        const factor = weight * dy.dataSync()[0];
        const inAlpha = gradient(own).map((slopes, e) => {
          const whole = new Float64Array(rows[e].length);
          kept[e].forEach((o, k) => {
            whole[o] = factor * slopes[k];
          });
          return whole;
        });
        return fromRows(inAlpha, alpha.shape[1]);
      },
    }),
  );
}

/** The same for a function of beta = elu(alpha) + 1, shared by the anchors of concentrations. */
export function betaPenalty(
  ofBeta: RowsFunction,
  alpha: tf.Tensor2D,
  weight: number,
  mask?: ArrayLike<Mask>,
): tf.Scalar {
  const betas = (rows: readonly Float64Array[]) => rows.map((row) => row.map(concentration));
  const ofAlpha: RowsFunction = {
    value: (rows) => ofBeta.value(betas(rows)),
    gradient: (rows) =>
      ofBeta
        .gradient(betas(rows))
        .map((slopes, e) => slopes.map((slope, k) => slope * concentrationDerivative(rows[e][k]))),
  };
  return rowsPenalty(ofAlpha, alpha, weight, mask);
}
