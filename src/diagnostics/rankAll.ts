// Every architecture of NAS-Bench-201 evaluated by one supernet: equal functions once, common work once.
import * as tf from '@tensorflow/tfjs';
import type { SearchState } from '../search/state.js';
import type { TensorBatch } from '../search/step.js';
import { ARCHITECTURE_COUNT } from '../spaces/nasbench201/officialOrder.js';
import type { Supernet } from '../spaces/nasbench201/supernet.js';
import { discreteForward } from './discreteForward.js';
import { type SharedCell, sharedCell } from './firstCell.js';
import { functionGroups, type NormStatistics, type SameFunction } from './sameFunction.js';

export interface SupernetScores {
  /** [15,625] By official index: fraction of the images right, and mean cross entropy. NaN for what the supernet has lost by pruning. */
  accuracy: Float64Array;
  loss: Float64Array;
  /** Architectures with a score, and how many different functions they are: what was evaluated. */
  architectures: number;
  functions: number;
  images: number;
  batches: number;
  statistics: NormStatistics;
}

/** A ranking so far: sums over the images of the units that are done, one number for each function. */
export interface PartialRanking {
  /** Units of work done: batch by batch, within a batch by what the first cell's nodes 1 and 2 are. */
  done: number;
  right: Float64Array;
  loss: Float64Array;
}

export interface RankProgress {
  /** Part of the work that is done, 0 to 1, by what the operations cost. */
  part: number;
  secondsLeft: number;
  /** The state itself, to be saved at once or copied. */
  partial: PartialRanking;
}

export interface RankOptions {
  /**
   * By which statistics batch norms normalise. Default the batch's own: the running ones were gathered under mixtures of all
   * operations, and no single architecture has such activations.
   */
  statistics?: NormStatistics;
  /** Operations that are left, [6][5]; only architectures of these are evaluated. */
  mask?: readonly (readonly number[])[];
  /** Goes on from here. */
  from?: PartialRanking;
  /** After each unit; see RankProgress. */
  onProgress?: (progress: RankProgress) => void;
  signal?: AbortSignal;
}

/** Refuses what is no NAS-Bench-201 supernet. */
export function nasbench201Net({ space, net }: Pick<SearchState, 'space' | 'net'>): Supernet {
  if (space.name === 'nasbench201') return net as Supernet;
  throw new Error(
    `all architectures can be ranked on nasbench201 only (15,625 of them), and this is the space ${space.name} (about 10^18)`,
  );
}

/**
 * Scores of all architectures under the supernet's weights on the batches, which stay the caller's: each operation of an architecture
 * with weight 1, edges' shares left out. The result depends neither on the number of threads, which share the work within each
 * kernel, nor on interruptions. Changes nothing of the net.
 */
