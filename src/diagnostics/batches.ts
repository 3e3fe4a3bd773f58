// The images that diagnostics look at: always the same ones, whatever the seed.
import { makeBatch } from '../data/batch.js';
import { searchSplit } from '../data/split.js';
import type { Dataset } from '../data/types.js';
import { toTensors } from '../search/batches.js';
import type { TensorBatch } from '../search/step.js';

/**
 * The first `images` of the alpha half, unaugmented, in batches of `batchSize`: the supernet's weights never saw them. Batch
 * norms normalise by such a batch, so its size is part of what is measured. Whoever asks disposes them.
 */
export function fixedBatches(dataset: Dataset, images: number, batchSize: number): TensorBatch[] {
  const { alpha } = searchSplit(dataset);
  checkImages(images, batchSize, alpha.length, dataset.title);
  return Array.from({ length: Math.ceil(images / batchSize) }, (_, i) => {
    const indices = alpha.subarray(i * batchSize, Math.min(images, (i + 1) * batchSize));
    return toTensors(makeBatch(dataset, dataset.train, indices), dataset);
  });
}

/** Refuses numbers of images that cannot be had, or that leave a batch of another size. */
export function checkImages(images: number, batchSize: number, there: number, title: string): void {
  if (!Number.isInteger(batchSize) || batchSize < 2)
    throw new Error(`a batch of ${batchSize} images: expected a whole number of at least 2`);
  if (!Number.isInteger(images) || images < batchSize || images % batchSize !== 0)
    throw new Error(
      `${images} images in batches of ${batchSize}: expected a multiple of the batch size, since batch norms depend on it`,
    );
  if (images > there) throw new Error(`${images} images exceed the ${there} of the alpha half of ${title}`);
}
