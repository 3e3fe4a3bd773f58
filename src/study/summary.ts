// What a study's runs allow to say: each setting over its seeds, and against the reference on equal seeds.
import { mean } from 'simple-statistics';
import { createStream } from '../random/stream.js';
import { bootstrapInterval, type Interval } from '../statistics/bootstrap.js';
import { type PairedComparison, pairedComparison } from '../statistics/comparison.js';
import { type BestOf, bestOf, interquartileMean, type Spread, spreadOf } from '../statistics/spread.js';
import type { StudyDefinition } from './definition.js';
import { type HitRates, hitRates } from './hitRates.js';
import type { Label } from './jobs.js';
import { METRICS, type Metric, type StudyRow } from './rows.js';

export interface SettingSummary {
  label: Label;
  /** Runs with a value, runs that diverged, and runs that are not finished. */
  n: number;
  diverged: number;
  missing: number;
  /** Mean, sample deviation and Student's interval; null without a value. */
  value: Spread | null;
  /** BCa bootstrap intervals; null for a single seed. */
  meanInterval: Interval | null;
  interquartileMean: number | null;
  interquartileInterval: Interval | null;
  best: BestOf | null;
  /** By test accuracy on CIFAR-10 in the table; null without look-ups. */
  hits: HitRates | null;
  /** Mean of the runs. */
  seconds: number | null;
}

export interface SettingComparison {
  label: Label;
  reference: Label;
  comparison: PairedComparison;
}

export interface StudySummary {
  metric: Metric;
  settings: SettingSummary[];
  /** Every setting but the reference minus the reference, where they share seeds with values. */
  comparisons: SettingComparison[];
}

const key = (label: Label) => JSON.stringify(label);
const lowerIsBetter = (metric: Metric) => /^(rank|regret|seconds)/.test(metric);

/** Accuracy of the table on the data set that a study searches on, if that is one of the table's. */
const TABLE_METRICS: Record<string, Metric> = { cifar100: 'cifar100', 'imagenet16-120': 'imagenet16' };

/** The metric that a study names, or the first of its kind that its rows have. */
export function metricOf(
  { metric, base }: Pick<StudyDefinition, 'metric' | 'base'>,
  rows: readonly StudyRow[],
): Metric {
  if (metric !== undefined) {
    if ((METRICS as readonly string[]).includes(metric)) return metric as Metric;
    throw new Error(`metric is ${JSON.stringify(metric)}, expected one of ${METRICS.join(', ')}`);
  }
  const ofData = TABLE_METRICS[String(base?.dataset)] ?? 'cifar10';
  const known = ([ofData, 'accuracy', 'supernetAccuracy'] as const).find((name) =>
    rows.some((row) => row[name] !== undefined),
  );
  return known ?? ofData;
}

/** The setting that the others are compared with: the one whose label has the reference's values, or the first. */
export function referenceOf(labels: readonly Label[], reference: Label | undefined): Label {
  if (reference === undefined) return labels[0];
  const fits = labels.filter((label) =>
    Object.entries(reference).every(([name, value]) => label[name] === value),
  );
  if (fits.length === 1) return fits[0];
  const known = labels.slice(0, 5).map(key).join(', ');
  throw new Error(
    `reference is ${key(reference)}, which ${fits.length} settings have: expected columns and values of a single one, such as ${known}`,
  );
}

/** Summaries of all settings in the order of the rows. Its resamples follow from the study's name. */
export function summariseStudy(
  study: Pick<StudyDefinition, 'name' | 'metric' | 'reference' | 'base'>,
  rows: readonly StudyRow[],
): StudySummary {
  const metric = metricOf(study, rows);
  const labels = [...new Map(rows.map(({ label }) => [key(label), label])).values()];
  const own = (label: Label) => rows.filter((row) => key(row.label) === key(label));
  const values = (label: Label) =>
    new Map(
      own(label).flatMap((row) => (row[metric] === undefined ? [] : [[row.seed, row[metric]!] as const])),
    );
  const stream = createStream(study.name, 'statistics', metric);

  const settings = labels.map((label): SettingSummary => {
    const runs = own(label);
    const numbers = [...values(label).values()];
    const n = numbers.length;
    const interval = (statistic: (v: readonly number[]) => number, what: string) =>
      n === 0 ? null : bootstrapInterval(numbers, statistic, { stream: stream.split(what, key(label)) });
    const found = runs.flatMap(({ index, rankCifar10: rank }) =>
      index === undefined || rank === undefined ? [] : [{ index, rank }],
    );
    const seconds = runs.flatMap((run) => (run.seconds === undefined ? [] : [run.seconds]));
    return {
      label,
      n,
      diverged: runs.filter(({ state }) => state === 'diverged').length,
      missing: runs.filter(({ state }) => state === 'new' || state === 'unfinished').length,
      value: n === 0 ? null : spreadOf(numbers),
      meanInterval: interval((v) => mean([...v]), 'mean'),
      interquartileMean: n === 0 ? null : interquartileMean(numbers),
      interquartileInterval: interval(interquartileMean, 'interquartile mean'),
      best: n === 0 ? null : bestOf(numbers, lowerIsBetter(metric) ? 'lower' : 'higher'),
      hits: hitRates(found),
      seconds: seconds.length === 0 ? null : mean(seconds),
    };
  });

  const reference = labels.length > 0 ? referenceOf(labels, study.reference) : {};
  const comparisons = labels.flatMap((label): SettingComparison[] => {
    if (key(label) === key(reference)) return [];
    const comparison = pairedComparison(
      values(label),
      values(reference),
      stream.split('against', key(label)),
    );
    return comparison ? [{ label, reference, comparison }] : [];
  });
  return { metric, settings, comparisons };
}
