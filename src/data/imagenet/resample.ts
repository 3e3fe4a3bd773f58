// A window of a picture in another size: the triangle filter, widened where the picture shrinks, as Pillow's BILINEAR.
import type { Window } from './window.js';

/**
 * Writes the window of `pixels` ([sourceHeight, sourceWidth, 3] bytes) as [size, size, 3] floats to `x`, by way of `table` (256 normalised values a channel). Rows first, then columns, in exact
 * integer arithmetic with a rounding to bytes after each, so that no two machines differ.
 * Uses nothing but its arguments: its source text also runs in threads.
 */
export function resampleWindow(
  x: Float32Array,
  pixels: Uint8Array,
  [sourceWidth, sourceHeight]: readonly number[],
  window: Window,
  size: number,
  table: Float32Array,
): void {
  const ONE = 2 ** 22;
  const { mirrored, open } = window;
  const starts = [window.left, window.top];
  const lengths = [window.width, window.height];
  // Per axis: where the pixels that make up each output begin, how many they are, and their weights in parts of ONE.
  const begins = [new Int32Array(size), new Int32Array(size)];
  const counts = [new Int32Array(size), new Int32Array(size)];
  const weights: number[][] = [[], []];
  const reach = [0, 0];
  for (let axis = 0; axis < 2; axis++) {
    const scale = lengths[axis] / size;
    const support = Math.max(1, scale);
    const limit = axis === 0 ? sourceWidth : sourceHeight;
    const low = open ? 0 : Math.max(0, starts[axis]);
    const high = open ? limit : Math.min(limit, starts[axis] + lengths[axis]);
    reach[axis] = Math.ceil(support) * 2 + 1;
    for (let out = 0; out < size; out++) {
      const centre = starts[axis] + (out + 0.5) * scale;
      const begin = Math.max(low, Math.floor(centre - support + 0.5));
      const end = Math.min(high, Math.floor(centre + support + 0.5));
      begins[axis][out] = begin;
      counts[axis][out] = Math.max(1, end - begin);
      const row: number[] = [];
      let sum = 0;
      for (let at = begin; at < begin + counts[axis][out]; at++) {
        const weight = Math.max(0, 1 - Math.abs(at + 0.5 - centre) / support);
        row.push(weight);
        sum += weight;
      }
      for (let n = 0; n < reach[axis]; n++)
        weights[axis].push(n < row.length ? Math.round((row[n] / sum) * ONE) : 0);
    }
  }
  const top = begins[1][0];
  const bottom = begins[1][size - 1] + counts[1][size - 1];
  const half = ONE / 2;
  const rowWeights = Int32Array.from(weights[0]);
  const narrow = new Uint8Array((bottom - top) * size * 3);
  for (let y = top; y < bottom; y++) {
    for (let out = 0; out < size; out++) {
      let red = half;
      let green = half;
      let blue = half;
      let from = (y * sourceWidth + begins[0][out]) * 3;
      for (let n = 0, at = out * reach[0]; n < counts[0][out]; n++) {
        const weight = rowWeights[at++];
        red += weight * pixels[from++];
        green += weight * pixels[from++];
        blue += weight * pixels[from++];
      }
      const to = ((y - top) * size + (mirrored ? size - 1 - out : out)) * 3;
      narrow[to] = Math.min(255, red >> 22);
      narrow[to + 1] = Math.min(255, green >> 22);
      narrow[to + 2] = Math.min(255, blue >> 22);
    }
  }
  const columnWeights = Int32Array.from(weights[1]);
  const row = size * 3;
  for (let out = 0; out < size; out++) {
    const first = (begins[1][out] - top) * row;
    for (let at = 0; at < row; at++) {
      let sum = half;
      for (let n = 0; n < counts[1][out]; n++) {
        sum += columnWeights[out * reach[1] + n] * narrow[first + n * row + at];
      }
      x[out * row + at] = table[(at % 3) * 256 + Math.min(255, sum >> 22)];
    }
  }
}
