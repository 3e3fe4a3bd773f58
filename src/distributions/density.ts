// The Dirichlet distribution over the weights of an edge's operations: density, moments and entropy.

import { checkedTotal, digamma, logMultivariateBeta } from './special.js';

/** ln of the density at theta (on the simplex, K entries) under concentrations beta (K, positive). */
export function logDensity(theta: ArrayLike<number>, beta: ArrayLike<number>): number {
  checkedTotal(beta);
  let sum = -logMultivariateBeta(beta);
  // At beta = 1 the density is flat right up to the boundary, where ln 0 would give 0 * -Infinity.
  for (let i = 0; i < beta.length; i++) if (beta[i] !== 1) sum += (beta[i] - 1) * Math.log(theta[i]);
  return sum;
}

/** beta_i / S, S the sum. */
export function mean(beta: ArrayLike<number>): Float64Array {
  const total = checkedTotal(beta);
  return Float64Array.from(beta, (b) => b / total);
}

/** beta_i (S - beta_i) / (S^2 (S + 1)). */
export function variance(beta: ArrayLike<number>): Float64Array {
  const total = checkedTotal(beta);
  return Float64Array.from(beta, (b) => (b / total) * (1 - b / total) * (1 / (total + 1)));
}

/** Differential entropy in nats. Negative away from the uniform distribution; highest, -ln (K-1)!, at beta = 1. */
export function entropy(beta: ArrayLike<number>): number {
  const total = checkedTotal(beta);
  let sum = logMultivariateBeta(beta) + (total - beta.length) * digamma(total);
  for (let i = 0; i < beta.length; i++) sum -= (beta[i] - 1) * digamma(beta[i]);
  return sum;
}
