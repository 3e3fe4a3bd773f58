// What a few seeds say about an architecture, and about the difference of two: means, deviations, Student's interval.
import betainc from '@stdlib/math-base-special-betainc';
import { mean, sampleStandardDeviation } from 'simple-statistics';

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

export function spreadOf(values: number[]): Spread {
  const n = values.length;
  if (n === 0) throw new Error('a mean needs at least one value');
  const centre = mean(values);
  if (n === 1) return { n, mean: centre, deviation: null, interval: null };
  const deviation = sampleStandardDeviation(values);
  const half = (studentQuantile(n - 1) * deviation) / Math.sqrt(n);
  return { n, mean: centre, deviation, interval: [centre - half, centre + half] };
}
