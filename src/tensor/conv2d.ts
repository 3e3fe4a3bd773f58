// Two-dimensional convolution of any stride and dilation, with a gradient on every backend.
import * as tf from '@tensorflow/tfjs';
import {
  type ConvolutionOptions,
  changeBorders,
  convolutionGeometry,
  everyPixel,
  type Geometry,
  padImage,
  spreadForInputGradient,
} from './spatial.js';
import { hasKernel, runKernel, withGradient } from './withGradient.js';

/**
 * PyTorch's conv2d without bias: y[b,o,q,n] = sum_{i,j,c} x[b, o*s + i*d - p, q*s + j*d - p, c] * w[i,j,c,n].
 *
 * @param x images [batch, height, width, channels]
 * @param w filter [rows, columns, channels, outputs]
 * @returns [batch, height', width', outputs]; differentiable once in x and w.
 *
 * tfjs's own op has no gradient for dilation > 1, refuses stride and dilation together, and lacks the
 * filter's gradient on wasm; here both gradients are convolutions and matrix products that exist everywhere.
 */
export function conv2d(x: tf.Tensor4D, w: tf.Tensor4D, options: ConvolutionOptions = {}): tf.Tensor4D {
  const geometry = convolutionGeometry(x.shape, w.shape, options);
  return withGradient(
    { x, w },
    (save) => {
      save([x, w]);
      return forward(x, w, geometry);
    },
    (dy, saved) => {
      const [image, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
      return {
        x: () => inputGradient(dy, filter, image.shape, geometry),
        w: () => filterGradient(image, dy, filter.shape, geometry),
      };
    },
  );
}

// Our kernels take one padding for both axes; a filter of unequal sides with pad 'same' is composed instead.
function kernelAttributes({ stride, dilation, pad }: Geometry): {
  stride: number;
  dilation: number;
  pad: number;
} {
  return { stride, dilation, pad: pad[0] };
}

function forward(x: tf.Tensor4D, w: tf.Tensor4D, geometry: Geometry): tf.Tensor4D {
  if (hasKernel('ConvNhwc') && geometry.pad[0] === geometry.pad[1]) {
    return runKernel('ConvNhwc', { x, w }, kernelAttributes(geometry))[0] as tf.Tensor4D;
  }
  return tf.tidy(() => {
    // Padding first: with pad 'valid' all backends agree, and tensorflow takes no other explicit padding for pools.
    const { stride, dilation, output } = geometry;
    const padded = padImage(x, geometry.pad);
    if (stride === 1 || dilation === 1) return tf.conv2d(padded, w, stride, 'valid', 'NHWC', dilation);
    if (stride % dilation === 0 || dilation % stride === 0) {
      // All pixels used lie on one grid of their common step, on which stride or dilation is 1.
      const step = Math.min(stride, dilation);
      const grid = everyPixel(padded, step);
      return tf.conv2d(grid, w, stride / step, 'valid', 'NHWC', dilation / step);
    }
    return everyPixel(tf.conv2d(padded, w, 1, 'valid', 'NHWC', dilation), stride, output);
  });
}

function inputGradient(
  dy: tf.Tensor4D,
  w: tf.Tensor4D,
  inputShape: number[],
  geometry: Geometry,
): tf.Tensor4D {
  if (hasKernel('ConvNhwcGradInput') && geometry.pad[0] === geometry.pad[1]) {
    return runKernel(
      'ConvNhwcGradInput',
      { dy, w },
      { ...kernelAttributes(geometry), inputShape },
    )[0] as tf.Tensor4D;
  }
  return tf.tidy(() => {
    const spread = spreadForInputGradient(
      dy,
      [inputShape[1], inputShape[2]],
      [w.shape[0], w.shape[1]],
      geometry,
    );
    const turned = tf.transpose(tf.reverse(w, [0, 1]), [0, 1, 3, 2]);
    return tf.conv2d(spread, turned, 1, 'valid', 'NHWC', geometry.dilation);
  });
}

function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: number[],
  geometry: Geometry,
): tf.Tensor4D {
  if (hasKernel('ConvNhwcGradFilter') && geometry.pad[0] === geometry.pad[1]) {
    return runKernel(
      'ConvNhwcGradFilter',
      { x, dy },
      { ...kernelAttributes(geometry), filterShape },
    )[0] as tf.Tensor4D;
  }
  return tf.tidy(() => {
    const padded = padImage(x, geometry.pad);
    if (geometry.dilation === 1 && hasKernel(tf.Conv2DBackpropFilter)) {
      const attrs = { strides: geometry.stride, pad: 'valid', dataFormat: 'NHWC', filterShape };
      return runKernel(tf.Conv2DBackpropFilter, { x: padded, dy }, attrs)[0] as tf.Tensor4D;
    }
    return filterGradientByTaps(padded, dy, filterShape, geometry);
  });
}

// dw[i,j] = sum over output pixels of (the input pixel under tap i,j) x dy: one product of matrices for all taps.
// dy is the transposed factor since it is the smaller one and wasm multiplies fast only what is not transposed.
function filterGradientByTaps(
  padded: tf.Tensor4D,
  dy: tf.Tensor4D,
  [rows, columns, channels, outputs]: number[],
  { stride, dilation, output }: Geometry,
): tf.Tensor4D {
  const taps: tf.Tensor4D[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const from = changeBorders(padded, [-i * dilation, 0], [-j * dilation, 0]);
      taps.push(everyPixel(from, stride, output));
    }
  }
  const pixels = dy.size / outputs;
  const patches = tf.reshape(tf.concat(taps, 3), [pixels, rows * columns * channels]);
  const product = tf.matMul(tf.transpose(tf.reshape(dy, [pixels, outputs])), patches);
  return tf.reshape(tf.transpose(product), [rows, columns, channels, outputs]);
}
