// Depthwise convolution (one filter per channel) of any stride and dilation, with a gradient on every backend.
import * as tf from '@tensorflow/tfjs';
import {
  type ConvolutionOptions,
  changeBorders,
  convolutionGeometry,
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
  return withoutBoth(x, stride, dilation, (image, s, d) =>
    // TensorFlow's native depthwise kernel does not look at its dilations attribute.
    d > 1 && tf.getBackend() === 'tensorflow'
      ? byTaps(image, w, d)
      : tf.depthwiseConv2d(image, w, s, 'valid', 'NHWC', d),
  );
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
