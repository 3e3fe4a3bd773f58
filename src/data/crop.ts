// The augmentation of one batch in two halves: what is drawn (here, in order), and the work on pixels (on any thread).
import { integer } from '../random/integer.js';
import type { Stream } from '../random/stream.js';
import type { Dataset, ImageSet } from './types.js';

/** Numbers of one image's crop: its index, how far down and right the window lies, and whether it is mirrored. */
export const CROP_NUMBERS = 4;

/**
 * Draws the crops of a batch: three draws an image (row, column, mirror), none without a stream.
 * @returns CROP_NUMBERS numbers an image
 * @throws RangeError on an index that the set does not have
 */
export function drawCrops(
  { pad, flip }: Pick<Dataset, 'pad' | 'flip'>,
  set: ImageSet,
  indices: ArrayLike<number>,
  stream?: Stream,
): Int32Array {
  const offsets = 2 * pad + 1;
  const crops = new Int32Array(indices.length * CROP_NUMBERS);
  for (let i = 0, to = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!(index >= 0 && index < set.count)) {
      throw new RangeError(`image index ${index}: the set has images 0 to ${set.count - 1}`);
    }
    crops[to++] = index;
    crops[to++] = stream ? integer(stream, offsets) - pad : 0;
    crops[to++] = stream ? integer(stream, offsets) - pad : 0;
    crops[to++] = stream !== undefined && stream.uniform() < 0.5 && flip ? 1 : 0;
  }
  return crops;
}

/** Height, width, channels. */
export type PixelShape = readonly [number, number, number];

/**
 * Writes `count` crops as floats to `x`; `table` has 256 normalised values a channel. It uses nothing but its arguments,
 * because its source text is also what the threads of pipeline.ts run: the same bits on every path.
 */
export function fillCrops(
  x: Float32Array,
  images: Uint8Array,
  table: Float32Array,
  crops: Int32Array,
  count: number,
  [height, width, channels]: PixelShape,
): void {
  const rowBytes = width * channels;
  const imageBytes = height * rowBytes;
  for (let i = 0; i < count; i++) {
    const index = crops[4 * i];
    const down = crops[4 * i + 1];
    const right = crops[4 * i + 2];
    const mirrored = crops[4 * i + 3] === 1;
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
        for (let c = 0; c < channels; c++) x[to++] = table[(c << 8) | images[at + c]];
        at += step;
      }
      for (let u = end; u < width; u++) for (let c = 0; c < channels; c++) x[to++] = table[c << 8];
    }
  }
}
