// Ranks, and the exact expectation of the best of n random draws.

/**
 * Rank of each value, 1 for the largest; equal values share the better rank, and a NaN has rank 0. Values that differ by less than
 * 1e-6 count as equal: the official doubles of equal counts of images differ by up to 2e-7 (batchwise means), while one
 * image more or less is at least 6e-4.
 */
export function ranks(values: ArrayLike<number>): Int32Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i)
    .filter((i) => !Number.isNaN(values[i]))
    .sort((a, b) => values[b] - values[a]);
  const result = new Int32Array(values.length);
  for (let place = 0; place < order.length; place++) {
    const tied = place > 0 && values[order[place - 1]] - values[order[place]] < 1e-6;
    result[order[place]] = tied ? result[order[place - 1]] : place + 1;
  }
  return result;
}

/**
 * E[max of n draws with replacement] from N values given in ascending order:
 * the sum of x_i [(i/N)^n - ((i-1)/N)^n], i = 1..N, the law of the largest order statistic.
 */
export function expectedBest(ascending: ArrayLike<number>, n: number): number {
  if (!(Number.isInteger(n) && n >= 1))
    throw new Error(`best of ${n}: expected a whole number of at least 1`);
  let sum = 0;
  let below = 0;
  for (let i = 0; i < ascending.length; i++) {
    const upTo = ((i + 1) / ascending.length) ** n;
    sum += ascending[i] * (upTo - below);
    below = upTo;
  }
  return sum;
}
