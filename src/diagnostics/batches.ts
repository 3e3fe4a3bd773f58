// The images that diagnostics look at: always the same ones, whatever the seed.
import { makeBatch } from '../data/batch.js';
import { alphaImages } from '../data/split.js';
import type { Dataset } from '../data/types.js';
import { toTensors } from '../search/batches.js';
import type { TensorBatch } from '../search/step.js';

/**
 * The first `images` of the alpha half, unaugmented, in batches of `batchSize`: the supernet's weights never saw them. Batch
 * norms normalise by such a batch, so its size is part of what is measured. Whoever asks disposes them.
 */
export function fixedBatches(dataset: Dataset, images: number, batchSize: number): TensorBatch[] {
  checkImages(images, batchSize);
  checkEnough(dataset, images);
  const { set, indices } = alphaImages(dataset);
  return Array.from({ length: images / batchSize }, (_, i) =>
    toTensors(makeBatch(dataset, set, indices.subarray(i * batchSize, (i + 1) * batchSize)), dataset),
  );
}

/** Refuses numbers of images that leave a batch of another size. */
export function checkImages(images: number, batchSize: number): void {
  if (!Number.isInteger(batchSize) || batchSize < 2)
    throw new Error(`a batch of ${batchSize} images: expected a whole number of at least 2`);
  if (!Number.isInteger(images) || images < batchSize || images % batchSize !== 0)
    throw new Error(
      `${images} images in batches of ${batchSize}: expected a multiple of the batch size, since batch norms depend on it`,
    );
}

/** Refuses more images than a data set has in memory for it. */
export function checkEnough(dataset: Dataset, images: number): void {
  const there = alphaImages(dataset).indices.length;
  if (images <= there) return;
  throw new Error(
    dataset.held
      ? `${images} images for diagnostics exceed the ${there} of ${dataset.title} that are held in memory: set evaluationImages to ${images}`
      : `${images} images for diagnostics exceed the ${there} of the alpha half of ${dataset.title}`,
  );
}
