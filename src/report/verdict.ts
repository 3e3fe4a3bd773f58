// The verdict on a measured value: a pure rule that counts doubt against agreement.

import type { MeasuredResult } from '../experiments/measured.js';
import { formatPublished, type PublishedNumber } from '../experiments/publishedNumber.js';
import { mean, sampleStandardDeviation } from '../statistics/spread.js';

/** From best to least known. */
export const VERDICTS = [
  'reproduced',
  'within noise',
  'consistent at smaller scale',
  'differs',
  'too few seeds',
  'not run',
] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Judged {
  verdict: Verdict;
  /** In a sentence: on what it rests. */
  why: string;
}

/** What the rule looks at. */
export type Evidence = Pick<MeasuredResult, 'values' | 'scale' | 'otherExperiment'>;

/** Seeds from which on agreement counts. Fewer can only differ. */
export const SEEDS_NEEDED = 3;
/** The scatter of our own seeds excuses at most this share of the published value: a noisy method must not agree with everything. */
export const WIDEST = 0.02;

const seedsText = (count: number) => `${count} ${count === 1 ? 'seed' : 'seeds'}`;
const tooFew = (count: number): Judged => ({
  verdict: 'too few seeds',
  why: `it agrees, but on ${seedsText(count)}; a verdict needs ${SEEDS_NEEDED}`,
});

/** What is settled before any value is compared. */
function withoutLooking(evidence: Evidence | undefined, notRun: string): Judged | undefined {
  if (!evidence || evidence.values.length === 0) return { verdict: 'not run', why: notRun };
  const strange = evidence.values.find((value) => !Number.isFinite(value));
  if (strange !== undefined) throw new Error(`a measured value is ${strange}: leave out runs that failed`);
  if (evidence.otherExperiment)
    return { verdict: 'not run', why: `another experiment was: ${evidence.otherExperiment}` };
  if (evidence.scale === 'smoke')
    return { verdict: 'not run', why: 'only at smoke scale, whose numbers mean nothing' };
  return undefined;
}

/**
 * A measured number against the published one.
 * - `not run`: nothing was measured, or only at smoke scale, or in another experiment.
 * - An `exact` value is `reproduced` if it rounds to the printed digits, `within noise` if the paper prints a deviation d
 *   and it is at most 2 d away, and `differs` otherwise.
 * - Otherwise mean and paper agree if they are equal to the printed digits, the deviation too where the paper prints one,
 *   or at most two standard errors apart: 2 sqrt(e^2 + d^2) with e = s / sqrt(n) from our seeds. Twice e counts only from
 *   three seeds on and only up to 2 % of the paper's value. The paper's number of runs is not certain, so d is not divided.
 * - No agreement: `differs`, whatever the scale and the number of seeds.
 * - Agreement on fewer than three seeds: `too few seeds`; at laptop scale: `consistent at smaller scale`; at the paper's
 *   scale: `reproduced` where the digits are equal, else `within noise`.
 */
export function judgeNumber(
  paper: PublishedNumber,
  evidence: Evidence | undefined,
  notRun = 'nothing was measured',
): Judged {
  const settled = withoutLooking(evidence, notRun);
  if (settled) return settled;
  const { values, scale } = evidence as Evidence;
  const { value, deviation, digits } = paper;
  const average = mean([...values]);
  const sameDigits = (a: number, b: number) => a.toFixed(digits) === b.toFixed(digits);
  const apart = Math.abs(average - value);
  if (scale === 'exact') {
    if (sameDigits(average, value)) return { verdict: 'reproduced', why: 'equal to the printed digits' };
    const near = deviation !== undefined && apart <= 2 * deviation;
    return {
      verdict: near ? 'within noise' : 'differs',
      why: `${apart.toFixed(digits + 1)} from ${formatPublished(paper)}`,
    };
  }
  const spread = values.length > 1 ? sampleStandardDeviation([...values]) : 0;
  const ownNoise =
    values.length < SEEDS_NEEDED
      ? 0
      : Math.min((2 * spread) / Math.sqrt(values.length), WIDEST * Math.abs(value));
  const noise = Math.hypot(ownNoise, 2 * (deviation ?? 0));
  const equal =
    sameDigits(average, value) &&
    (deviation === undefined || values.length === 1 || sameDigits(spread, deviation));
  const difference = `the means are ${apart.toFixed(digits)} apart, ${noise.toFixed(digits)} count as noise`;
  if (!equal && apart > noise) return { verdict: 'differs', why: difference };
  if (values.length < SEEDS_NEEDED) return tooFew(values.length);
  const why = equal ? 'equal to the printed digits' : difference;
  if (scale === 'laptop') return { verdict: 'consistent at smaller scale', why };
  return { verdict: equal ? 'reproduced' : 'within noise', why };
}

/** A claim: values are 1 where it held and 0 where it did not. One run in which it did not hold, and it differs. */
export function judgeClaim(evidence: Evidence | undefined, notRun = 'nothing was measured'): Judged {
  const settled = withoutLooking(evidence, notRun);
  if (settled) return settled;
  const { values, scale } = evidence as Evidence;
  const strange = values.find((value) => value !== 0 && value !== 1);
  if (strange !== undefined)
    throw new Error(`of a claim a value is 1 (it held) or 0 (it did not), got ${strange}`);
  const held = values.filter((value) => value === 1).length;
  const cases = scale === 'exact' ? `${values.length} cases` : seedsText(values.length);
  const why = `it held in ${held} of ${cases}`;
  if (held < values.length) return { verdict: 'differs', why };
  if (scale === 'exact') return { verdict: 'reproduced', why };
  if (values.length < SEEDS_NEEDED) return tooFew(values.length);
  return { verdict: scale === 'laptop' ? 'consistent at smaller scale' : 'reproduced', why };
}
