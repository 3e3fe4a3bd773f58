// The kit's operations by what libtensorflow has for them; behind the same names as our own kernels, so that src/tensor finds them.
//
// Each falls back to the composition for the cases that TensorFlow's operation does not have. On the graph of a whole cell
// (Nb201Cell, DartsCell) and the optimisers nothing of TensorFlow's fits: see environment.md.
import * as tf from '@tensorflow/tfjs';
import * as pool from '../../tensor/avgPool2d.js';
import { composed as convolution } from '../../tensor/conv2d.js';
import { convolutionGeometry } from '../../tensor/spatial.js';
import { execute, float32, int32, real, type TensorflowBackend } from './operations.js';

type Inputs = Record<string, tf.Tensor>;
// biome-ignore lint/suspicious/noExplicitAny: the attributes of a tfjs kernel are untyped by nature
type Attributes = Record<string, any>;
export type TensorflowKernel = (
  backend: TensorflowBackend,
  inputs: Inputs,
  attributes: Attributes,
) => tf.Tensor | tf.Tensor[];

const NHWC = { data_format: 'NHWC' } as const;

/** Sizes as TensorFlow's gradient operations want them. */
const sizes = (shape: readonly number[]) => tf.tensor1d([...shape], 'int32');

function convolutionAttributes({ stride, dilation, pad }: Attributes) {
  return {
    T: float32,
    strides: [1, stride, stride, 1],
    dilations: [1, dilation, dilation, 1],
    padding: 'EXPLICIT',
    explicit_paddings: [0, 0, pad, pad, pad, pad, 0, 0],
    ...NHWC,
  };
}

const geometryOf = (x: readonly number[], w: readonly number[], { stride, dilation, pad }: Attributes) =>
  convolutionGeometry([...x], [...w], { stride, dilation, pad });

/** FusedBatchNormV3 stores the unbiased variance; ours is the biased one, over `count` values a channel. */
function batchNormTrain(backend: TensorflowBackend, { x, scale, offset }: Inputs, { epsilon }: Attributes) {
  return tf.tidy(() => {
    const channels = x.shape[3]!;
    const nothing = tf.tensor1d([], 'float32');
    const [y, mean, unbiased] = execute(
      backend,
      'FusedBatchNormV3',
      [x, scale ?? tf.ones([channels]), offset ?? tf.zeros([channels]), nothing, nothing],
      { T: float32, U: float32, epsilon: real(epsilon), is_training: true, ...NHWC },
      6,
    );
    const count = x.size / channels;
    return [y, mean, tf.mul(unbiased, (count - 1) / count)];
  });
}

/** Its gradient reads the variance on the CPU, and what cuDNN saves, 1/sqrt(variance + epsilon), on a GPU. */
function batchNormTrainGrad(
  backend: TensorflowBackend,
  { dy, x, mean, variance, scale }: Inputs,
  { epsilon }: Attributes,
) {
  return tf.tidy(() => {
    const second = backend.isUsingGpuDevice ? tf.rsqrt(tf.add(variance, epsilon)) : variance;
    const ones = tf.ones(mean.shape);
    return execute(
      backend,
      'FusedBatchNormGradV3',
      [dy, x, scale ?? ones, mean, second, tf.tensor1d([], 'float32')],
      { T: float32, U: float32, epsilon: real(epsilon), is_training: true, ...NHWC },
      5,
    ).slice(0, 3);
  });
}

/** TensorFlow's symmetric SAME pooling leaves the padding out of the mean, in both directions. */
const isSame = ({ size, stride, pad }: Attributes) => stride === 1 && 2 * pad === size - 1;
const poolAttributes = ({ size }: Attributes) => ({
  T: float32,
  ksize: [1, size, size, 1],
  strides: [1, 1, 1, 1],
  padding: 'SAME',
  ...NHWC,
});

export const tensorflowKernels: Record<string, TensorflowKernel> = {
  BatchNormTrain: batchNormTrain,
  BatchNormTrainGrad: batchNormTrainGrad,

  ConvNhwc: (backend, { x, w }, attributes) =>
    execute(backend, 'Conv2D', [x, w], convolutionAttributes(attributes))[0],

  ConvNhwcGradInput(backend, { dy, w }, attributes) {
    const { inputShape, dilation } = attributes;
    if (dilation > 1) {
      const geometry = geometryOf(inputShape, w.shape, attributes);
      return convolution.inputGradient(dy as tf.Tensor4D, w as tf.Tensor4D, inputShape, geometry);
    }
    return tf.tidy(
      () =>
        execute(
          backend,
          'Conv2DBackpropInput',
          [sizes(inputShape), w, dy],
          convolutionAttributes(attributes),
        )[0],
    );
  },

  ConvNhwcGradFilter(backend, { x, dy }, attributes) {
    const { filterShape, dilation } = attributes;
    if (dilation > 1) {
      const geometry = geometryOf(x.shape, filterShape, attributes);
      return convolution.filterGradient(x as tf.Tensor4D, dy as tf.Tensor4D, filterShape, geometry);
    }
    return tf.tidy(
      () =>
        execute(
          backend,
          'Conv2DBackpropFilter',
          [x, sizes(filterShape), dy],
          convolutionAttributes(attributes),
        )[0],
    );
  },

  AvgPool2d: (backend, { x }, attributes) =>
    isSame(attributes)
      ? execute(backend, 'AvgPool', [x], poolAttributes(attributes))[0]
      : pool.composedForward(x as tf.Tensor4D, attributes as pool.PoolGeometry),

  AvgPool2dGrad(backend, { dy }, attributes) {
    const { inputShape } = attributes;
    if (!isSame(attributes))
      return pool.composedBackward(dy as tf.Tensor4D, inputShape, attributes as pool.PoolGeometry);
    return tf.tidy(
      () => execute(backend, 'AvgPoolGrad', [sizes(inputShape), dy], poolAttributes(attributes))[0],
    );
  },

  SoftmaxCrossEntropy: (backend, { logits, labels }) =>
    tf.tidy(() => {
      const [losses, dlogits] = execute(
        backend,
        'SparseSoftmaxCrossEntropyWithLogits',
        [logits, labels],
        { T: float32, Tlabels: int32 },
        2,
      );
      return [tf.mean(losses), tf.div(dlogits, logits.shape[0])];
    }),
};
