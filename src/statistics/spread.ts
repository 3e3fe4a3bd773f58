// Statistics over a few seeds; what a library has is taken from it.
import betainc from '@stdlib/math-base-special-betainc';
import { mean, sampleStandardDeviation } from 'simple-statistics';

export { mean, median, quantile, sampleStandardDeviation } from 'simple-statistics';

/** The t that a Student variable with `freedom` degrees exceeds in absolute value with probability `outside`. */
export function studentQuantile(freedom: number, outside = 0.05): number {
  if (!(freedom >= 1)) throw new Error(`Student's t has at least one degree of freedom, got ${freedom}`);
  // P(|T| > t) = I_{f / (f + t^2)}(f/2, 1/2), which falls in t.
  const tail = (t: number) => betainc(freedom / (freedom + t * t), freedom / 2, 0.5);
  let [low, high] = [0, 1];
  while (tail(high) > outside) high *= 2;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (tail(middle) > outside) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export interface Spread {
  n: number;
  mean: number;
  /** Sample standard deviation (n - 1 in the denominator); null for a single value. */
  deviation: number | null;
  /** 95 % interval of the mean by Student's t, which takes the values for normal; null for a single value. */
  interval: [number, number] | null;
}

/** Mean, deviation and interval of at least one value. */
export function spreadOf(values: number[]): Spread {
  const n = values.length;
  if (n === 0) throw new Error('a mean needs at least one value');
  const centre = mean(values);
  if (n === 1) return { n, mean: centre, deviation: null, interval: null };
  const deviation = sampleStandardDeviation(values);
  const half = (studentQuantile(n - 1) * deviation) / Math.sqrt(n);
  return { n, mean: centre, deviation, interval: [centre - half, centre + half] };
}

/**
 * Mean of the middle half: a quarter of the values, rounded down, is left out at either end, as rliable does (Agarwal et al.
 * 2021, with scipy's trim_mean). Up to three values it is the mean.
 */
export function interquartileMean(values: readonly number[]): number {
  if (values.length === 0) throw new Error('an interquartile mean needs at least one value');
  const cut = Math.floor(values.length / 4);
  return mean([...values].sort((a, b) => a - b).slice(cut, values.length - cut));
}

/** The best of several values never goes without saying of how many: it grows with their number and estimates nothing. */
export interface BestOf {
  value: number;
  of: number;
  label: string;
}

/** The largest value, or the smallest, with its label. */
export function bestOf(values: readonly number[], better: 'higher' | 'lower' = 'higher'): BestOf {
  if (values.length === 0) throw new Error('a best needs at least one value');
  const of = values.length;
  const value = better === 'higher' ? Math.max(...values) : Math.min(...values);
  return { value, of, label: `best of ${of}, no estimate of what one run gives` };
}

/** The standard normal's 97.5 % quantile. */
const Z_95 = 1.959963984540054;

/**
 * Wilson's score interval (1927) of a probability, 95 % by default, from `hits` of `trials`: honest for a few trials,
 * where the usual interval has no width at 0 or all hits. simple-statistics has none.
 */
export function wilsonInterval(hits: number, trials: number, z = Z_95): { low: number; high: number } {
  if (!Number.isInteger(hits) || !Number.isInteger(trials) || trials < 1 || hits < 0 || hits > trials) {
    throw new Error(`a hit rate needs 0 <= hits <= trials and at least one trial, got ${hits} of ${trials}`);
  }
  const rate = hits / trials;
  const square = (z * z) / trials;
  const centre = rate + square / 2;
  const half = z * Math.sqrt((rate * (1 - rate)) / trials + square / (4 * trials));
  const bound = (value: number) => Math.min(1, Math.max(0, value / (1 + square)));
  return { low: hits === 0 ? 0 : bound(centre - half), high: hits === trials ? 1 : bound(centre + half) };
}

/** `3 of 5 (95 % interval 23-88 %)`. */
export function formatHitRate(hits: number, trials: number): string {
  const { low, high } = wilsonInterval(hits, trials);
  const percent = (value: number) => Math.round(value * 100);
  return `${hits} of ${trials} (95 % interval ${percent(low)}–${percent(high)} %)`;
}
