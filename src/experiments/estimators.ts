// Gradient estimators on a problem whose gradient is known exactly: how much each scatters, and whether its mean is right.
import {
  pathwiseGradient,
  type Quadratic,
  quadraticExpectation,
  quadraticExpectationGradient,
  quadraticGradient,
  quadraticValue,
  sampleDirichlet,
  score,
} from '../distributions/dirichlet.js';
import type { Stream } from '../random/stream.js';

/** `pathwise`: DrNAS's. `score`: REINFORCE's without a baseline. `score, baseline E[f]`: with the expectation, known here, taken off. */
export const ESTIMATORS = ['pathwise', 'score, baseline E[f]', 'score'] as const;
export type Estimator = (typeof ESTIMATORS)[number];

export interface EstimatorRow {
  estimator: Estimator;
  /** Mean over the draws and its standard error, K entries. */
  mean: number[];
  standardError: number[];
  /** Variance of a single draw's gradient, summed over its K entries. */
  variance: number;
}

export interface EstimatorComparison {
  beta: number[];
  draws: number;
  /** E[f] and d E[f] / d beta, exact. */
  expectation: number;
  exact: number[];
  rows: EstimatorRow[];
}

/** Every estimator on the same draws of Dir(beta). */
export function compareEstimators(
  problem: Quadratic,
  beta: readonly number[],
  stream: Stream,
  draws: number,
): EstimatorComparison {
  if (!(Number.isInteger(draws) && draws >= 2))
    throw new Error(`a variance needs a whole number of draws from 2 up, got ${draws}`);
  const expectation = quadraticExpectation(problem, beta);
  const exact = Array.from(quadraticExpectationGradient(problem, beta));
  // Deviations from the exact mean are summed: their squares lose no digits where the scatter is small.
  const sums = ESTIMATORS.map(() => beta.map(() => ({ deviation: 0, square: 0 })));
  for (let n = 0; n < draws; n++) {
    const theta = sampleDirichlet(stream, beta);
    const value = quadraticValue(problem, theta);
    const scores = score(theta, beta);
    const gradients = [
      pathwiseGradient(theta, beta, quadraticGradient(problem, theta)),
      scores.map((s) => (value - expectation) * s),
      scores.map((s) => value * s),
    ];
    gradients.forEach((gradient, e) => {
      gradient.forEach((g, i) => {
        sums[e][i].deviation += g - exact[i];
        sums[e][i].square += (g - exact[i]) ** 2;
      });
    });
  }
  const rows = ESTIMATORS.map((estimator, e) => {
    const means = sums[e].map(({ deviation }) => deviation / draws);
    const variances = sums[e].map(
      ({ square }, i) => ((square / draws - means[i] ** 2) * draws) / (draws - 1),
    );
    return {
      estimator,
      mean: means.map((deviation, i) => exact[i] + deviation),
      standardError: variances.map((variance) => Math.sqrt(variance / draws)),
      variance: variances.reduce((a, b) => a + b, 0),
    };
  });
  return { beta: [...beta], draws, expectation, exact, rows };
}

/** The largest distance of an estimator's mean from the exact gradient, in standard errors: about 2 to 3 where it is unbiased. */
export function worstDeviation(
  { exact }: EstimatorComparison,
  { mean, standardError }: EstimatorRow,
): number {
  return Math.max(...exact.map((truth, i) => Math.abs(mean[i] - truth) / standardError[i]));
}
