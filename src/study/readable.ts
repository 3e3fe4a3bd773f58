// A study for readers: its settings and comparisons as rows of a table, and its runs as the figures take them.
import { formatHitRate } from '../statistics/spread.js';
import { settingName } from './expand.js';
import type { HitRate } from './hitRates.js';
import type { Label } from './jobs.js';
import type { StudyRow } from './rows.js';
import type { StudySummary } from './summary.js';

/** How a setting is called; by default its label's values. */
export type NameOf = (label: Label) => string;

const two = (value: number) => value.toFixed(2);
const signed = (value: number) => `${value < 0 ? '−' : '+'}${two(Math.abs(value))}`;
const range = (interval: readonly [number, number] | null, of = two) =>
  interval ? `${of(interval[0])} to ${of(interval[1])}` : '–';
const rate = (hit: HitRate | undefined) => (hit ? formatHitRate(hit.hits, hit.trials) : '–');

/** One row a setting: mean and sample deviation, both intervals of the mean, hit rates with Wilson's interval, seconds a run. */
export function settingTable({ settings }: StudySummary, nameOf: NameOf = settingName) {
  return settings.map(({ label, n, diverged, value, meanInterval, hits, seconds }) => ({
    setting: nameOf(label),
    seeds: diverged > 0 ? `${n} (and ${diverged} diverged)` : String(n),
    'mean ± deviation, %': value
      ? `${two(value.mean)} ± ${value.deviation === null ? '–' : two(value.deviation)}`
      : '–',
    '95 % interval (Student)': range(value?.interval ?? null),
    'bootstrap (BCa)': range(meanInterval),
    'the paper’s cell': rate(hits?.headline),
    'one of the best 20': rate(hits?.best20),
    seconds: seconds === null ? '–' : seconds.toFixed(0),
  }));
}

/** One row a setting but the reference: the difference paired by seed, and whether five seeds or so can tell. */
export function comparisonRows({ comparisons }: StudySummary, nameOf: NameOf = settingName) {
  return comparisons.map(
    ({ label, reference, comparison: { n, difference, bootstrap, pValue, smallestP, distinction } }) => ({
      difference: `${nameOf(label)} − ${nameOf(reference)}`,
      pairs: n,
      'percentage points': signed(difference.mean),
      '95 % interval (Student)': range(difference.interval, signed),
      'bootstrap (BCa)': range(bootstrap, signed),
      'sign-flip p': `${pValue.toFixed(3)} (at least ${smallestP.toPrecision(2)})`,
      verdict: distinction,
    }),
  );
}

/** A dot for each run that has a value of the summary's metric, and a mean for each setting with Student's interval. */
export function settingDots<Row extends StudyRow>(
  runs: readonly Row[],
  { metric, settings }: StudySummary,
  nameOf: NameOf = settingName,
) {
  return {
    dots: runs.flatMap((run) =>
      run[metric] === undefined
        ? []
        : [{ method: nameOf(run.label), seed: run.seed, accuracy: run[metric] as number }],
    ),
    means: settings.flatMap(({ label, value }) =>
      value ? [{ method: nameOf(label), mean: value.mean, interval: value.interval }] : [],
    ),
  };
}

/** The runs of each setting by its name, in the study's order. */
export function runsBySetting<Row extends StudyRow>(
  runs: readonly Row[],
  nameOf: NameOf = settingName,
): Map<string, Row[]> {
  const all = new Map<string, Row[]>();
  for (const run of runs) {
    const name = nameOf(run.label);
    all.set(name, [...(all.get(name) ?? []), run]);
  }
  return all;
}
