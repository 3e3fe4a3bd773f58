// Two-dimensional convolution of any stride and dilation, with a gradient on every backend.
import * as tf from '@tensorflow/tfjs';
import {
  type ConvolutionOptions,
  convolutionGeometry,
  type Geometry,
  padImage,
  reachedBy,
  spreadForInputGradient,
  withoutBoth,
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
  return composed.forward(x, w, geometry);
}

// tfjs's own op, on which all backends agree where the image needs no padding.
function unpadded(x: tf.Tensor4D, w: tf.Tensor4D, stride: number, dilation: number): tf.Tensor4D {
  const valid = (image: tf.Tensor4D, s: number, d: number) => tf.conv2d(image, w, s, 'valid', 'NHWC', d);
  return withoutBoth(x, stride, dilation, valid);
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
  return composed.inputGradient(dy, w, inputShape, geometry);
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
  return composed.filterGradient(x, dy, filterShape, geometry);
}

/** The specification: convolution and gradients out of tfjs's own kernels. */
export const composed = {
  forward: (x: tf.Tensor4D, w: tf.Tensor4D, { pad, stride, dilation }: Geometry): tf.Tensor4D =>
    tf.tidy(() => unpadded(padImage(x, pad), w, stride, dilation)),

  inputGradient(dy: tf.Tensor4D, w: tf.Tensor4D, inputShape: number[], geometry: Geometry): tf.Tensor4D {
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
  },

  filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, filterShape: number[], geometry: Geometry): tf.Tensor4D {
    return tf.tidy(() => {
      const padded = padImage(x, geometry.pad);
      if (geometry.dilation === 1 && hasKernel(tf.Conv2DBackpropFilter)) {
        const attrs = { strides: geometry.stride, pad: 'valid', dataFormat: 'NHWC', filterShape };
        return runKernel(tf.Conv2DBackpropFilter, { x: padded, dy }, attrs)[0] as tf.Tensor4D;
      }
      // dw[i,j,c,n] = sum_{b,o,q} x[b, o*s + i*d, q*s + j*d, c] dy[b,o,q,n] is a convolution too: channels are its
      // batch, images its channels, dy its filter, and stride and dilation change places.
      const { stride, dilation } = geometry;
      const used = reachedBy(filterShape, padded, geometry);
      const gradient = unpadded(
        tf.transpose(used, [3, 1, 2, 0]),
        tf.transpose(dy, [1, 2, 0, 3]),
        dilation,
        stride,
      );
      return tf.transpose(gradient, [1, 2, 0, 3]);
    });
  },
};