export async function rankAll(
  net: Supernet,
  batches: readonly TensorBatch[],
  options: RankOptions = {},
): Promise<SupernetScores> {
  const { statistics = 'batch', mask, signal, onProgress } = options;
  const shares = net.shape.k === 1;
  const keeps = (operations: readonly number[]) =>
    operations.every((operation, edge) => mask?.[edge][operation] !== 0);
  const groups = functionGroups(statistics, { merge: shares, keeps });
  const blocks = blocksOf(groups);
  const total = batches.length * blocks.length;
  const partial = options.from ?? {
    done: 0,
    right: new Float64Array(groups.length),
    loss: new Float64Array(groups.length),
  };
  if (partial.right.length !== groups.length || partial.done > total)
    throw new Error(
      `a ranking of ${partial.right.length} functions, ${partial.done} units done, cannot go on as one of ${groups.length} functions and ${total} units`,
    );
  const begun = performance.now();
  const costs = blocks.map(([first, end]) => groups.slice(first, end).reduce((sum, g) => sum + costOf(g), 0));
  const whole = batches.length * costs.reduce((a, b) => a + b, 0);
  const costUpTo = (units: number) =>
    Math.floor(units / blocks.length) * (whole / batches.length) +
    costs.slice(0, units % blocks.length).reduce((a, b) => a + b, 0);
  const before = costUpTo(partial.done);
  const forward = discreteForward(net, statistics);
  let shared: { batch: number; stem: tf.Tensor4D; labels: ArrayLike<number>; cell?: SharedCell } | undefined;
  const release = () => {
    shared?.cell?.dispose();
    shared?.stem.dispose();
    shared = undefined;
  };
  try {
    while (partial.done < total) {
      signal?.throwIfAborted();
      const batch = Math.floor(partial.done / blocks.length);
      const { x, y } = batches[batch];
      if (shared?.batch !== batch) {
        release();
        const stem = tf.tidy(() => forward.stem(x));
        const cell = shares ? sharedCell(net, 'cells.0', stem, statistics) : undefined;
        shared = { batch, stem, labels: y.dataSync(), cell };
      }
      const [first, end] = blocks[partial.done % blocks.length];
      for (let g = first; g < end; g++) {
        const { operations } = groups[g];
        const start = shared.cell?.output(operations);
        tf.tidy(() => {
          const logits = forward.logits(operations, start ?? shared!.stem, start ? 1 : 0);
          const { right, loss } = tally(logits.dataSync() as Float32Array, shared!.labels);
          partial.right[g] += right;
          partial.loss[g] += loss;
        });
        start?.dispose();
      }
      partial.done += 1;
      if (onProgress) {
        const cost = costUpTo(partial.done);
        const perCost = (performance.now() - begun) / 1000 / (cost - before);
        onProgress({ part: cost / whole, secondsLeft: perCost * (whole - cost), partial });
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    release();
  }
  const images = batches.reduce((sum, { y }) => sum + y.shape[0], 0);
  return { ...spreadOver(groups, partial, images), images, batches: batches.length, statistics };
}

/** Runs of groups whose first cells have the same nodes 1 and 2. */
function blocksOf(groups: readonly SameFunction[]): [number, number][] {
  const starts = groups.flatMap(({ operations }, g) =>
    g === 0 || [0, 1, 2].some((edge) => operations[edge] !== groups[g - 1].operations[edge]) ? [g] : [],
  );
  return starts.map((start, i) => [start, starts[i + 1] ?? groups.length]);
}

/** What a function costs in units of an empty cell's calls; only for the time left. */
const costOf = ({ operations }: SameFunction): number =>
  operations.reduce((sum, operation) => sum + [0, 0.1, 0.2, 0.6, 0.2][operation], 1);

/** Images right and summed cross entropy of logits [B, classes]; equals go to the lower class, and what is NaN is never right. */
export function tally(logits: Float32Array, labels: ArrayLike<number>): { right: number; loss: number } {
  const classes = logits.length / labels.length;
  let right = 0;
  let loss = 0;
  for (let b = 0; b < labels.length; b++) {
    const row = logits.subarray(b * classes, (b + 1) * classes);
    let best = 0;
    for (let c = 1; c < classes; c++) if (row[c] > row[best]) best = c;
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(row[c] - row[best]);
    if (best === labels[b] && !Number.isNaN(sum)) right += 1;
    loss += Math.log(sum) - (row[labels[b]] - row[best]);
  }
  return { right, loss };
}

/** Each function's score for all its members. */
function spreadOver(groups: readonly SameFunction[], { right, loss }: PartialRanking, images: number) {
  const scores = () => new Float64Array(ARCHITECTURE_COUNT).fill(Number.NaN);
  const result = { accuracy: scores(), loss: scores(), architectures: 0, functions: groups.length };
  groups.forEach(({ members }, g) => {
    for (const index of members) {
      result.accuracy[index] = right[g] / images;
      result.loss[index] = loss[g] / images;
    }
    result.architectures += members.length;
  });
  return result;
}
