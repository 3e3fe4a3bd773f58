// A supernet's ranking beside the table and beside rankings that need no supernet.
import { BENCHMARK_DATASETS, type NasBench201 } from '../benchmarks/nasbench201.js';
import { accuracyColumn, type ColumnQuery } from '../benchmarks/query.js';
import type { BenchmarkTable } from '../benchmarks/table.js';
import { networkCost } from '../spaces/nasbench201/cost.js';
import { allArchitectures } from '../spaces/nasbench201/officialOrder.js';
import type { SupernetScores } from './rankAll.js';
import { type RankingQuality, rankingQuality } from './rankingQuality.js';

export interface Truth {
  dataset: 'cifar10' | 'cifar100' | 'imagenet16';
  set: 'test' | 'validation';
  /** [15,625] Percent after 200 epochs, the mean over the trainings. */
  values: Float64Array;
}

/** What the tables call these sets; a search's validation set is the held-out half of CIFAR-10, which has a name of its own. */
const SETS = [
  ['cifar10', 'test', 'cifar10', 'ori-test'],
  ['cifar10', 'validation', 'cifar10-valid', 'x-valid'],
  ['cifar100', 'test', 'cifar100', 'x-test'],
  ['cifar100', 'validation', 'cifar100', 'x-valid'],
  ['imagenet16', 'test', 'ImageNet16-120', 'x-test'],
  ['imagenet16', 'validation', 'ImageNet16-120', 'x-valid'],
] as const;
const EPOCHS = 200;

/** The accuracies of a table that rankings are held against; sets that the table lacks are left out. */
export function truthsOf(table: BenchmarkTable<'topology'>): Truth[] {
  const has = (name: string, split: string) =>
    table.accuracies.some((c) => c.dataset === name && c.split === split && c.epochs === EPOCHS);
  return SETS.filter(([, , name, split]) => has(name, split)).map(([dataset, set, name, split]) => {
    const question = { dataset: name, split, epochs: EPOCHS, seed: 'mean' } as ColumnQuery<'topology'>;
    return { dataset, set, values: accuracyColumn(table, question).values };
  });
}

/** Test accuracies of the table that searches look their architectures up in. */
export function truthsOfEntries({ entries }: NasBench201): Truth[] {
  return BENCHMARK_DATASETS.map((dataset) => ({
    dataset,
    set: 'test',
    values: Float64Array.from(entries, (entry) => entry[dataset]),
  }));
}

export type Scorer = 'supernet accuracy' | 'supernet loss' | 'parameters' | 'multiply-adds';

/** Scores of all architectures, more being better: the supernet's two, and the two of the benchmark's own networks' sizes. */
export function scorers(scores: SupernetScores): Record<Scorer, Float64Array> {
  const costs = allArchitectures().map((architecture) => networkCost(architecture));
  // Compared on equal terms: what the supernet has no score for, no other has.
  const known = (values: number[]) =>
    Float64Array.from(values, (v, i) => (Number.isNaN(scores.loss[i]) ? Number.NaN : v));
  return {
    'supernet accuracy': scores.accuracy,
    'supernet loss': scores.loss.map((loss) => -loss),
    parameters: known(costs.map(({ parameters }) => parameters)),
    'multiply-adds': known(costs.map(({ macs }) => macs)),
  };
}

export interface RankingRow extends RankingQuality {
  scorer: Scorer;
  dataset: Truth['dataset'];
  set: Truth['set'];
}

/** One row for each scorer and each set of true accuracies. */
export function rankingReport(scores: SupernetScores, truths: readonly Truth[]): RankingRow[] {
  const columns = Object.entries(scorers(scores)) as [Scorer, Float64Array][];
  return truths.flatMap(({ dataset, set, values }) =>
    columns.map(([scorer, column]) => ({
      scorer,
      dataset,
      set,
      ...rankingQuality(column, values),
    })),
  );
}
