// A study's runs and summaries as Arquero tables and CSV: flat columns, one row a run or a setting.
import { type ColumnTable, from } from 'arquero';
import type { StudyRow } from './rows.js';
import type { StudySummary } from './summary.js';

type Flat = Record<string, string | number | null>;

/** Rows with the columns of all of them, null where one has none. */
function filled(rows: readonly Flat[]): Flat[] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null])));
}

/** One row a run: the label's columns, seed, state, and what it found. */
export function runsTable(rows: readonly StudyRow[]): ColumnTable {
  return from(filled(rows.map(({ label, ...rest }) => ({ ...label, ...rest }) as Flat)));
}

const ends = (name: string, interval: readonly [number, number] | null): Flat => ({
  [`${name}_low`]: interval?.[0] ?? null,
  [`${name}_high`]: interval?.[1] ?? null,
});

/** One row a setting: how many runs, mean and interquartile mean with intervals, hit rates, and the comparison with the reference. */
export function summaryTable({ metric, settings, comparisons }: StudySummary): ColumnTable {
  const rows = settings.map(({ label, value, hits, best, ...rest }): Flat => {
    const against = comparisons.find((c) => c.label === label)?.comparison;
    const rates = Object.entries(hits ?? {}).flatMap(([name, { hits: count, low, high }]) =>
      Object.entries({ [name]: count, ...ends(name, [low, high]) }),
    );
    return {
      ...label,
      ...{ metric, n: rest.n, diverged: rest.diverged, missing: rest.missing },
      ...{
        mean: value?.mean ?? null,
        deviation: value?.deviation ?? null,
        ...ends('student', value?.interval ?? null),
      },
      ...ends('bootstrap', rest.meanInterval),
      interquartile_mean: rest.interquartileMean,
      ...ends('interquartile', rest.interquartileInterval),
      // The column's name says of how many: no best without its label.
      ...(best && { [`best_of_${best.of}`]: best.value }),
      ...Object.fromEntries(rates),
      seconds: rest.seconds,
      ...(against && {
        pairs: against.n,
        difference: against.difference.mean,
        ...ends('difference_student', against.difference.interval),
        ...ends('difference_bootstrap', against.bootstrap),
        sign_flip_p: against.pValue,
        improvement: against.improvement.probability,
        ...ends('improvement', against.improvement.interval),
        distinction: against.distinction,
      }),
    };
  });
  return from(filled(rows));
}
