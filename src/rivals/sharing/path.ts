// One architecture as a path through the supernet: a one-hot theta and the mask that runs only what it picks.
import * as tf from '@tensorflow/tfjs';
import { makeBatch } from '../../data/batch.js';
import { searchSplit } from '../../data/split.js';
import type { Dataset } from '../../data/types.js';
import { toTensors } from '../../search/batches.js';
import type { SearchState } from '../../search/state.js';
import type { TensorBatch } from '../../search/step.js';
import { OPERATIONS } from '../../spaces/nasbench201/operations.js';
import { countCorrect } from '../../tensor/accuracy.js';

/** Images evaluated at once; a fixed number, for batch norm's statistics are those of these images. */
const EVALUATION_BATCH = 250;

/** [6][5], 1 at each edge's operation. */
export const oneHot = (picks: readonly number[]): number[][] =>
  picks.map((picked) => OPERATIONS.map((_, o) => (o === picked ? 1 : 0)));

/**
 * How many of a batch's images the path gets right with the shared weights. Batch norm takes the batch's statistics: the
 * running ones are averages over many paths, and no path's own, so that they favour paths near the average of all.
 */
export function pathCorrect(
  { space, net }: Pick<SearchState, 'space' | 'net'>,
  { x, y }: TensorBatch,
  picks: readonly number[],
): number {
  return tf.tidy(() => {
    const theta = oneHot(picks);
    const logits = space.forward(net, x, tf.tensor2d(theta), { training: true, mask: theta.flat() });
    return countCorrect(logits, y);
  });
}

/** The first `images` of the alpha half, which candidates are judged by. @throws where it has fewer */
export function candidateImages(dataset: Dataset, images: number): Int32Array {
  const indices = searchSplit(dataset).alpha.subarray(0, images);
  if (indices.length < images)
    throw new Error(
      `candidateImages is ${images}, but half of ${dataset.title} has ${indices.length}: take at most those`,
    );
  return indices;
}

/** Accuracy (a fraction) of a path on the first `images` of the alpha half, without augmentation. */
export function pathAccuracy(
  state: Pick<SearchState, 'space' | 'net'>,
  dataset: Dataset,
  picks: readonly number[],
  images: number,
): number {
  const indices = candidateImages(dataset, images);
  let correct = 0;
  for (let start = 0; start < images; start += EVALUATION_BATCH) {
    // A rest of one image would have no variance: it joins the batch before.
    const end = images - start - EVALUATION_BATCH === 1 ? images : Math.min(images, start + EVALUATION_BATCH);
    const batch = toTensors(makeBatch(dataset, dataset.train, indices.subarray(start, end)), dataset);
    correct += pathCorrect(state, batch, picks);
    tf.dispose([batch.x, batch.y]);
    if (end === images) break;
  }
  return correct / images;
}
