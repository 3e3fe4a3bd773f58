// From bytes to a batch: normalisation, and the reference's augmentation (random crop, then mirror).
import type { Stream } from '../random/stream.js';
import { drawCrops, fillCrops, type PixelShape } from './crop.js';
import type { Dataset, ImageSet } from './types.js';

export interface Batch {
  /** [indices.length, height, width, channels], normalised. */
  x: Float32Array;
  /** Class of each image. */
  y: Int32Array;
}

// One table of 256 normalised values per channel: a look-up is cheaper than the arithmetic, and the same
// byte then gives the same float everywhere.
const tables = new WeakMap<Dataset, Float32Array>();

/** The float of each byte: 256 values a channel. */
export function normalisedValues(dataset: Dataset): Float32Array {
  let table = tables.get(dataset);
  if (table === undefined) {
    table = new Float32Array(256 * dataset.channels);
    for (let c = 0; c < dataset.channels; c++) {
      for (let v = 0; v < 256; v++) table[c * 256 + v] = (v / 255 - dataset.mean[c]) / dataset.std[c];
    }
    tables.set(dataset, table);
  }
  return table;
}

export const pixelShape = ({ height, width, channels }: Dataset): PixelShape => [height, width, channels];

/** Class of each of the images. */
export const labelsOf = (set: ImageSet, indices: ArrayLike<number>): Int32Array =>
  Int32Array.from({ length: indices.length }, (_, i) => set.labels[indices[i]]);

/**
 * The images `indices` of `set` as floats. With a stream, each image is padded with `dataset.pad` black
 * pixels, cropped at a uniformly drawn offset and, where `dataset.flip`, mirrored with probability 1/2
 * (three draws per image: row, column, mirror). Padding comes before normalisation, as in the
 * reference (RandomCrop before Normalize in its utils.py), so that a padded pixel is (0 - mean) / std. Without a stream: plain images.
 */
export function makeBatch(
  dataset: Dataset,
  set: ImageSet,
  indices: ArrayLike<number>,
  stream?: Stream,
): Batch {
  if (set.images.length === 0 && set.count > 0)
    throw new Error(`the images of ${dataset.title} are files, not in memory: pictureBatches reads them`);
  const shape = pixelShape(dataset);
  const crops = drawCrops(dataset, set, indices, stream);
  const x = new Float32Array(indices.length * shape[0] * shape[1] * shape[2]);
  fillCrops(x, set.images, normalisedValues(dataset), crops, indices.length, shape);
  return { x, y: labelsOf(set, indices) };
}
