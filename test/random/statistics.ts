// Sample statistics that the tests of random things share.

/** Mean, variance, and the standard error of each (that of the variance from the fourth moment). */
export function moments(values: ArrayLike<number>) {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i] / n;
  let variance = 0;
  let fourth = 0;
  for (let i = 0; i < n; i++) {
    const square = (values[i] - mean) ** 2;
    variance += square / n;
    fourth += square ** 2 / n;
  }
  return {
    mean,
    variance,
    meanError: Math.sqrt(variance / n),
    varianceError: Math.sqrt((fourth - variance ** 2) / n),
  };
}

/** Pearson's statistic of counts that should all be equal; about count - 1, with deviation sqrt(2 (count - 1)). */
export function chiSquare(counts: ArrayLike<number>): number {
  const total = Array.from(counts).reduce((a, b) => a + b, 0);
  const expected = total / counts.length;
  return Array.from(counts).reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
}

/** Correlation of two series of uniform numbers in [0, 1); 1 / sqrt(n) is its standard error. */
export function uniformCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - 0.5) * (b[i] - 0.5);
  return (12 * sum) / a.length;
}
