// An anchor of mixing weights instead of concentrations: how far the expected theta's entropy is below the uniform one's.
import { concentration, concentrationDerivative } from '../../distributions/dirichlet.js';
import { softmax, softmaxGradient } from '../../distributions/softmax.js';
import type { SamplerTraits } from '../samplers/traits.js';
import { type RowsFunction, rowsPenalty } from './penalties.js';
import type { Regulariser } from './regulariser.js';

/** d/d theta of ln K + sum theta ln theta, for theta > 0; where theta has underflowed its factor in the chain rule is 0 too. */
const slopes = (theta: ArrayLike<number>) => Float64Array.from(theta, (t) => (t > 0 ? Math.log(t) + 1 : 0));

/** Expected mixing weights of one row of alpha and the gradient of a loss in alpha from that in them. */
const FAMILIES = {
  softmax: {
    expected: (alpha: Float64Array) => softmax(alpha),
    gradient: (_: Float64Array, theta: Float64Array, upstream: Float64Array) =>
      softmaxGradient(theta, upstream),
  },
  dirichlet: {
    expected(alpha: Float64Array) {
      const beta = alpha.map(concentration);
      const total = beta.reduce((a, b) => a + b, 0);
      return beta.map((b) => b / total);
    },
    /** d theta_j / d beta_i = (delta_ij - theta_j) / S. */
    gradient(alpha: Float64Array, theta: Float64Array, upstream: Float64Array) {
      const total = alpha.reduce((sum, a) => sum + concentration(a), 0);
      const mean = theta.reduce((sum, t, j) => sum + t * upstream[j], 0);
      return alpha.map((a, i) => (concentrationDerivative(a) * (upstream[i] - mean)) / total);
    },
  },
} as const;

/**
 * lambda * sum over edges of (ln K - H(theta)), theta the sampler's expected mixing weights (beta / S, or softmax(alpha)), K the
 * number of kept operations, H the entropy in nats. It is KL(theta || uniform): 0 where all operations weigh the same.
 *
 * The sign: like the other anchors a positive lambda pulls towards the uniform mixture, raising entropy. A negative lambda, which
 * this regulariser alone may have, rewards sharp mixtures instead.
 */
export function entropy(weight: number, family: SamplerTraits['family']): Regulariser {
  const { expected, gradient } = FAMILIES[family];
  const gaps: RowsFunction = {
    value: (rows) =>
      rows.reduce(
        (all, row) =>
          all + expected(row).reduce((sum, t) => (t > 0 ? sum + t * Math.log(t) : sum), Math.log(row.length)),
        0,
      ),
    gradient: (rows) =>
      rows.map((row) => {
        const theta = expected(row);
        return gradient(row, theta, slopes(theta));
      }),
  };
  return {
    name: 'entropy',
    weight,
    weightDecay: 0,
    penalty: (alpha, mask) => rowsPenalty(gaps, alpha, weight, mask),
  };
}
