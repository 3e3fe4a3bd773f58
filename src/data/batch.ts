// From bytes to a batch: normalisation, and the reference's augmentation (random crop, then mirror).
import { integer } from '../random/integer.js';
import type { Stream } from '../random/stream.js';
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

function normalisedValues(dataset: Dataset): Float32Array {
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
  const { height, width, channels, pad, flip } = dataset;
  const table = normalisedValues(dataset);
  const rowBytes = width * channels;
  const imageBytes = height * rowBytes;
  const x = new Float32Array(indices.length * imageBytes);
  const y = new Int32Array(indices.length);
  const offsets = 2 * pad + 1;
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!(index >= 0 && index < set.count)) {
      throw new RangeError(`image index ${index}: the set has images 0 to ${set.count - 1}`);
    }
    y[i] = set.labels[index];
    const down = stream ? integer(stream, offsets) - pad : 0;
    const right = stream ? integer(stream, offsets) - pad : 0;
    const mirrored = stream !== undefined && stream.uniform() < 0.5 && flip;
    // Output column u shows crop column (mirrored ? width-1-u : u), which is image column `that` + right.
    const step = mirrored ? -channels : channels;
    const from = index * imageBytes + (mirrored ? width - 1 + right : right) * channels;
    const first = mirrored ? Math.max(0, right) : Math.max(0, -right);
    const last = mirrored ? Math.min(width, width + right) : Math.min(width, width - right);
    for (let v = 0; v < height; v++) {
      let to = (i * height + v) * rowBytes;
      const inside = v + down >= 0 && v + down < height;
      const begin = inside ? first : width;
      const end = inside ? last : width;
      for (let u = 0; u < begin; u++) for (let c = 0; c < channels; c++) x[to++] = table[c << 8];
      let at = from + (v + down) * rowBytes + begin * step;
      for (let u = begin; u < end; u++) {
        for (let c = 0; c < channels; c++) x[to++] = table[(c << 8) | set.images[at + c]];
        at += step;
      }
      for (let u = end; u < width; u++) for (let c = 0; c < channels; c++) x[to++] = table[c << 8];
    }
  }
  return { x, y };
}
