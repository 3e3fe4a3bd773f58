// Gathers the trainings of many architectures into the columns of a table, and checks each number on the way.

import { formatArchitecture } from '../../spaces/nasbench201/architecture.js';
import { allArchitectures } from '../../spaces/nasbench201/officialOrder.js';
import {
  type DatasetName,
  epochsOf,
  imagesOf,
  SPACE_SIZE,
  type SpaceName,
  type SplitName,
  seedsOf,
} from '../sets.js';
import type { AccuracyColumn, BenchmarkTable, NumberColumn, TableSource } from '../table.js';
import type { ArchitectureRecord, Trial } from './trials.js';

export interface Collector {
  add(record: ArchitectureRecord): void;
  /** The table. Refuses one that lacks architectures, unless `partial`. */
  finish(sources: TableSource[], options?: { partial?: boolean }): BenchmarkTable;
  /** Architectures so far, and the largest distance of an accuracy from a whole number of images. */
  state(): { architectures: number; residual: number };
}

/** What an accuracy may differ from a whole number of images; the official files stay below 1e-4. */
const TOLERANCE = 0.01;

/** Images right in an accuracy of `trials` trainings; throws where it is no whole number of them. */
export function imagesRight(
  accuracy: number,
  images: number,
  trials = 1,
): { right: number; residual: number } {
  const exact = (accuracy * images * trials) / 100;
  const right = Math.round(exact);
  const residual = Math.abs(exact - right);
  if (!(residual <= TOLERANCE) || right < 0 || right > images * trials) {
    throw new Error(
      `an accuracy of ${accuracy} % is no whole number of ${images} images in ${trials} training(s)`,
    );
  }
  return { right, residual };
}

const texts: Partial<Record<SpaceName, readonly string[]>> = {}; // computed once; they never change

/** The texts of a space in the official order. */
export function officialTexts(space: SpaceName): readonly string[] {
  const known = texts[space];
  if (known) return known;
  const made =
    space === 'topology'
      ? allArchitectures().map(formatArchitecture)
      : Array.from({ length: SPACE_SIZE.size }, (_, n) =>
          [4, 3, 2, 1, 0].map((digit) => 8 * (1 + (Math.floor(n / 8 ** digit) % 8))).join(':'),
        );
  texts[space] = made;
  return made;
}

export function collector(space: SpaceName): Collector {
  const size = SPACE_SIZE[space];
  const official = officialTexts(space);
  const seen = new Uint8Array(size);
  const columns = new Map<string, AccuracyColumn>();
  const numbers = new Map<string, Float64Array>();
  let residual = 0;
  let architectures = 0;

  const columnOf = (dataset: DatasetName, split: SplitName, epochs: number, seed: number, images: number) => {
    const key = `${dataset}|${split}|${epochs}|${seed}`;
    let column = columns.get(key);
    if (column === undefined) {
      const right = new Int32Array(size).fill(-1);
      column = { dataset, split, epochs, seed, images, right, trials: new Uint8Array(size) };
      columns.set(key, column);
    }
    return column;
  };
  /** Where a fact of the network differs between seeds, the official API takes the one of seed 888. */
  const put = (name: string, index: number, value: number, seed: number) => {
    if (!Number.isFinite(value)) return;
    let values = numbers.get(name);
    if (values === undefined) {
      values = new Float64Array(size).fill(Number.NaN);
      numbers.set(name, values);
    }
    if (Number.isNaN(values[index]) || seed === 888) values[index] = value;
  };
  const addTrial = (index: number, trial: Trial) => {
    const { dataset, seed, epochs } = trial;
    if (!epochsOf(space).includes(epochs))
      throw new Error(`${epochs} epochs, expected ${epochsOf(space).join(', ')}`);
    if (!seedsOf(space, dataset, epochs).includes(seed))
      throw new Error(`seed ${seed} of ${dataset} at ${epochs} epochs is unknown`);
    for (const [split, accuracy] of trial.accuracies) {
      const images = imagesOf(dataset, split);
      if (images === undefined) throw new Error(`${dataset} has no set ${split}`);
      const counted = imagesRight(accuracy, images);
      residual = Math.max(residual, counted.residual);
      const column = columnOf(dataset, split, epochs, seed, images);
      if (column.trials[index] > 0)
        throw new Error(`${dataset} ${split} at ${epochs} epochs, seed ${seed}, occurs twice`);
      column.right[index] = counted.right;
      column.trials[index] = 1;
    }
    put(`params:${dataset}`, index, trial.parameters, seed);
    put(`flops:${dataset}`, index, trial.flops, seed);
    put(`latency:${dataset}`, index, Math.fround(trial.latency), seed);
    put(`seconds:${dataset}@${epochs}`, index, Math.fround(trial.seconds), seed);
  };

  return {
    add({ index, text, trials }) {
      if (official[index] !== text) {
        throw new Error(
          `architecture ${index} is ${JSON.stringify(text.slice(0, 100))}, officially ${official[index] ?? 'none'}`,
        );
      }
      for (const trial of trials) {
        try {
          addTrial(index, trial);
        } catch (cause) {
          throw new Error(`architecture ${index}: ${(cause as Error).message}`, { cause });
        }
      }
      if (seen[index] === 0) architectures++;
      seen[index] = 1;
    },
    state: () => ({ architectures, residual }),
    finish(sources, { partial = false } = {}) {
      if (architectures < size && !partial) {
        throw new Error(
          `${architectures} of ${size} architectures, the first missing one is ${seen.indexOf(0)}: the source is not whole ` +
            '(--partial takes what is there)',
        );
      }
      const numberColumns = [...numbers].map(([name, values]): NumberColumn => ({ name, values }));
      const order = (c: AccuracyColumn) => `${c.dataset}|${c.split}|${1000 + c.epochs}|${c.seed}`;
      const accuracies = [...columns.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
      return { space, size, accuracies, numbers: numberColumns, sources };
    },
  };
}
