// The score of a Dirichlet: the other unbiased way to a gradient, next to which the pathwise one is shown.
import { checkedTotal, digammaDifference } from './special.js';

/** d ln density(theta | beta) / d beta_i = psi(S) - psi(beta_i) + ln theta_i, for K entries; its mean under Dir(beta) is 0. */
export function score(theta: ArrayLike<number>, beta: ArrayLike<number>): Float64Array {
  return scoreOfLogs(Float64Array.from(theta, Math.log), beta);
}

/** The same from ln theta, for draws of which some entries are below the smallest number. */
export function scoreOfLogs(logTheta: ArrayLike<number>, beta: ArrayLike<number>): Float64Array {
  const total = checkedTotal(beta);
  return Float64Array.from(beta, (b, i) => digammaDifference(b, total) + logTheta[i]);
}
