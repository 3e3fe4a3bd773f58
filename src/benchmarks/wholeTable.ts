// Work on whole columns: ranks and regrets, the best, fronts, as Arquero tables.
import { table as arquero, type ColumnTable, desc } from 'arquero';
import { officialTexts } from './importers/collect.js';
import { ranks } from './orderStatistics.js';
import { accuracyColumn, type ColumnQuery } from './query.js';
import type { SpaceName } from './sets.js';
import { type BenchmarkTable, numberColumn } from './table.js';

/**
 * One accuracy of all architectures: columns index, arch, accuracy (percent), trials, rank (1 is best, equals share the
 * better), percentile (percent of the others that are worse) and regret (points below the best). Architectures without
 * such a training are left out.
 */
export function rankedTable<S extends SpaceName>(
  table: BenchmarkTable<S>,
  question: ColumnQuery<S>,
): ColumnTable {
  const { values, trials } = accuracyColumn(table, question);
  const texts = officialTexts(table.space);
  const index = Int32Array.from(values.keys()).filter((i) => trials[i] > 0);
  const accuracy = Float64Array.from(index, (i) => values[i]);
  const rank = ranks(accuracy);
  const best = accuracy.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const ascending = accuracy.slice().sort();
  const others = Math.max(1, accuracy.length - 1);
  return arquero({
    index,
    arch: Array.from(index, (i) => texts[i]),
    accuracy,
    trials: Uint8Array.from(index, (i) => trials[i]),
    rank,
    percentile: accuracy.map((a) => (100 * below(ascending, a)) / others),
    regret: accuracy.map((a) => best - a),
  });
}

/** How many of the ascending values are smaller. */
function below(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The `count` best, best first; equals in the official order. */
export function bestOf<S extends SpaceName>(
  table: BenchmarkTable<S>,
  question: ColumnQuery<S>,
  count = 10,
): ColumnTable {
  return rankedTable(table, question).orderby(desc('accuracy'), 'index').slice(0, count);
}

export interface Objective {
  /** Name of the column in the result. */
  name: string;
  values: ArrayLike<number>;
  /** Whether more is better, as for accuracies, or less, as for parameters and latencies. */
  better: 'more' | 'less';
}

/** An objective from a column of numbers, less being better. */
export const cost = (table: BenchmarkTable, name: string): Objective => ({
  name,
  values: numberColumn(table, name).values,
  better: 'less',
});

/** An objective from a column of accuracies. */
export const accuracy = <S extends SpaceName>(
  table: BenchmarkTable<S>,
  question: ColumnQuery<S>,
): Objective => ({
  name: `accuracy:${String(question.dataset)}`,
  values: accuracyColumn(table, question).values,
  better: 'more',
});

/**
 * The Pareto front: architectures that no other matches or beats in every objective and beats in one. Those with a NaN are
 * left out; of equals all stay. Columns index, arch and the objectives, in the order of the first objective, best first.
 */
export function paretoFront(table: BenchmarkTable, objectives: readonly Objective[]): ColumnTable {
  if (objectives.length === 0) throw new Error('a Pareto front needs at least one objective');
  const { size } = table;
  // Everything as "less is better".
  const costs = objectives.map(({ name, values, better }) => {
    if (values.length !== size) throw new Error(`${name} has ${values.length} values, expected ${size}`);
    return Float64Array.from(values, (v) => (better === 'less' ? v : -v));
  });
  const order = Int32Array.from({ length: size }, (_, i) => i)
    .filter((i) => costs.every((c) => !Number.isNaN(c[i])))
    .sort((a, b) => {
      for (const c of costs) if (c[a] !== c[b]) return c[a] < c[b] ? -1 : 1;
      return a - b;
    });
  const dominates = (a: number, b: number) =>
    costs.every((c) => c[a] <= c[b]) && costs.some((c) => c[a] < c[b]);
  // Sorted so, only an earlier one can dominate, and whoever is dominated is so by a member of the front.
  const front: number[] = [];
  for (const i of order) if (!front.some((f) => dominates(f, i))) front.push(i);
  const texts = officialTexts(table.space);
  const columns: Record<string, ArrayLike<unknown>> = {
    index: Int32Array.from(front),
    arch: front.map((i) => texts[i]),
  };
  for (const { name, values } of objectives) columns[name] = Float64Array.from(front, (i) => values[i]);
  return arquero(columns);
}
