// Two settings on equal seeds: the paired difference, what chance alone would give, and the probability of improvement.
import { mean, quantileSorted } from 'simple-statistics';
import { integer } from '../random/integer.js';
import type { Stream } from '../random/stream.js';
import { bootstrapInterval, type Interval } from './bootstrap.js';
import { type Spread, spreadOf } from './spread.js';

/** Up to 2^20 sign patterns are gone through one by one. */
const ENUMERATED = 20;
const DRAWS = 100_000;

/**
 * Two-sided p-value of differences under the hypothesis that each might as well have had the other sign: the part of all 2^n
 * sign patterns whose mean is at least as far from 0. Exact up to 20 differences; above, of drawn patterns and the observed one.
 * It cannot be below 2 / 2^n: five seeds never reach 0.05.
 */
export function signFlipP(differences: readonly number[], stream: Stream): number {
  const n = differences.length;
  if (n === 0) throw new Error('a sign-flip test needs at least one difference');
  const sizes = differences.map(Math.abs);
  const observed = Math.abs(differences.reduce((sum, d) => sum + d, 0));
  // Sums of the same numbers in another order may differ in their last digits.
  const bar = observed - 1e-9 * sizes.reduce((sum, d) => sum + d, 0);
  const exact = n <= ENUMERATED;
  const patterns = exact ? 2 ** n : DRAWS;
  let far = 0;
  for (let pattern = 0; pattern < patterns; pattern++) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const minus = exact ? (pattern >> i) & 1 : stream.uint32() & 1;
      sum += minus ? -sizes[i] : sizes[i];
    }
    if (Math.abs(sum) >= bar) far++;
  }
  return exact ? far / patterns : (far + 1) / (patterns + 1);
}

/** The probability that a value of `first` is above one of `second`, ties counting half: Mann and Whitney's U over n m. */
export function probabilityOfImprovement(first: readonly number[], second: readonly number[]): number {
  if (first.length === 0 || second.length === 0)
    throw new Error('the probability of improvement needs a value on either side');
  let wins = 0;
  for (const x of first) for (const y of second) wins += x > y ? 1 : x === y ? 0.5 : 0;
  return wins / (first.length * second.length);
}

/** Its 95 % percentile interval, each side resampled by itself (Agarwal et al. 2021); null where a side has a single value. */
export function improvementInterval(
  first: readonly number[],
  second: readonly number[],
  stream: Stream,
  resamples = 2000,
): Interval | null {
  if (first.length < 2 || second.length < 2) return null;
  const again = (values: readonly number[]) => values.map(() => values[integer(stream, values.length)]);
  const drawn = Array.from({ length: resamples }, () =>
    probabilityOfImprovement(again(first), again(second)),
  );
  drawn.sort((a, b) => a - b);
  return [quantileSorted(drawn, 0.025), quantileSorted(drawn, 0.975)];
}

export type Distinction = 'higher' | 'lower' | 'cannot be distinguished';

export interface PairedComparison {
  /** Seeds that both have. */
  n: number;
  /** First minus second: mean, deviation and Student's interval. */
  difference: Spread;
  /** BCa bootstrap interval of the mean difference; null for a single seed. */
  bootstrap: Interval | null;
  /** Exact sign-flip p-value, and the smallest that so many seeds can give. */
  pValue: number;
  smallestP: number;
  /** That the first is above the second for any seed of either, over all values of both. */
  improvement: { probability: number; interval: Interval | null };
  /** Of the first. Both intervals of the difference have to leave 0 out: the bootstrap's alone is too narrow for a few seeds. */
  distinction: Distinction;
}

const leavesOutZero = (interval: Interval | null) =>
  interval !== null && (interval[0] > 0 || interval[1] < 0);

/** First minus second, for each seed that both have a value for. */
export const pairedDifferences = (
  first: ReadonlyMap<number, number>,
  second: ReadonlyMap<number, number>,
): number[] =>
  [...first].flatMap(([seed, value]) => {
    const other = second.get(seed);
    return other === undefined ? [] : [value - other];
  });

/** Compares two settings by their values by seed; undefined where they share no seed. Several comparisons are not corrected for. */
export function pairedComparison(
  first: ReadonlyMap<number, number>,
  second: ReadonlyMap<number, number>,
  stream: Stream,
): PairedComparison | undefined {
  const differences = pairedDifferences(first, second);
  const n = differences.length;
  if (n === 0) return undefined;
  const difference = spreadOf(differences);
  const bootstrap = bootstrapInterval(differences, (d) => mean([...d]), {
    stream: stream.split('difference'),
  });
  const [a, b] = [[...first.values()], [...second.values()]];
  const apart = leavesOutZero(difference.interval) && leavesOutZero(bootstrap);
  return {
    n,
    difference,
    bootstrap,
    pValue: signFlipP(differences, stream.split('signs')),
    smallestP: Math.min(1, 2 / 2 ** n),
    improvement: {
      probability: probabilityOfImprovement(a, b),
      interval: improvementInterval(a, b, stream.split('improvement')),
    },
    distinction: apart ? (difference.mean > 0 ? 'higher' : 'lower') : 'cannot be distinguished',
  };
}
