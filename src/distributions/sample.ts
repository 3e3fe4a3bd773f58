// Draws from a Dirichlet that stay finite and positive however small the concentrations.
import { logGamma } from '../random/gamma.js';
import type { Stream } from '../random/stream.js';
import { checkedTotal } from './special.js';

/** Every entry of a sample is at least the smallest normal double and at most the largest double below 1. */
const SMALLEST = 2.2250738585072014e-308;
const LARGEST = 1 - 2 ** -53;

/**
 * A draw from Dir(beta): finite, every entry in (0, 1), sum 1 to rounding, for concentrations from 1e-3 to 1e3 and beyond.
 *
 * Gamma variates normalised by their sum, in logarithms: with beta = 1e-3 most of the variates
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
