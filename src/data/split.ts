// The reference's split of the training set, and the order in which an epoch visits a part of it.
import { permutation } from '../random/integer.js';
import type { Stream } from '../random/stream.js';
import type { Dataset, ImageSet } from './types.js';

/** First half (network weights) and second half (architecture) in index order, unshuffled, as in the
 * reference's train_search.py; of ImageNet the two samples that it was opened with. */
export function searchSplit(dataset: Dataset): { weights: Int32Array; alpha: Int32Array } {
  if (dataset.search) return dataset.search;
  if (dataset.pictures)
    throw new Error(
      `${dataset.title} was opened without the samples of a search: open it with the option search`,
    );
  const half = Math.floor(dataset.train.count / 2);
  const all = Int32Array.from({ length: dataset.train.count }, (_, i) => i);
  return { weights: all.subarray(0, half), alpha: all.subarray(half) };
}

/** The alpha half's images that lie in memory: all of them; of ImageNet a sample, as large as it was opened with. */
export function alphaImages(dataset: Dataset): { set: ImageSet; indices: Int32Array } {
  const { held, train } = dataset;
  if (!held) return { set: train, indices: searchSplit(dataset).alpha };
  return { set: held, indices: Int32Array.from({ length: held.count }, (_, i) => i) };
}

/** `indices` in uniformly random order, as a new array. */
export function epochOrder(stream: Stream, indices: ArrayLike<number>): Int32Array {
  const order = permutation(stream, indices.length);
  for (let i = 0; i < order.length; i++) order[i] = indices[order[i]];
  return order;
}
