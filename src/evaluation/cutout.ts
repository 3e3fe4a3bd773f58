// Cutout (DeVries & Taylor 2017): a square of each training image is blanked.
import { integer } from '../random/integer.js';
import type { Stream } from '../random/stream.js';

export interface ImageShape {
  height: number;
  width: number;
  channels: number;
}

/**
 * Sets a square of side 2*floor(length/2) to 0 in each image of the normalised batch x [B, height, width, channels], in
 * place; 0 is then the data set's mean colour. The centre is uniform over the pixels (row, then column: two draws an
 * image) and the square is cut off at the borders, so that on average less than length^2 pixels go (utils.py:42-61).
 */
export function cutout(x: Float32Array, shape: ImageShape, length: number, stream: Stream): void {
  const { height, width, channels } = shape;
  const half = Math.floor(length / 2);
  if (half === 0) return;
  const image = height * width * channels;
  for (let at = 0; at < x.length; at += image) {
    const row = integer(stream, height);
    const column = integer(stream, width);
    const left = Math.max(0, column - half);
    const right = Math.min(width, column + half);
    for (let v = Math.max(0, row - half); v < Math.min(height, row + half); v++) {
      x.fill(0, at + (v * width + left) * channels, at + (v * width + right) * channels);
    }
  }
}
