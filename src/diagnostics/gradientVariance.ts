// How much an estimator of alpha's gradient scatters, on one fixed batch.

export interface GradientScatter {
  draws: number;
  /** Mean of the gradients, row by row: what the estimator estimates. */
  mean: number[];
  /** Sum over the entries of the variance of a single draw: the trace of the covariance. */
  variance: number;
  /** Standard error of that variance, from the draws' own squared distances. */
  varianceError: number;
  /** Squared norm of the mean less what scatter adds to it, over the variance: signal to noise of a single draw. */
  signalToNoise: number;
  /** Standard error of each entry of the mean. */
  standardErrors: number[];
}

/** Scatter of `gradient(draw)` over the draws 0, 1, … ; the draws must be independent of each other. */
export function gradientScatter(
  gradient: (draw: number) => ArrayLike<number>,
  draws: number,
): GradientScatter {
  if (!Number.isInteger(draws) || draws < 2)
    throw new Error(`the scatter of ${draws} draws: expected a whole number of at least 2`);
  const all = Array.from({ length: draws }, (_, draw) => Float64Array.from(gradient(draw)));
  const size = all[0].length;
  const mean = Array.from({ length: size }, (_, i) => all.reduce((sum, g) => sum + g[i], 0) / draws);
  const distances = all.map((g) => g.reduce((sum, v, i) => sum + (v - mean[i]) ** 2, 0));
  const total = distances.reduce((a, b) => a + b, 0);
  const variance = total / (draws - 1);
  const spread = distances.reduce((sum, d) => sum + (d - total / draws) ** 2, 0) / (draws - 1);
  const standardErrors = mean.map((m, i) =>
    Math.sqrt(all.reduce((sum, g) => sum + (g[i] - m) ** 2, 0) / (draws - 1) / draws),
  );
  const square = mean.reduce((sum, m) => sum + m * m, 0) - variance / draws;
  return {
    draws,
    mean,
    variance,
    varianceError: Math.sqrt(spread / draws),
    signalToNoise: variance > 0 ? Math.max(0, square) / variance : Number.POSITIVE_INFINITY,
    standardErrors,
  };
}
