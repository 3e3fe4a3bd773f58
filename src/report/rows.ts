// The report as data: every item of every exhibit with what was measured of it, and the verdict.

import type { MeasuredResult, MeasuredScale } from '../experiments/measured.js';
import { spreadOf } from '../statistics/spread.js';
import type { Exhibit, ExhibitItem } from './exhibits.js';
import { type Judged, judgeClaim, judgeNumber, VERDICTS, type Verdict } from './verdict.js';

export interface JudgedResult extends Judged {
  result: MeasuredResult;
  /** `94.26 ± 0.23`; of a claim `held in 3 of 3`. */
  value: string;
  /** 95 % interval of the mean by Student's t: `94.0 to 94.5`; empty where there is none. */
  interval: string;
}

export interface ReportItem extends ExhibitItem, Judged {
  /** The judged one first: of the scale nearest to the paper's. */
  results: JudgedResult[];
}

export interface ReportExhibit extends Omit<Exhibit, 'items'> {
  items: ReportItem[];
}

/** What is nearest to the paper comes first. */
const ORDER: readonly MeasuredScale[] = ['exact', 'paper', 'laptop', 'smoke'];

function formatValue(
  { published }: ExhibitItem,
  { values }: MeasuredResult,
): { value: string; interval: string } {
  if (!published) {
    const held = values.filter((value) => value === 1).length;
    return { value: `held in ${held} of ${values.length}`, interval: '' };
  }
  const { digits } = published;
  const { mean, deviation, interval } = spreadOf([...values]);
  const text = (number: number) => number.toFixed(digits);
  return {
    value: deviation === null ? text(mean) : `${text(mean)} ± ${text(deviation)}`,
    interval: interval === null ? '' : `${text(interval[0])} to ${text(interval[1])}`,
  };
}

function reportItem(item: ExhibitItem, measured: readonly MeasuredResult[]): ReportItem {
  const judge = (result: MeasuredResult | undefined): Judged =>
    item.published ? judgeNumber(item.published, result, item.notRun) : judgeClaim(result, item.notRun);
  const rank = ({ scale, otherExperiment }: MeasuredResult) =>
    ORDER.indexOf(scale) + (otherExperiment ? ORDER.length : 0);
  const results = measured
    .map((result, place) => ({ result, place }))
    .sort((a, b) => rank(a.result) - rank(b.result) || a.place - b.place)
    .map(({ result }) => ({ result, ...formatValue(item, result), ...judge(result) }));
  const { verdict, why } = results[0] ?? judge(undefined);
  return { ...item, verdict, why, results };
}

/** Joins exhibits and results. A result for an unknown item is an error: it would be lost without a word. */
export function buildReport(
  exhibits: readonly Exhibit[],
  results: readonly MeasuredResult[],
): ReportExhibit[] {
  const known = new Set(exhibits.flatMap(({ items }) => items.map(({ id }) => id)));
  for (const { exhibit } of results) {
    if (known.has(exhibit)) continue;
    const near = [...known].filter((id) => id.split('/')[0] === exhibit.split('/')[0]);
    throw new Error(
      `no exhibit has an item ${JSON.stringify(exhibit)}; there are ${(near.length ? near : [...known]).slice(0, 4).join(', ')}, …`,
    );
  }
  return exhibits.map((exhibit) => ({
    ...exhibit,
    items: exhibit.items.map((item) =>
      reportItem(
        item,
        results.filter((result) => result.exhibit === item.id),
      ),
    ),
  }));
}

/** How many items have each verdict. */
export function countVerdicts(items: readonly Judged[]): Record<Verdict, number> {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  for (const { verdict } of items) counts[verdict]++;
  return counts;
}
