// What the kit says about the benchmark, computed from the table at hand: optima, ranks, cells without a search, best of n.
import { formatArchitecture } from '../spaces/nasbench201/architecture.js';
import { networkCost } from '../spaces/nasbench201/cost.js';
import { allArchitectures, architectureIndex } from '../spaces/nasbench201/officialOrder.js';
import { EDGES, type Operation } from '../spaces/nasbench201/operations.js';
import { expectedBest, ranks } from './orderStatistics.js';
import { accuracyColumn, type ColumnQuery } from './query.js';
import type { BenchmarkTable } from './table.js';

/** The three accuracies that papers report: test, 200 epochs, mean over the trainings. */
export const TEST_QUESTIONS = {
  cifar10: { dataset: 'cifar10', split: 'ori-test', epochs: 200, seed: 'mean' },
  cifar100: { dataset: 'cifar100', split: 'x-test', epochs: 200, seed: 'mean' },
  'ImageNet16-120': { dataset: 'ImageNet16-120', split: 'x-test', epochs: 200, seed: 'mean' },
} as const satisfies Record<string, ColumnQuery<'topology'>>;
export type TestSet = keyof typeof TEST_QUESTIONS;
export const TEST_SETS = Object.keys(TEST_QUESTIONS) as TestSet[];

export interface CellFact {
  index: number;
  arch: string;
  accuracy: number;
  /** 1 is best; equals share the better. */
  rank: number;
  regret: number;
  trials: number;
}

export interface DatasetFacts {
  optimum: CellFact;
  /** All six edges a 3x3 convolution; the cell with the most parameters, by count. */
  allConv3x3: CellFact;
  largest: CellFact;
  allSkip: CellFact;
  /** Expected accuracy of one drawn at random, and of the best of n drawn with replacement, chosen by this accuracy itself. */
  randomMean: number;
  bestOfN: (n: number) => number;
  /** Any architecture by its index. */
  cell(index: number): CellFact;
}

export function deriveFacts(table: BenchmarkTable<'topology'>): Record<TestSet, DatasetFacts> {
  const everywhere = (operation: Operation) => architectureIndex(EDGES.map(() => operation));
  const architectures = allArchitectures();
  const parameters = architectures.map((architecture) => networkCost(architecture).parameters);
  const largestIndex = parameters.reduce((best, p, i) => (p > parameters[best] ? i : best), 0);
  const of = (set: TestSet): DatasetFacts => {
    const { values, trials } = accuracyColumn(table, TEST_QUESTIONS[set]);
    if (values.some(Number.isNaN))
      throw new Error(`the table lacks ${set} accuracies of some architectures: facts need all`);
    const rank = ranks(values);
    const ascending = values.slice().sort();
    const best = ascending[ascending.length - 1];
    const cell = (index: number): CellFact => ({
      index,
      arch: formatArchitecture(architectures[index]),
      accuracy: values[index],
      rank: rank[index],
      regret: best - values[index],
      trials: trials[index],
    });
    return {
      optimum: cell(values.indexOf(best)),
      allConv3x3: cell(everywhere('nor_conv_3x3')),
      largest: cell(largestIndex),
      allSkip: cell(everywhere('skip_connect')),
      randomMean: values.reduce((a, b) => a + b, 0) / values.length,
      bestOfN: (n) => expectedBest(ascending, n),
      cell,
    };
  };
  return { cifar10: of('cifar10'), cifar100: of('cifar100'), 'ImageNet16-120': of('ImageNet16-120') };
}
