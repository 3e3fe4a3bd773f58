// Carries out layers on tensors, images [B, H, W, C].
import * as tf from '@tensorflow/tfjs';
import type { Stream } from '../../random/stream.js';
import { avgPool2d } from '../../tensor/avgPool2d.js';
import { conv2d } from '../../tensor/conv2d.js';
import { depthwiseConv2d } from '../../tensor/depthwiseConv2d.js';
import { globalAveragePool } from '../../tensor/globalAveragePool.js';
import { linear } from '../../tensor/linear.js';
import { maxPool2d } from '../../tensor/maxPool2d.js';
import { recomputed } from '../../tensor/recompute.js';
import { separableNorm } from '../../tensor/separable.js';
import { hasKernel } from '../../tensor/withGradient.js';
import { batchNorm, EPSILON, type LayerValues, recordStatistics, secondTime } from '../layers.js';
import type { SpaceForwardOptions } from '../space.js';
import type { LayerMachine } from './layerMachine.js';

/**
 * A convolution whose filter has one row or one column and strides along the other axis: a batch of single rows,
 * on which equal strides mean the same.
 */
function lineConvolution(x: tf.Tensor4D, w: tf.Tensor4D, stride: [number, number]): tf.Tensor4D {
  const [rows, columns, inputs, outputs] = w.shape;
  if (stride[1] === 1 && columns === 1) {
    const turned = tf.transpose(x, [0, 2, 1, 3]) as tf.Tensor4D;
    const filter = tf.reshape(w, [1, rows, inputs, outputs]) as tf.Tensor4D;
    return tf.transpose(lineConvolution(turned, filter, [1, stride[0]]), [0, 2, 1, 3]) as tf.Tensor4D;
  }
  if (stride[0] !== 1 || rows !== 1)
    throw new Error(`no convolution has a filter of ${rows} x ${columns} with strides ${stride}`);
  const [batch, height, width] = x.shape;
  const lines = tf.reshape(x, [batch * height, 1, width, inputs]) as tf.Tensor4D;
  const y = conv2d(lines, w, { stride: stride[1] });
  return tf.reshape(y, [batch, height, y.shape[2], outputs]) as tf.Tensor4D;
}

/** 1 / keep or 0 for each sample, so that the mean over the draws is 1 (DARTS-space/utils.py, drop_path). */
function dropPathFactors(batch: number, probability: number, stream: Stream): Float32Array {
  const keep = 1 - probability;
  return Float32Array.from({ length: batch }, () => (stream.uniform() < keep ? 1 / keep : 0));
}

export function tensorMachine(
  layers: LayerValues,
  options: Pick<SpaceForwardOptions, 'training' | 'onStatistics' | 'needs' | 'recompute'>,
  dropPath?: { probability: number; stream: Stream },
): LayerMachine<tf.Tensor> {
  const image = (x: tf.Tensor) => x as tf.Tensor4D;
  const weight = <T extends tf.Tensor | undefined>(name: string): T => layers.parameters[name] as T;
  let pass = options;
  /** Draws of the part under way, and those still to be repeated where it is recomputed. */
  let draws: { made: Float32Array[]; repeat?: Float32Array[] } = { made: [] };
  /** The next draw of drop-path, where there is any. */
  const drawn = (batch: number) => {
    if (!dropPath || dropPath.probability <= 0) return undefined;
    const factors = draws.repeat?.shift() ?? dropPathFactors(batch, dropPath.probability, dropPath.stream);
    draws.made.push(factors);
    return tf.tensor4d(factors, [batch, 1, 1, 1]);
  };
  return {
    relu: (x) => tf.relu(x),
    convolution(x, name, { depthwise, stride = [1, 1], dilation = 1, pad = 'same' }) {
      const w = weight<tf.Tensor4D>(`${name}.weight`);
      if (stride[0] !== stride[1]) return lineConvolution(image(x), w, stride);
      const convolve = depthwise ? depthwiseConv2d : conv2d;
      return convolve(image(x), w, { stride: stride[0], dilation, pad });
    },
    batchNorm: (x, name) => batchNorm(layers, image(x), name, pass),
    pool: (x, type, geometry) => (type === 'max' ? maxPool2d : avgPool2d)(image(x), geometry),
    separable(x, stages, { dropPath: dropping }) {
      // With running statistics nothing is left to fuse across, and without such kernels nothing is gained.
      if (!options.training || !hasKernel('SeparableNorm')) return undefined;
      const keep = dropping ? drawn(x.shape[0]) : undefined;
      const result = separableNorm(
        image(x),
        stages.map(({ depthwise, pointwise, norm }) => ({
          depthwise: depthwise && weight<tf.Tensor4D>(`${depthwise.name}.weight`),
          pointwise: weight<tf.Tensor4D>(`${pointwise.name}.weight`),
          // Those of a supernet's norms do not exist.
          scale: weight<tf.Tensor1D | undefined>(`${norm}.weight`),
          offset: weight<tf.Tensor1D | undefined>(`${norm}.bias`),
          stride: depthwise?.options.stride?.[0],
          dilation: depthwise?.options.dilation,
        })),
        { epsilon: EPSILON, keep, needs: options.needs === 'alpha' ? 'input' : 'all' },
      );
      result.statistics.forEach((statistics, i) => {
        recordStatistics(pass, { name: stages[i].norm, ...statistics });
      });
      return result.y;
    },
    shifted: (x) => tf.slice(x, [0, 1, 1, 0]),
    concat: (values) => (values.length === 1 ? values[0] : tf.concat(values, -1)),
    add: (values) => (values.length === 1 ? values[0] : tf.addN(values)),
    zero(x, stride) {
      const [batch, height, width, channels] = image(x).shape;
      return tf.zeros([batch, Math.ceil(height / stride), Math.ceil(width / stride), channels]);
    },
    dropPath(x) {
      const mask = drawn(x.shape[0]);
      return mask ? tf.mul(x, mask) : x;
    },
    classify(x, name) {
      const w = weight<tf.Tensor2D>(`${name}.weight`);
      return linear(globalAveragePool(image(x)), w, weight<tf.Tensor1D>(`${name}.bias`));
    },
    side: (x) => x.shape[1] as number,
    scope(inputs, part) {
      if (!options.recompute) return tf.tidy(() => part(inputs));
      const made: Float32Array[] = [];
      // The last input is used last, and so the first to get its gradient: tfjs adds gradients up in that order.
      const named = Object.fromEntries(inputs.map((input, i) => [`input ${i}`, input]).reverse());
      return recomputed({ inputs: named, weights: Object.values(layers.parameters) }, (tensors, again) => {
        pass = again ? secondTime(options) : options;
        draws = again ? { made: [], repeat: [...made] } : { made };
        try {
          return part(inputs.map((_, i) => tensors[`input ${i}`]));
        } finally {
          pass = options;
          draws = { made: [] };
        }
      });
    },
  };
}
