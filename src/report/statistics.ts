// Statistics over a few seeds; what a library has is taken from it.
export { mean, median, quantile, sampleStandardDeviation } from 'simple-statistics';

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
