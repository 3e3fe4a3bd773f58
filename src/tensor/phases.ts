// Dilation without a dilated kernel: the images of every d-th pixel, one for each place to start, are convolved as they are.
import * as tf from '@tensorflow/tfjs';

type Borders = [[number, number], [number, number]];

/** Rows and columns to add below and on the right, so that both are multiples of the dilation. */
const missing = ([, height, width]: number[], dilation: number): Borders => [
  [0, (dilation - (height % dilation)) % dilation],
  [0, (dilation - (width % dilation)) % dilation],
];

/** x [B, H, W, C] as [d*d*B, ceil(H/d), ceil(W/d), C]: image (r, c) holds the pixels (d*i + r, d*j + c), zeros beyond the edge. */
export const toPhases = (
  x: tf.Tensor4D,
  dilation: number,
  borders = missing(x.shape, dilation),
): tf.Tensor4D => tf.spaceToBatchND(x, [dilation, dilation], borders) as tf.Tensor4D;

/** An unpadded convolution of stride 1 with this dilation, by `convolve`, which has none. */
export function dilated(
  x: tf.Tensor4D,
  dilation: number,
  convolve: (phases: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor4D {
  const y = convolve(toPhases(x, dilation));
  return tf.batchToSpaceND(y, [dilation, dilation], missing(x.shape, dilation)) as tf.Tensor4D;
}

/** x and dy of such a convolution, as x and dy of one without dilation that has the same filter gradient. */
export function gradientPhases(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  dilation: number,
): [tf.Tensor4D, tf.Tensor4D] {
  // The zeros that are added to x meet zeros in dy, as many of them.
  return [toPhases(x, dilation), toPhases(dy, dilation, missing(x.shape, dilation))];
}
