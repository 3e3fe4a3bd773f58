// Depthwise convolution (one filter per channel) of any stride and dilation, with a gradient on every backend.
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
 * PyTorch's conv2d with groups = channels: y[b,o,q,c] = sum_{i,j} x[b, o*s + i*d - p, q*s + j*d - p, c] * w[i,j,c,0].
 *
 * @param x images [batch, height, width, channels]
 * @param w filter [rows, columns, channels, 1]
 * @returns [batch, height', width', channels]; differentiable once in x and w, also where tfjs's own op is not
 *   (dilation > 1; stride and dilation together; any filter gradient on wasm).
 */
export function depthwiseConv2d(
  x: tf.Tensor4D,
  w: tf.Tensor4D,
  options: ConvolutionOptions = {},
): tf.Tensor4D {
  const geometry = convolutionGeometry(x.shape, w.shape, options);
  if (w.shape[3] !== 1) {
    throw new Error(`a depthwise filter has shape [rows, columns, channels, 1], this one has [${w.shape}]`);
  }
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

function forward(x: tf.Tensor4D, w: tf.Tensor4D, geometry: Geometry): tf.Tensor4D {
  return tf.tidy(() => {
    const { stride, dilation, output } = geometry;
    const padded = padImage(x, geometry.pad);
    if (stride === 1 || dilation === 1) return unpadded(padded, w, stride, dilation);
    if (stride % dilation === 0 || dilation % stride === 0) {
      // All pixels used lie on one grid of their common step, on which stride or dilation is 1.
      const step = Math.min(stride, dilation);
      return unpadded(everyPixel(padded, step), w, stride / step, dilation / step);
    }
    return everyPixel(unpadded(padded, w, 1, dilation), stride, output);
  });
}

function unpadded(x: tf.Tensor4D, w: tf.Tensor4D, stride: number, dilation: number): tf.Tensor4D {
  // TensorFlow's native depthwise kernel does not look at its dilations attribute.
  if (dilation > 1 && tf.getBackend() === 'tensorflow') return byTaps(x, w, dilation);
  return tf.depthwiseConv2d(x, w, stride, 'valid', 'NHWC', dilation);
}

function byTaps(x: tf.Tensor4D, w: tf.Tensor4D, dilation: number): tf.Tensor4D {
  const [rows, columns, channels] = w.shape;
  const reach = [dilation * (rows - 1), dilation * (columns - 1)];
  const terms: tf.Tensor4D[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const [top, left] = [i * dilation, j * dilation];
      const under = changeBorders(x, [-top, top - reach[0]], [-left, left - reach[1]]);
      terms.push(tf.mul(under, tf.reshape(tf.slice(w, [i, j, 0, 0], [1, 1, channels, 1]), [channels])));
    }
  }
  return tf.addN(terms);
}

function inputGradient(
  dy: tf.Tensor4D,
  w: tf.Tensor4D,
  inputShape: number[],
  geometry: Geometry,
): tf.Tensor4D {
  return tf.tidy(() => {
    const kernel: [number, number] = [w.shape[0], w.shape[1]];
    const spread = spreadForInputGradient(dy, [inputShape[1], inputShape[2]], kernel, geometry);
    return unpadded(spread, tf.reverse(w, [0, 1]), 1, geometry.dilation);
  });
}

function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: number[],
  geometry: Geometry,
): tf.Tensor4D {
  return tf.tidy(() => {
    const padded = padImage(x, geometry.pad);
    const { stride, dilation, output } = geometry;
    if (dilation === 1 && hasKernel(tf.DepthwiseConv2dNativeBackpropFilter)) {
      const attrs = { strides: [stride, stride], pad: 'valid', dilations: [1, 1], filterShape };
      return runKernel(tf.DepthwiseConv2dNativeBackpropFilter, { x: padded, dy }, attrs)[0] as tf.Tensor4D;
    }
    const taps: tf.Tensor[] = [];
    for (let i = 0; i < filterShape[0]; i++) {
      for (let j = 0; j < filterShape[1]; j++) {
        const from = changeBorders(padded, [-i * dilation, 0], [-j * dilation, 0]);
        taps.push(tf.sum(tf.mul(everyPixel(from, stride, output), dy), [0, 1, 2]));
      }
    }
    return tf.reshape(tf.stack(taps), filterShape as [number, number, number, number]);
  });
}
