// Spearman's rank correlation with ties, which simple-statistics' sampleRankCorrelation does not know.
import { sampleCorrelation } from 'simple-statistics';

/** Ranks from 1 in ascending order; equal values share the mean of their places. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => values[a] - values[b],
  );
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let place = start; place < end; place++) ranks[order[place]] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Pearson's correlation of the average ranks; pairs with a NaN are left out, and a constant column has NaN. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length)
    throw new Error(`columns of ${x.length} and ${y.length} numbers have no correlation`);
  const pairs = Array.from({ length: x.length }, (_, i) => i).filter(
    (i) => !Number.isNaN(x[i]) && !Number.isNaN(y[i]),
  );
  if (pairs.length < 2) return Number.NaN;
  const ranksOf = (values: ArrayLike<number>) => Array.from(averageRanks(pairs.map((i) => values[i])));
  return sampleCorrelation(ranksOf(x), ranksOf(y));
}
