// The table cut in two: what a rival may see while it searches, and what is only reported when it has finished.
import type { BenchmarkDataset } from '../benchmarks/nasbench201.js';
import { accuracyColumn, type ColumnQuery } from '../benchmarks/query.js';
import type { BenchmarkTable } from '../benchmarks/table.js';

/** What a rival's validation accuracies are. */
export interface SightOptions {
  /** Data set that it searches on. Default cifar10. */
  searchOn?: BenchmarkDataset;
  /**
   * Epochs of the trainings whose validation accuracy it sees. Default 12, as the scripts of NAS-Bench-201 do
   * (AutoDL-Projects, exps/algos/R_EA.py: `get_more_info(..., None, True)`); 200 shows the full trainings.
   */
  epochs?: 12 | 200;
}

export interface Sight {
  searchOn: BenchmarkDataset;
  epochs: 12 | 200;
  /** [15,625] Validation accuracy in percent, mean over the trainings, by official index. */
  validation: Float64Array;
  /** [15,625] Seconds that one such training took on the benchmark's GPU; null where the table does not know. */
  seconds: Float64Array | null;
}

/** Accuracies in percent after 200 epochs, mean over the trainings, by official index. */
export type Reports = Record<BenchmarkDataset, { valid: Float64Array; test: Float64Array }>;

/** How the benchmark calls what is validated and tested; `cifar10` itself was trained on all images and has no validation. */
const NAMES = {
  cifar10: { valid: 'cifar10-valid', test: 'cifar10', testSplit: 'ori-test' },
  cifar100: { valid: 'cifar100', test: 'cifar100', testSplit: 'x-test' },
  imagenet16: { valid: 'ImageNet16-120', test: 'ImageNet16-120', testSplit: 'x-test' },
} as const satisfies Record<BenchmarkDataset, object>;

function whole(table: BenchmarkTable<'topology'>, question: ColumnQuery<'topology'>): Float64Array {
  const { values } = accuracyColumn(table, question);
  const missing = values.findIndex(Number.isNaN);
  if (missing < 0) return values;
  throw new Error(
    `the table has no ${question.dataset} accuracy on ${question.split} at ${question.epochs} epochs for architecture ${missing}: ` +
      'a search over the table needs all 15,625',
  );
}

const validation = (table: BenchmarkTable<'topology'>, set: BenchmarkDataset, epochs: 12 | 200) =>
  whole(table, {
    dataset: NAMES[set].valid,
    split: 'x-valid',
    epochs,
    seed: 'mean',
  } as ColumnQuery<'topology'>);

/**
 * What is seen. Seconds are the table's own column for these epochs or, where it has only the 200 epochs', their share of
 * them: the learning rate's schedule differs, an epoch's work does not. The time to validate is not in them.
 */
export function sightOf(
  table: BenchmarkTable<'topology'>,
  { searchOn = 'cifar10', epochs = 12 }: SightOptions = {},
): Sight {
  if (epochs !== 12 && epochs !== 200)
    throw new Error(`the benchmark was trained for 12 and for 200 epochs, not ${epochs}`);
  if (!(searchOn in NAMES))
    throw new Error(
      `data set ${JSON.stringify(searchOn)} is not in the benchmark: use ${Object.keys(NAMES).join(', ')}`,
    );
  const seconds = (of: number) =>
    table.numbers.find(({ name }) => name === `seconds:${NAMES[searchOn].valid}@${of}`)?.values;
  const all = seconds(200);
  const own = seconds(epochs) ?? all?.map((s) => (s * epochs) / 200);
  return {
    searchOn,
    epochs,
    validation: validation(table, searchOn, epochs),
    seconds: own && !own.some(Number.isNaN) ? own : null,
  };
}

/** What is reported of an answer. No rival gets it: see `playTable`. */
export function reportsOf(table: BenchmarkTable<'topology'>): Reports {
  const of = (set: BenchmarkDataset) => ({
    valid: validation(table, set, 200),
    test: whole(table, {
      dataset: NAMES[set].test,
      split: NAMES[set].testSplit,
      epochs: 200,
      seed: 'mean',
    } as ColumnQuery<'topology'>),
  });
  return { cifar10: of('cifar10'), cifar100: of('cifar100'), imagenet16: of('imagenet16') };
}
