// The operations of src/tensor, each with its gradients, at sizes that a software GPU computes in a moment.
import * as tf from '@tensorflow/tfjs';
import { torchRule } from '../../distributions/pathwiseTorch.js';
import { avgPool2d } from '../../tensor/avgPool2d.js';
import { batchNormTrain } from '../../tensor/batchNormTrain.js';
import { channelShuffle } from '../../tensor/channelShuffle.js';
import { conv2d } from '../../tensor/conv2d.js';
import { depthwiseConv2d } from '../../tensor/depthwiseConv2d.js';
import { dirichletSample } from '../../tensor/dirichlet.js';
import { maxPool2d } from '../../tensor/maxPool2d.js';
import { updateRunningStatistics } from '../../tensor/runningStatistics.js';
import { separableNorm } from '../../tensor/separable.js';
import { createSgd } from '../../tensor/sgd.js';
import { softmaxCrossEntropy } from '../../tensor/softmaxCrossEntropy.js';
import type { ConvolutionOptions } from '../../tensor/spatial.js';
import { splitChannels } from '../../tensor/splitChannels.js';
import { weightedSum } from '../../tensor/weightedSum.js';
import { type Check, differentiated, noise, numbersOf, type Quantities } from './check.js';

type Image = tf.Tensor4D;
const image = (channels = 3, side = 7) => noise<Image>('image', [2, side, side, channels]);

function convolution(size: number, options: ConvolutionOptions): () => Quantities {
  return () =>
    differentiated((x, w) => conv2d(x as Image, w as Image, options), {
      x: image(),
      w: noise('filter', [size, size, 3, 4]),
    });
}

function depthwise(size: number, options: ConvolutionOptions): () => Quantities {
  return () =>
    differentiated((x, w) => depthwiseConv2d(x as Image, w as Image, options), {
      x: image(),
      w: noise('filter', [size, size, 3, 1]),
    });
}

const pooled = (pool: typeof avgPool2d, stride: number) => () =>
  differentiated((x) => pool(x as Image, { size: 3, stride, pad: 1 }), { x: image() });

function normalised(affine: boolean): Quantities {
  const op = (x: tf.Tensor, scale?: tf.Tensor, offset?: tf.Tensor) => {
    const { y, mean, variance } = batchNormTrain(x as Image, {
      ...(affine && { scale: scale as tf.Tensor1D, offset: offset as tf.Tensor1D }),
    });
    tf.dispose([mean, variance]);
    return y;
  };
  const x = image();
  return differentiated(op, affine ? { x, scale: noise('scale', [3]), offset: noise('offset', [3]) } : { x });
}

function separable(): Quantities {
  const op = (x: tf.Tensor, depthwise: tf.Tensor, pointwise: tf.Tensor) => {
    const stage = { depthwise: depthwise as Image, pointwise: pointwise as Image, stride: 2, dilation: 2 };
    const { y, statistics } = separableNorm(x as Image, [stage]);
    tf.dispose(statistics.map(({ mean, variance }) => [mean, variance]));
    return y;
  };
  return differentiated(op, {
    x: image(4, 9),
    depthwise: noise('depthwise', [3, 3, 4, 1]),
    pointwise: noise('pointwise', [1, 1, 4, 5]),
  });
}

function crossEntropy(smoothing: number): Quantities {
  const labels = tf.tensor1d([3, 0, 9, 3], 'int32');
  const quantities = differentiated(
    (logits) => softmaxCrossEntropy(logits as tf.Tensor2D, labels, { smoothing }),
    { logits: noise('logits', [4, 10]) },
  );
  labels.dispose();
  return quantities;
}

function sample(): Quantities {
  const theta = [
    [0.1, 0.2, 0.7],
    [0.5, 0.25, 0.25],
  ];
  const op = (x: tf.Tensor) => dirichletSample(tf.add(x, 1.5) as tf.Tensor2D, { theta, rule: torchRule });
  return differentiated(op, { x: noise('beta', [2, 3]) });
}

/** Three steps with momentum, weight decay and clipping. */
function descent(): Quantities {
  const start = noise('weight', [5, 4]);
  const weight = tf.variable(start);
  const sgd = createSgd({ momentum: 0.9, weightDecay: 1e-2 });
  for (const step of [1, 2, 3]) {
    const gradient = noise(`gradient ${step}`, [5, 4]);
    sgd.update({ weight }, { weight: gradient }, 0.1, { maxNorm: 1 });
    gradient.dispose();
  }
  const quantities = { weight: numbersOf(weight), momentum: sgd.exportState().weight };
  sgd.dispose();
  tf.dispose([start, weight]);
  return quantities;
}

function statistics(): Quantities {
  const [mean, variance] = ['mean', 'variance'].map((name) =>
    tf.tidy(() => tf.variable(noise(name, [6]), false)),
  );
  const batch = { mean: noise('batch mean', [6]), variance: noise('batch variance', [6]) };
  updateRunningStatistics({ mean, variance }, batch, 50);
  const quantities = { mean: numbersOf(mean), variance: numbersOf(variance) };
  tf.dispose([mean, variance, batch]);
  return quantities;
}

const table: Record<string, () => Quantities> = {
  'conv2d 3x3': convolution(3, {}),
  'conv2d 3x3, stride 2': convolution(3, { stride: 2 }),
  'conv2d 3x3, dilation 2': convolution(3, { dilation: 2 }),
  'conv2d 3x3, stride 2, dilation 2': convolution(3, { stride: 2, dilation: 2 }),
  'conv2d 1x1': convolution(1, {}),
  'depthwiseConv2d 3x3': depthwise(3, {}),
  'depthwiseConv2d 5x5, stride 2': depthwise(5, { stride: 2 }),
  'depthwiseConv2d 5x5, dilation 2': depthwise(5, { dilation: 2 }),
  'depthwiseConv2d 3x3, stride 2, dilation 2': depthwise(3, { stride: 2, dilation: 2 }),
  'avgPool2d 3x3, padded': pooled(avgPool2d, 1),
  'avgPool2d 3x3, padded, stride 2': pooled(avgPool2d, 2),
  'maxPool2d 3x3, padded': pooled(maxPool2d, 1),
  'maxPool2d 3x3, padded, stride 2': pooled(maxPool2d, 2),
  batchNormTrain: () => normalised(false),
  'batchNormTrain, affine': () => normalised(true),
  separableNorm: separable,
  softmaxCrossEntropy: () => crossEntropy(0),
  'softmaxCrossEntropy, smoothed': () => crossEntropy(0.1),
  'splitChannels and channelShuffle': () =>
    differentiated(
      (x) => {
        const [active, bypass] = splitChannels(x as Image, 2);
        return channelShuffle(tf.concat([tf.relu(active), bypass!], 3) as Image, 2);
      },
      { x: image(4) },
    ),
  weightedSum: () =>
    differentiated(
      (x, weights) =>
        weightedSum([() => x as Image, null, () => tf.relu(x as Image)], weights as tf.Tensor1D),
      { x: image(), weights: noise('weights', [3]) },
    ),
  dirichletSample: sample,
  sgd: descent,
  updateRunningStatistics: statistics,
};

export const operationChecks: readonly Check[] = Object.entries(table).map(([name, compute]) => ({
  name,
  group: 'operation',
  compute,
}));
