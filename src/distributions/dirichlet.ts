// The Dirichlet distribution over the weights of an edge's operations: density, moments, entropy and samples.

import { logGamma } from '../random/gamma.js';
import type { Stream } from '../random/stream.js';
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

/** beta_i (S - beta_i) / (S^2 (S + 1)) (fact 1.2). */
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

/** Every entry of a sample is at least the smallest normal double and at most the largest double below 1. */
const SMALLEST = 2.2250738585072014e-308;
const LARGEST = 1 - 2 ** -53;

/**
 * A draw from Dir(beta): finite, every entry in (0, 1), sum 1 to rounding, for concentrations from 1e-3 to 1e3 and beyond.
 *
 * Gamma variates normalised by their sum (fact 1.4), in logarithms: with beta = 1e-3 most of the variates
 * themselves underflow, and sometimes all of them.
 */
export function sampleDirichlet(stream: Stream, beta: ArrayLike<number>): Float64Array {
  return normaliseLogs(logGammas(stream, beta));
}

/** The logarithms of independent Gamma(beta_i, 1) variates. */
export function logGammas(stream: Stream, beta: ArrayLike<number>): Float64Array {
  checkedTotal(beta);
  return Float64Array.from(beta, (b) => logGamma(stream, b));
}

/** exp of each entry over the sum of all, kept inside (0, 1); a single entry gives [1]. */
export function normaliseLogs(logs: Float64Array): Float64Array {
  if (logs.length === 1) return Float64Array.of(1);
  const highest = logs.reduce((a, b) => Math.max(a, b), -Infinity);
  const theta = logs.map((l) => Math.exp(l - highest));
  const total = theta.reduce((a, b) => a + b, 0);
  return theta.map((t) => Math.min(Math.max(t / total, SMALLEST), LARGEST));
}
