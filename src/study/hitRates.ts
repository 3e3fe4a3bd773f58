// How often a search ends at a good cell of NAS-Bench-201, with Wilson's interval.
import { HEADLINE_CELL } from '../experiments/published.js';
import { wilsonInterval } from '../statistics/spread.js';

export interface HitRate {
  hits: number;
  trials: number;
  /** Wilson's 95 % interval of the probability. */
  low: number;
  high: number;
}

/** The cell of the paper's three numbers, and the best cells of the table by test accuracy. */
export interface HitRates {
  headline: HitRate;
  best5: HitRate;
  best20: HitRate;
}

/** Hit rates of found cells given by index and rank in the table; null for none. */
export function hitRates(found: readonly { index: number; rank: number }[]): HitRates | null {
  if (found.length === 0) return null;
  const rate = (hit: (cell: { index: number; rank: number }) => boolean): HitRate => {
    const hits = found.filter(hit).length;
    return { hits, trials: found.length, ...wilsonInterval(hits, found.length) };
  };
  return {
    headline: rate(({ index }) => index === HEADLINE_CELL.index),
    best5: rate(({ rank }) => rank <= 5),
    best20: rate(({ rank }) => rank <= 20),
  };
}
