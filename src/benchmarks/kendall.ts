// Kendall's tau-b between two columns in O(n log n).

/**
 * Kendall's tau-b by Knight's algorithm (1966): sort by x, count the exchanges that a merge sort by y needs. Ties lower the
 * denominator. Pairs with a NaN are left out. NaN where a column is constant or fewer than two pairs are left.
 * simple-statistics, the package in use here, has none.
 */
export function kendallTau(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length)
    throw new Error(`columns of ${x.length} and ${y.length} numbers have no correlation`);
  const pairs: number[] = [];
  for (let i = 0; i < x.length; i++) if (!Number.isNaN(x[i]) && !Number.isNaN(y[i])) pairs.push(i);
  const compare = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0); // subtraction fails on infinities
  const order = Uint32Array.from(pairs).sort((a, b) => compare(x[a], x[b]) || compare(y[a], y[b]));
  const n = order.length;
  const all = (n * (n - 1)) / 2;
  const tiedX = tiedPairs(order, (a, b) => x[a] === x[b]);
  const tiedBoth = tiedPairs(order, (a, b) => x[a] === x[b] && y[a] === y[b]);
  const sorted = Float64Array.from(order, (i) => y[i]);
  const exchanges = mergeSort(sorted);
  const tiedY = tiedPairs(sorted, (a, b) => a === b);
  const concordantLessDiscordant = all - tiedX - tiedY + tiedBoth - 2 * exchanges;
  return concordantLessDiscordant / Math.sqrt((all - tiedX) * (all - tiedY));
}

/** Pairs of equal neighbours-and-beyond in a sorted list. */
function tiedPairs(sorted: ArrayLike<number>, equal: (a: number, b: number) => boolean): number {
  let pairs = 0;
  let run = 1;
  for (let i = 1; i <= sorted.length; i++) {
    if (i < sorted.length && equal(sorted[i - 1], sorted[i])) run++;
    else {
      pairs += (run * (run - 1)) / 2;
      run = 1;
    }
  }
  return pairs;
}

/** Sorts in place, bottom up; returns the number of pairs that stood in descending order. */
function mergeSort(values: Float64Array): number {
  let from: Float64Array = values;
  let to: Float64Array = new Float64Array(values.length);
  let exchanges = 0;
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at++) {
        if (left < middle && (right >= end || from[left] <= from[right])) to[at] = from[left++];
        else {
          exchanges += middle - left;
          to[at] = from[right++];
        }
      }
    }
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from);
  return exchanges;
}
