// The score of a Dirichlet: the other unbiased way to a gradient, next to which the pathwise one is shown.
import { checkedTotal, digammaDifference } from './special.js';

/** d ln density(theta | beta) / d beta_i = psi(S) - psi(beta_i) + ln theta_i, for K entries; its mean under Dir(beta) is 0. */
export function score(theta: ArrayLike<number>, beta: ArrayLike<number>): Float64Array {
  const total = checkedTotal(beta);
  return Float64Array.from(beta, (b, i) => digammaDifference(b, total) + Math.log(theta[i]));
}

/**
 * The score-function estimate of d E[loss] / d beta from one sample: (loss - baseline) * score (Williams 1992).
 * It needs no derivative of the loss; any baseline that does not depend on the sample leaves its mean as it is.
 */
export function scoreGradient(
  theta: ArrayLike<number>,
  beta: ArrayLike<number>,
  loss: number,
  baseline = 0,
): Float64Array {
  return score(theta, beta).map((s) => (loss - baseline) * s);
}
