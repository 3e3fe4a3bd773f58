// Maximum pooling with PyTorch's padding, which never wins.
import * as tf from '@tensorflow/tfjs';
import { type PoolGeometry, type PoolOptions, poolGeometry } from './avgPool2d.js';
import { changeBorders, everyPixel, padImage, spreadPixels } from './spatial.js';
import { runKernel, withGradient } from './withGradient.js';

// Lower than anything a network computes, and finite, so that no backend makes a NaN of it.
const lowest = -3.4e38;

/**
 * PyTorch's MaxPool2d(size, stride, pad) of x [B,H,W,C]; the gradient of a tie goes to the first maximum.
 *
 * Padding is made explicit because tensorflow's kernel takes none. tfjs 4.22's wasm kernel for the gradient
 * gives 0 where all values under a window are negative, so that backend gets a composition.
 */
export function maxPool2d(x: tf.Tensor4D, options: PoolOptions): tf.Tensor4D {
  const geometry = poolGeometry(options);
  const { size, stride, pad } = geometry;
  return withGradient(
    { x },
    (save) => {
      const y = tf.maxPool(padImage(x, [pad, pad], lowest), size, stride, 'valid');
      save([x, y]);
      return y;
    },
    (dy, [image, y]) => ({ x: () => backward(dy, image as tf.Tensor4D, y as tf.Tensor4D, geometry) }),
  );
}

function backward(dy: tf.Tensor4D, x: tf.Tensor4D, y: tf.Tensor4D, geometry: PoolGeometry): tf.Tensor4D {
  const { size, stride, pad } = geometry;
  const padded = padImage(x, [pad, pad], lowest);
  if (tf.getBackend() === 'wasm') return padImage(backwardByTaps(dy, padded, y, geometry), [-pad, -pad]);
  const attrs = { filterSize: size, strides: stride, pad: 'valid' };
  const dpadded = runKernel(tf.MaxPoolGrad, { dy, input: padded, output: y }, attrs)[0];
  return padImage(dpadded as tf.Tensor4D, [-pad, -pad]);
}

// For one position under the window after the other: the gradient of windows whose first maximum lies there.
function backwardByTaps(
  dy: tf.Tensor4D,
  padded: tf.Tensor4D,
  y: tf.Tensor4D,
  { size, stride }: PoolGeometry,
): tf.Tensor4D {
  const [, height, width] = padded.shape;
  const output: [number, number] = [y.shape[1], y.shape[2]];
  const none = tf.zerosLike(dy);
  let rest = dy;
  let sum: tf.Tensor4D | undefined;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const under = everyPixel(changeBorders(padded, [-i, 0], [-j, 0]), stride, output);
      const here = tf.where(tf.equal(under, y), rest, none);
      rest = tf.sub(rest, here) as tf.Tensor4D;
      const spread = spreadPixels(here, stride);
      const after = [height - i - spread.shape[1], width - j - spread.shape[2]];
      const placed = changeBorders(spread, [i, after[0]], [j, after[1]]);
      sum = sum ? (tf.add(sum, placed) as tf.Tensor4D) : placed;
    }
  }
  return sum!;
}
