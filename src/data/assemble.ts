// What every loader does last: title, checksum and padding of a finished data set.
import { digest } from './checksum.js';
import { toShared } from './shared.js';
import type { Dataset, ImageSet } from './types.js';

const PAD_AT_32 = 4; // the reference's utils.py: RandomCrop(32, padding=4)

/** Completes a data set; `label` is its name for people, `fullSide` its side before averaging. */
export function assemble(
  parts: Omit<Dataset, 'title' | 'checksum' | 'pad'>,
  label: string,
  fullSide: number,
): Dataset {
  const { height, width, channels } = parts;
  // Shared from the start, so that the threads that make batches need no copy.
  const share = (set: ImageSet): ImageSet => ({ ...set, images: toShared(set.images) });
  const train = share(parts.train);
  const test = share(parts.test);
  const number = (n: number) => n.toLocaleString('en-GB');
  const averaged = height === fullSide ? '' : ` averaged down to ${height}x${width}`;
  return {
    ...parts,
    train,
    test,
    title: `${label}${averaged} (${number(train.count)} training and ${number(test.count)} test images, ${height}x${width}x${channels})`,
    pad: Math.round((PAD_AT_32 * height) / 32),
    checksum: digest('sha256', train.images, train.labels, test.images, test.labels),
  };
}
