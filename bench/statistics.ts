// Medians and paired ratios of timings taken in turn.
import { median } from '../src/statistics/spread.js';

export { median };

/** Seconds of each step, by round. */
export type Rounds = readonly (readonly number[])[];

/** The median step over all rounds. */
export const medianStep = (rounds: Rounds): number => median(rounds.flat());

export interface Ratio {
  median: number;
  low: number;
  high: number;
}

/**
 * How many times faster `ours` is than `theirs`: the ratio of each round's medians, taken within the round so that a
 * machine that slows down slows both; the median of these ratios and their range.
 */
export function pairedRatio(ours: Rounds, theirs: Rounds): Ratio {
  if (ours.length !== theirs.length || ours.length === 0) {
    throw new Error(`paired rounds are needed, got ${ours.length} of ours and ${theirs.length} of theirs`);
  }
  const ratios = ours.map((round, i) => median([...theirs[i]]) / median([...round]));
  return { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}
