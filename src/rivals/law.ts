// The exact law of random search: the best of n by what is seen, and what it then has in what is reported. No simulation.

export interface Law {
  mean: number;
  /** Standard deviation over searches. */
  deviation: number;
}

/**
 * Mean and deviation of `reported` at the architecture that is the best of n uniform draws with replacement by `seen`.
 *
 * Sort by `seen`. The best of n falls on the places from a (exclusive) to b (inclusive) of N with probability
 * (b/N)^n - (a/N)^n; among equals the first drawn wins, which is each of them equally often. With `seen` itself as
 * `reported` the mean is `expectedBest` (src/benchmarks/orderStatistics.ts).
 */
export function lawOfBest(seen: ArrayLike<number>, reported: ArrayLike<number>, n: number): Law {
  if (!(Number.isInteger(n) && n >= 1))
    throw new Error(`best of ${n}: expected a whole number of at least 1`);
  if (seen.length !== reported.length || seen.length === 0)
    throw new Error(
      `a law over ${seen.length} seen and ${reported.length} reported values: expected equally many`,
    );
  const size = seen.length;
  const order = Uint32Array.from({ length: size }, (_, i) => i).sort((a, b) => seen[a] - seen[b]);
  let [mean, square, below] = [0, 0, 0];
  for (let from = 0; from < size; ) {
    let to = from;
    let [sum, sumOfSquares] = [0, 0];
    do {
      const value = reported[order[to]];
      sum += value;
      sumOfSquares += value * value;
      to += 1;
    } while (to < size && seen[order[to]] === seen[order[from]]);
    const upTo = (to / size) ** n;
    mean += ((upTo - below) * sum) / (to - from);
    square += ((upTo - below) * sumOfSquares) / (to - from);
    below = upTo;
    from = to;
  }
  return { mean, deviation: Math.sqrt(Math.max(0, square - mean * mean)) };
}
