// A benchmark in memory: for each data set, set, epoch and seed the images that each architecture classified right.
import type { DatasetName, SpaceName, SplitName } from './sets.js';

/** Where a column's numbers belong. 'mean' is for files that have only the mean over the trainings. */
export interface AccuracyKey {
  dataset: DatasetName;
  split: SplitName;
  epochs: number;
  seed: number | 'mean';
}

/**
 * Accuracies as what they are: images classified right. accuracy = 100 x right / (images x trials). The official files'
 * doubles differ from that by up to 2e-7, the rounding of batchwise means, which says nothing about the network.
 */
export interface AccuracyColumn extends AccuracyKey {
  /** Images in the set. */
  images: number;
  /** [architectures] Images right, summed over the trials; -1 where the training doesn't exist. */
  right: Int32Array;
  /** [architectures] Trainings in the sum; 0 where none. */
  trials: Uint8Array;
}

/** Anything else that an architecture has: parameters, seconds, latencies, scores. NaN where not measured. */
export interface NumberColumn {
  /** Such as `params:cifar10`. */
  name: string;
  values: Float64Array;
}

export interface TableSource {
  /** What it is, such as 'NATS-tss-v1_0-3ffb9-simple'. */
  name: string;
  /** SHA-256 of the file; null where a folder was read. */
  sha256: string | null;
}

export interface BenchmarkTable<S extends SpaceName = SpaceName> {
  space: S;
  size: number;
  accuracies: readonly AccuracyColumn[];
  numbers: readonly NumberColumn[];
  sources: readonly TableSource[];
}

export const describeKey = ({ dataset, split, epochs, seed }: AccuracyKey): string =>
  `${dataset}, ${split}, ${epochs} epochs, ${seed === 'mean' ? 'mean over the trainings' : `seed ${seed}`}`;

export const sameKey = (a: AccuracyKey, b: AccuracyKey): boolean =>
  a.dataset === b.dataset && a.split === b.split && a.epochs === b.epochs && a.seed === b.seed;

/** A column by its name; an error lists those there are. */
export function numberColumn(table: BenchmarkTable, name: string): NumberColumn {
  const found = table.numbers.find((column) => column.name === name);
  if (found) return found;
  const names = table.numbers.map((column) => column.name).join(', ') || 'none';
  throw new Error(`the table has no column ${JSON.stringify(name)}; there are: ${names}`);
}

const disagreement = (column: string) =>
  new Error(`two tables disagree on ${column}: import them into separate files`);

/** Several files of one space as one table: the columns of all. A column that two have must be equal in both. */
export function joinTables<S extends SpaceName>(tables: readonly BenchmarkTable<S>[]): BenchmarkTable<S> {
  const [first] = tables;
  if (first === undefined) throw new Error('no table to join');
  const accuracies: AccuracyColumn[] = [];
  const numbers: NumberColumn[] = [];
  for (const table of tables) {
    if (table.space !== first.space)
      throw new Error(`tables of the spaces ${first.space} and ${table.space} do not join`);
    for (const column of table.accuracies) {
      const other = accuracies.find((c) => sameKey(c, column));
      if (other === undefined) accuracies.push(column);
      else if (column.right.some((r, i) => r !== other.right[i] || column.trials[i] !== other.trials[i]))
        throw disagreement(describeKey(column));
    }
    for (const column of table.numbers) {
      const other = numbers.find((c) => c.name === column.name);
      if (other === undefined) numbers.push(column);
      else if (column.values.some((value, i) => !Object.is(value, other.values[i])))
        throw disagreement(column.name);
    }
  }
  return { ...first, accuracies, numbers, sources: tables.flatMap((table) => table.sources) };
}
