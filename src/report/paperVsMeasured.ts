// The paper's numbers next to the measured ones as rows for a notebook, each with the report's verdict.
import type { ColumnTable } from 'arquero';
import { from } from 'arquero';
import { MEASURED_SCALES, type MeasuredScale } from '../experiments/measured.js';
import { formatPublished, type PublishedNumber, type Trust } from '../experiments/publishedNumber.js';
import { mean, sampleStandardDeviation } from '../statistics/spread.js';
import { judgeNumber, type Verdict } from './verdict.js';

export interface Comparison {
  /** What is compared, for a reader: `DrNAS, CIFAR-10 test accuracy (%)`. */
  quantity: string;
  paper: PublishedNumber;
  /** One value a seed, in the paper's unit; none where it was not run. */
  measured: readonly number[];
  /** `smoke`, `laptop`, `paper` or `exact`; `custom` counts as laptop. */
  scale: string;
  dataset: string;
  /** What makes it another experiment than the paper's, if it is: then it is not judged. */
  otherExperiment?: string;
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
  /** On what the verdict rests. */
  why: string;
}

/** `94.25 ± 0.24`, or `-` where nothing was measured; no deviation for a single seed. */
function formatMeasured(measured: readonly number[], digits: number): string {
  if (measured.length === 0) return '-';
  const average = mean([...measured]).toFixed(digits);
  if (measured.length === 1) return average;
  return `${average} ± ${sampleStandardDeviation([...measured]).toFixed(digits)}`;
}

/** The scale as the verdict knows it. */
function knownScale(scale: string, quantity: string): MeasuredScale {
  if (scale === 'custom') return 'laptop';
  if (MEASURED_SCALES.includes(scale as MeasuredScale)) return scale as MeasuredScale;
  throw new Error(`${quantity}: scale must be custom or one of ${MEASURED_SCALES.join(', ')}, got ${scale}`);
}

/** One row for each comparison, in their order. */
export function paperVsMeasured(comparisons: readonly Comparison[]): ComparisonRow[] {
  return comparisons.map(({ quantity, paper, measured, scale, dataset, otherExperiment }) => ({
    quantity,
    paper: formatPublished(paper),
    trust: paper.trust,
    measured: formatMeasured(measured, paper.digits),
    ...(measured.length === 0 ? { scale: '-', dataset: '-' } : { scale, dataset }),
    seeds: measured.length,
    ...judgeNumber(paper, {
      values: [...measured],
      scale: knownScale(scale, quantity),
      otherExperiment,
    }),
  }));
}

/** The rows as an Arquero table. */
export const comparisonTable = (rows: readonly ComparisonRow[]): ColumnTable => from([...rows]);

/** The rows as a Markdown table, for a README or a report. */
export const comparisonMarkdown = (rows: readonly ComparisonRow[]): string =>
  comparisonTable(rows).toMarkdown({ limit: Infinity });
