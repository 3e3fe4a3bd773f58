// Average pooling that leaves the padding out of the average, with the gradient that belongs to it.
import * as tf from '@tensorflow/tfjs';
import { outputSize, padImage, spreadForInputGradient } from './spatial.js';
import { hasKernel, runKernel, withGradient } from './withGradient.js';

export interface PoolOptions {
  /** Window, rows and columns. */
  size: number;
  /** Step between windows. Default: the size, as PyTorch. */
  stride?: number;
  /** Symmetric padding, at most half the size. Default 0. */
  pad?: number;
}

export interface PoolGeometry {
  size: number;
  stride: number;
  pad: number;
}

/** Fills in the defaults and checks them. */
export function poolGeometry({ size, stride = size, pad = 0 }: PoolOptions): PoolGeometry {
  const whole = [size, stride, pad].every(Number.isInteger);
  if (!whole || size < 1 || stride < 1 || pad < 0 || 2 * pad > size) {
    throw new Error(
      `cannot pool with size ${size}, stride ${stride}, pad ${pad}: ` +
        'expected whole numbers, size and stride at least 1, pad at most half the size',
    );
  }
  return { size, stride, pad };
}

/**
 * PyTorch's AvgPool2d(size, stride, pad, count_include_pad=False) of x [B,H,W,C].
 *
 * Both directions divide by the number of valid cells under the window. tfjs's own gradient of a padded
 * avgPool divides by size*size everywhere, also at the border, where its forward pass divides by less.
 */
export function avgPool2d(x: tf.Tensor4D, options: PoolOptions): tf.Tensor4D {
  const geometry = poolGeometry(options);
  const inputShape = x.shape;
  return withGradient(
    { x },
    () => forward(x, geometry),
    (dy) => ({ x: () => backward(dy, inputShape, geometry) }),
  );
}

function forward(x: tf.Tensor4D, geometry: PoolGeometry): tf.Tensor4D {
  if (hasKernel('AvgPool2d')) return runKernel('AvgPool2d', { x }, geometry)[0] as tf.Tensor4D;
  return composedForward(x, geometry);
}

/** The specification, out of tfjs's own kernels. */
export function composedForward(x: tf.Tensor4D, { size, stride, pad }: PoolGeometry): tf.Tensor4D {
  // A mean over the full window with zeros for the padding, then corrected by the number of valid cells.
  return tf.tidy(() => {
    const mean = tf.avgPool(padImage(x, [pad, pad]), size, stride, 'valid') as tf.Tensor4D;
    return pad === 0 ? mean : tf.mul(mean, correction(x.shape, { size, stride, pad }));
  });
}

function backward(dy: tf.Tensor4D, inputShape: number[], geometry: PoolGeometry): tf.Tensor4D {
  if (hasKernel('AvgPool2dGrad'))
    return runKernel('AvgPool2dGrad', { dy }, { ...geometry, inputShape })[0] as tf.Tensor4D;
  return composedBackward(dy, inputShape, geometry);
}

/** Its gradient, out of tfjs's own kernels. */
export function composedBackward(
  dy: tf.Tensor4D,
  inputShape: number[],
  { size, stride, pad }: PoolGeometry,
): tf.Tensor4D {
  return tf.tidy(() => {
    const share = pad === 0 ? dy : (tf.mul(dy, correction(inputShape, { size, stride, pad })) as tf.Tensor4D);
    const geometry = { stride, dilation: 1, pad: [pad, pad] as [number, number] };
    const spread = spreadForInputGradient(share, [inputShape[1], inputShape[2]], [size, size], geometry);
    return tf.avgPool(spread, size, 1, 'valid') as tf.Tensor4D;
  });
}

// size*size / (valid cells) for each output pixel, as [1, height', width', 1].
function correction([, height, width]: number[], { size, stride, pad }: PoolGeometry): tf.Tensor4D {
  const valid = (length: number) =>
    Array.from({ length: outputSize(length, size, stride, pad) }, (_, o) => {
      const start = o * stride - pad;
      return Math.min(start + size, length) - Math.max(start, 0);
    });
  const [rows, columns] = [valid(height), valid(width)];
  const values = rows.flatMap((r) => columns.map((c) => (size * size) / (r * c)));
  return tf.tensor4d(values, [1, rows.length, columns.length, 1]);
}
