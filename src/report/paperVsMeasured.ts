// The paper's numbers next to the measured ones, each with a verdict by a stated rule.
import type { ColumnTable } from 'arquero';
import { from } from 'arquero';
import { formatPublished, type PublishedNumber, type Trust } from '../experiments/publishedNumber.js';
import { mean, sampleStandardDeviation } from './statistics.js';

export type Verdict = 'reproduced' | 'within noise' | 'differs' | 'not run';

export interface Comparison {
  /** What is compared, for a reader: `DrNAS, CIFAR-10 test accuracy (%)`. */
  quantity: string;
  paper: PublishedNumber;
  /** One value a seed, in the paper's unit; none where it was not run. */
  measured: readonly number[];
  /** `smoke`, `laptop` or `paper`: under which settings it was measured. */
  scale: string;
  dataset: string;
}

export interface ComparisonRow {
  quantity: string;
  /** With `(unverified)` where the number is only recalled. */
  paper: string;
  trust: Trust;
  measured: string;
  scale: string;
  dataset: string;
  seeds: number;
  verdict: Verdict;
}

/**
 * The rule, on the mean of the seeds:
 * - `not run`: nothing was measured.
 * - `reproduced`: the mean rounds to the very digits that the paper prints, and so does the seeds' sample standard
 *   deviation, if the paper states one and there are two seeds or more.
 * - `within noise`: mean and paper differ by at most two standard errors, sqrt(s^2 / n + d^2), with the seeds' sample
 *   standard deviation s (0 for a single seed) and the paper's deviation d (0 where it prints none). The paper's number
 *   of runs is not certain, so d is not divided by it.
 * - `differs`: everything else.
 *
 * The rule compares numbers, not conditions: the row's scale and data set say under which they were measured.
 */
export function verdictOf(paper: PublishedNumber, measured: readonly number[]): Verdict {
  if (measured.length === 0) return 'not run';
  const strange = measured.find((value) => !Number.isFinite(value));
  if (strange !== undefined) throw new Error(`a measured value is ${strange}: leave out runs that failed`);
  const { value, deviation, digits } = paper;
  const average = mean([...measured]);
  const spread = measured.length > 1 ? sampleStandardDeviation([...measured]) : 0;
  const sameDigits = (a: number, b: number) => a.toFixed(digits) === b.toFixed(digits);
  const sameSpread = measured.length === 1 || deviation === undefined || sameDigits(spread, deviation);
  if (sameDigits(average, value) && sameSpread) return 'reproduced';
  const noise = Math.hypot(spread / Math.sqrt(measured.length), deviation ?? 0);
  return Math.abs(average - value) <= 2 * noise ? 'within noise' : 'differs';
}

/** `94.25 ± 0.24`, or `-` where nothing was measured; no deviation for a single seed. */
function formatMeasured(measured: readonly number[], digits: number): string {
  if (measured.length === 0) return '-';
  const average = mean([...measured]).toFixed(digits);
  if (measured.length === 1) return average;
  return `${average} ± ${sampleStandardDeviation([...measured]).toFixed(digits)}`;
}

/** One row for each comparison, in their order. */
export function paperVsMeasured(comparisons: readonly Comparison[]): ComparisonRow[] {
  return comparisons.map(({ quantity, paper, measured, scale, dataset }) => ({
    quantity,
    paper: formatPublished(paper),
    trust: paper.trust,
    measured: formatMeasured(measured, paper.digits),
    ...(measured.length === 0 ? { scale: '-', dataset: '-' } : { scale, dataset }),
    seeds: measured.length,
    verdict: verdictOf(paper, measured),
  }));
}

/** The rows as an Arquero table. */
export const comparisonTable = (rows: readonly ComparisonRow[]): ColumnTable => from([...rows]);

/** The rows as a Markdown table, for a README or a report. */
export const comparisonMarkdown = (rows: readonly ComparisonRow[]): string =>
  comparisonTable(rows).toMarkdown({ limit: Infinity });
