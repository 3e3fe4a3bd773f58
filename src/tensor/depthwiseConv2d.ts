// Depthwise convolution (one filter per channel) of any stride and dilation, with a gradient on every backend.
import * as tf from '@tensorflow/tfjs';
import { dilated, gradientPhases } from './phases.js';
import {
  type ConvolutionOptions,
  commonDivisor,
  convolutionGeometry,
  everyPixel,
  type Geometry,
  padImage,
  reachedBy,
  spreadForInputGradient,
  withoutBoth,
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
  return tf.tidy(() => unpadded(padImage(x, geometry.pad), w, geometry.stride, geometry.dilation));
}

function unpadded(x: tf.Tensor4D, w: tf.Tensor4D, stride: number, dilation: number): tf.Tensor4D {
  const plain = (image: tf.Tensor4D, s: number, d: number) =>
    tf.depthwiseConv2d(image, w, s, 'valid', 'NHWC', d);
  return withoutBoth(x, stride, dilation, (image, s, d) =>
    // TensorFlow's native depthwise kernel does not look at its dilations attribute.
    d > 1 && tf.getBackend() === 'tensorflow'
      ? dilated(image, d, (phases) => plain(phases, 1, 1))
      : plain(image, s, d),
  );
}

/** Backends that are far slower with a filter as large as an image than with a dilated image in phases. */
const slowWithLargeFilters = () => ['tensorflow', 'webgpu'].includes(tf.getBackend());

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
    const native = (image: tf.Tensor4D, gradient: tf.Tensor4D, s: number) => {
      const attrs = { strides: [s, s], pad: 'valid', dilations: [1, 1], filterShape };
      const inputs = { x: image, dy: gradient };
      return runKernel(tf.DepthwiseConv2dNativeBackpropFilter, inputs, attrs)[0] as tf.Tensor4D;
    };
    if (dilation === 1 && hasKernel(tf.DepthwiseConv2dNativeBackpropFilter))
      return native(padded, dy, stride);
    // All pixels used lie on the grid of the common divisor; what is left is mostly stride 1 or dilation 1.
    const step = commonDivisor(stride, dilation);
    const [s, d] = [stride / step, dilation / step];
    if (slowWithLargeFilters() && (s === 1 || d === 1)) {
      const grid = everyPixel(reachedBy(filterShape, padded, geometry), step);
      return d === 1 ? native(grid, dy, s) : native(...gradientPhases(grid, dy, d), 1);
    }
    // dw[i,j,c] = sum_{b,o,q} x[b, o*s + i*d, q*s + j*d, c] dy[b,o,q,c] is a depthwise convolution too, of one image
    // with batch*channels channels; dy is its filter, and stride and dilation change places.
    const [rows, columns, channels] = filterShape;
    const used = reachedBy(filterShape, padded, geometry);
    const image = tf.reshape(tf.transpose(used, [1, 2, 0, 3]), [1, used.shape[1], used.shape[2], -1]);
    const filter = tf.reshape(tf.transpose(dy, [1, 2, 0, 3]), [output[0], output[1], -1, 1]);
    const perImage = unpadded(image as tf.Tensor4D, filter as tf.Tensor4D, dilation, stride);
    const gradient = tf.sum(tf.reshape(perImage, [rows * columns, -1, channels]), 1);
    return tf.reshape(gradient, [rows, columns, channels, 1]);
  });
}
