// Questions to a benchmark. Data set, set, epochs and seed are required, and a combination that was never run does not compile.
import type { Stream } from '../random/stream.js';
import type { SpaceName, Spaces } from './sets.js';
import { type AccuracyColumn, type BenchmarkTable, describeKey } from './table.js';

type Datasets<S extends SpaceName> = Spaces[S];
type SeedsOf<S extends SpaceName, D extends keyof Datasets<S>> = Datasets<S>[D] extends { seeds: infer T }
  ? T
  : never;
type ImagesOf<S extends SpaceName, D extends keyof Datasets<S>> = Datasets<S>[D] extends { images: infer T }
  ? T
  : never;
type Item<T> = T extends readonly (infer I)[] ? I : never;

/** The mean over the trainings that exist, or one training by its seed. */
export type FixedSeed<Seeds> = 'mean' | { seed: Seeds };
/** As well a training drawn at random: by the stream's name and the architecture, so the same each time. */
export type AnySeed<Seeds> = FixedSeed<Seeds> | { draw: Stream };

type Questions<S extends SpaceName, Policy extends 'fixed' | 'any'> = {
  [D in keyof Datasets<S>]: {
    [E in keyof SeedsOf<S, D>]: {
      dataset: D;
      split: keyof ImagesOf<S, D>;
      epochs: E;
      seed: Policy extends 'fixed' ? FixedSeed<Item<SeedsOf<S, D>[E]>> : AnySeed<Item<SeedsOf<S, D>[E]>>;
    };
  }[keyof SeedsOf<S, D>];
}[keyof Datasets<S>];

/** One accuracy of one architecture. */
export type Query<S extends SpaceName> = Questions<S, 'any'>;
/** One accuracy of all architectures; without draws, which would compare different seeds. */
export type ColumnQuery<S extends SpaceName> = Questions<S, 'fixed'>;

export interface Answer {
  /** Percent. */
  accuracy: number;
  /** Trainings it rests on. */
  trials: number;
  /** Their seeds; null where the file has only their mean. */
  seeds: readonly number[] | null;
  /** Images of the set. */
  images: number;
}

interface Question {
  dataset: string;
  split: string;
  epochs: number;
  seed: 'mean' | { seed: number } | { draw: Stream };
}

/** The columns that answer a question, those of single seeds first. */
function columnsFor(table: BenchmarkTable, { dataset, split, epochs }: Question): AccuracyColumn[] {
  const found = table.accuracies.filter(
    (c) => c.dataset === dataset && c.split === split && c.epochs === epochs,
  );
  if (found.length === 0) {
    const there = table.accuracies
      .filter((c) => c.dataset === dataset)
      .map((c) => `${c.split} at ${c.epochs} epochs`);
    throw new Error(
      `the table (${table.sources.map((s) => s.name).join(', ')}) has no ${dataset} accuracy on ${split} at ${epochs} epochs; ` +
        `it has ${[...new Set(there)].join(', ') || 'none of that data set'}`,
    );
  }
  return found;
}

/**
 * One architecture's accuracy, by its official index. Throws where the index does not exist, where the table lacks the
 * column, and where a seed was asked for that this architecture was not trained with (the message lists those that exist).
 */
export function query<S extends SpaceName>(
  table: BenchmarkTable<S>,
  index: number,
  question: Query<S>,
): Answer {
  if (!Number.isInteger(index) || index < 0 || index >= table.size) {
    throw new Error(`architecture index ${index} does not exist: use 0 to ${table.size - 1}`);
  }
  const asked = question as unknown as Question;
  const columns = columnsFor(table, asked);
  const single = columns.filter((c) => c.seed !== 'mean' && c.right[index] >= 0);
  const { seed } = asked;
  const answer = (chosen: AccuracyColumn[]): Answer => {
    const trials = chosen.reduce((sum, c) => sum + c.trials[index], 0);
    const right = chosen.reduce((sum, c) => sum + c.right[index], 0);
    const { images } = chosen[0];
    const seeds = chosen[0].seed === 'mean' ? null : chosen.map((c) => c.seed as number);
    return { accuracy: (100 * right) / (images * trials), trials, seeds, images };
  };
  if (seed === 'mean') {
    const mean = columns.find((c) => c.seed === 'mean' && c.right[index] >= 0);
    if (mean) return answer([mean]);
    if (single.length > 0) return answer(single);
    throw new Error(
      `architecture ${index}: the table has no training for ${describeKey({ ...columns[0], seed: 'mean' })}`,
    );
  }
  if (single.length === 0) {
    throw new Error(
      `architecture ${index}: the table has only the mean of ${describeKey({ ...columns[0], seed: 'mean' })}, no single seed`,
    );
  }
  if ('draw' in seed)
    return answer([single[Math.floor(seed.draw.split('trial', index).uniform() * single.length)]]);
  const wanted = single.find((c) => c.seed === seed.seed);
  if (wanted) return answer([wanted]);
  throw new Error(
    `architecture ${index} was not trained with seed ${seed.seed} for ${asked.dataset} at ${asked.epochs} epochs; ` +
      `it was with ${single.map((c) => c.seed).join(', ')}`,
  );
}

export interface Column {
  /** [architectures] Percent; NaN where no such training exists. */
  values: Float64Array;
  /** [architectures] Trainings each value rests on. */
  trials: Uint8Array;
}

/** One accuracy of all architectures, in the official order. */
export function accuracyColumn<S extends SpaceName>(
  table: BenchmarkTable<S>,
  question: ColumnQuery<S>,
): Column {
  const asked = question as unknown as Question;
  const columns = columnsFor(table, asked);
  const { seed } = asked;
  const values = new Float64Array(table.size).fill(Number.NaN);
  const trials = new Uint8Array(table.size);
  let chosen: AccuracyColumn[];
  if (seed === 'mean') {
    const mean = columns.find((c) => c.seed === 'mean');
    chosen = mean ? [mean] : columns;
  } else {
    chosen = columns.filter((c) => 'seed' in seed && c.seed === seed.seed);
    if (chosen.length === 0)
      throw new Error(`the table has no single seed for ${asked.dataset}, ${asked.split}`);
  }
  for (let i = 0; i < table.size; i++) {
    let right = 0;
    for (const c of chosen) {
      if (c.right[i] < 0) continue;
      right += c.right[i];
      trials[i] += c.trials[i];
    }
    if (trials[i] > 0) values[i] = (100 * right) / (chosen[0].images * trials[i]);
  }
  return { values, trials };
}
