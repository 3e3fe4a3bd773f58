// What needs no search and what no paper prints beside its own: trivial cells, and the exact law of best-of-n random search.
import { deriveFacts } from '../benchmarks/facts.js';
import { BENCHMARK_DATASETS, type BenchmarkDataset } from '../benchmarks/nasbench201.js';
import type { BenchmarkTable } from '../benchmarks/table.js';
import { type Law, lawOfBest } from './law.js';
import { type Report, reportOf } from './play.js';
import { reportsOf, type SightOptions, sightOf } from './sight.js';

export interface TrivialCell {
  name: string;
  /** Official index. */
  index: number;
  /** Accuracies in percent. */
  report: Report;
}

export interface RandomLaw {
  n: number;
  /** Of the architecture chosen by the validation accuracy that is seen. */
  report: Record<BenchmarkDataset, { valid: Law; test: Law }>;
  /** Expected test accuracy of the best of n chosen by the test accuracy itself: what no search can know. */
  oracle: Record<BenchmarkDataset, number>;
}

export interface TrivialBaselines {
  cells: TrivialCell[];
  /** Mean accuracy of all architectures: that of one drawn at random. */
  mean: Report;
  laws: RandomLaw[];
}

const perDataset = <T>(of: (set: BenchmarkDataset) => T): Record<BenchmarkDataset, T> =>
  Object.fromEntries(BENCHMARK_DATASETS.map((set) => [set, of(set)])) as Record<BenchmarkDataset, T>;

/** The exact law of random search with n queries, for validation accuracies seen as `sight` says. */
export function randomLaws(
  table: BenchmarkTable<'topology'>,
  counts: readonly number[],
  options: SightOptions = {},
): RandomLaw[] {
  const { validation } = sightOf(table, options);
  const reports = reportsOf(table);
  return counts.map((n) => ({
    n,
    report: perDataset((set) => ({
      valid: lawOfBest(validation, reports[set].valid, n),
      test: lawOfBest(validation, reports[set].test, n),
    })),
    oracle: perDataset((set) => lawOfBest(reports[set].test, reports[set].test, n).mean),
  }));
}

/** All of them, from one table. `counts` are the n of the laws. */
export function trivialBaselines(
  table: BenchmarkTable<'topology'>,
  { counts = [1, 10, 30, 100], ...options }: SightOptions & { counts?: readonly number[] } = {},
): TrivialBaselines {
  const reports = reportsOf(table);
  const { allConv3x3, largest, allSkip } = deriveFacts(table).cifar10;
  const cell = (name: string, { index }: { index: number }) => ({
    name,
    index,
    report: reportOf(reports, index),
  });
  const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    cells: [
      cell('all 3x3 convolutions', allConv3x3),
      cell('most parameters', largest),
      cell('all skip connections', allSkip),
    ],
    mean: perDataset((set) => ({ valid: mean(reports[set].valid), test: mean(reports[set].test) })),
    laws: randomLaws(table, counts, options),
  };
}
