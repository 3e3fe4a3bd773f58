// The weight-sharing supernet of NAS-Bench-201: stem, three stages of search cells, classifier (fact sheet 5.1).
import * as tf from '@tensorflow/tfjs';
import type { Stream } from '../../random/stream.js';
import { avgPool2d } from '../../tensor/avgPool2d.js';
import { batchNormEval } from '../../tensor/batchNormEval.js';
import { batchNormTrain } from '../../tensor/batchNormTrain.js';
import { conv2d } from '../../tensor/conv2d.js';
import { linear } from '../../tensor/linear.js';
import { updateRunningStatistics } from '../../tensor/runningStatistics.js';
import { EPSILON, type OperationMask, searchCell } from './cell.js';
import type { NetworkShape } from './cost.js';
import { CONV1, CONV3, EDGE_NAMES } from './operations.js';

export interface SupernetShape extends NetworkShape {
  /** One k-th of the channels goes through the mixed operations. */
  k: number;
}

/** One batch norm's statistics of one forward pass, to be blended into its running ones. */
export interface BatchStatistics {
  name: string;
  mean: tf.Tensor;
  variance: tf.Tensor;
  /** Number of values each statistic was taken over (B·H·W). */
  count: number;
}

export interface Supernet {
  shape: SupernetShape;
  /** Trainable weights under the reference's names. */
  parameters: Record<string, tf.Variable>;
  /** Running means and variances; those of a search cell are packed as [12, c] under `cells.i.edges`. */
  buffers: Record<string, tf.Variable>;
}

/** Refuses a shape that cannot be built, with a sentence that says what would do. */
export function checkShape(shape: SupernetShape): void {
  for (const [name, value] of Object.entries(shape)) {
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`${name} is ${value}, expected a positive integer`);
  }
  if (shape.channels % shape.k !== 0) {
    throw new Error(
      `k = ${shape.k} does not divide the ${shape.channels} channels of the first stage: choose a divisor of ${shape.channels}`,
    );
  }
  if (shape.imageSize < 4)
    throw new Error(`image size ${shape.imageSize} is too small: three stages need at least 4 pixels`);
}

/** Kind of each cell in order: N search cells, a residual block, N, a block, N. */
export function cellKinds(cellsPerStage: number): ('search' | 'residual')[] {
  const stage = new Array<'search'>(cellsPerStage).fill('search');
  return [...stage, 'residual', ...stage, 'residual', ...stage];
}

/** A supernet with PyTorch's default initialisation: uniform within 1/sqrt(fan in) for convolutions and the linear layer. */
export function createSupernet(shape: SupernetShape, stream: Stream): Supernet {
  checkShape(shape);
  const net: Supernet = { shape, parameters: {}, buffers: {} };
  const constant = (value: number, dims: number[], trainable = true) =>
    tf.tidy(() => tf.variable(tf.fill(dims, value), trainable));
  const uniform = (name: string, dims: number[], fanIn: number) => {
    const draws = stream.split(name);
    const bound = 1 / Math.sqrt(fanIn);
    const values = Float32Array.from(
      { length: dims.reduce((a, b) => a * b) },
      () => bound * (2 * draws.uniform() - 1),
    );
    net.parameters[name] = tf.tidy(() => tf.variable(tf.tensor(values, dims)));
  };
  const convolution = (name: string, size: number, input: number, output: number) =>
    uniform(`${name}.weight`, [size, size, input, output], size * size * input);
  const runningStatistics = (name: string, dims: number[]) => {
    net.buffers[`${name}.running_mean`] = constant(0, dims, false);
    net.buffers[`${name}.running_var`] = constant(1, dims, false);
  };
  const batchNorm = (name: string, channels: number) => {
    net.parameters[`${name}.weight`] = constant(1, [channels]);
    net.parameters[`${name}.bias`] = constant(0, [channels]);
    runningStatistics(name, [channels]);
  };
  let width = shape.channels;
  convolution('stem.0', 3, shape.imageChannels, width);
  batchNorm('stem.1', width);
  cellKinds(shape.cellsPerStage).forEach((kind, i) => {
    if (kind === 'search') {
      const c = width / shape.k;
      for (const edge of EDGE_NAMES) {
        convolution(`cells.${i}.edges.${edge}.${CONV1}.op.1`, 1, c, c);
        convolution(`cells.${i}.edges.${edge}.${CONV3}.op.1`, 3, c, c);
      }
      runningStatistics(`cells.${i}.edges`, [2 * EDGE_NAMES.length, c]);
    } else {
      convolution(`cells.${i}.conv_a.op.1`, 3, width, 2 * width);
      batchNorm(`cells.${i}.conv_a.op.2`, 2 * width);
      convolution(`cells.${i}.conv_b.op.1`, 3, 2 * width, 2 * width);
      batchNorm(`cells.${i}.conv_b.op.2`, 2 * width);
      convolution(`cells.${i}.downsample.1`, 1, width, 2 * width);
      width *= 2;
    }
  });
  batchNorm('lastact.0', width);
  uniform('classifier.weight', [width, shape.classes], width);
  uniform('classifier.bias', [shape.classes], width);
  return net;
}

export interface ForwardOptions {
  /** Batch statistics when true, running ones when false. */
  training: boolean;
  mask?: OperationMask;
  /** What will be differentiated, so that fused kernels do no more than that. */
  needs?: 'alpha' | 'weights' | 'all';
  /** Receives the batch statistics of a training pass; whoever takes them disposes them (applyStatistics does). */
  onStatistics?: (statistics: BatchStatistics) => void;
}

/** Logits [B, classes] of images x [B, H, W, imageChannels] under the mixing weights theta [6, 5]. */
export function forward(
  net: Supernet,
  x: tf.Tensor4D,
  theta: tf.Tensor2D,
  options: ForwardOptions,
): tf.Tensor2D {
  const { parameters, buffers, shape } = net;
  const { training, mask, needs = 'all', onStatistics } = options;

  const record = (name: string, mean: tf.Tensor, variance: tf.Tensor, count: number) => {
    if (onStatistics) onStatistics({ name, mean, variance, count });
    else tf.dispose([mean, variance]);
  };
  const batchNorm = (input: tf.Tensor4D, name: string): tf.Tensor4D => {
    const scale = parameters[`${name}.weight`] as tf.Tensor1D;
    const offset = parameters[`${name}.bias`] as tf.Tensor1D;
    if (!training) {
      const mean = buffers[`${name}.running_mean`] as tf.Tensor1D;
      return batchNormEval(input, {
        mean,
        variance: buffers[`${name}.running_var`] as tf.Tensor1D,
        scale,
        offset,
        epsilon: EPSILON,
      });
    }
    const { y, mean, variance } = batchNormTrain(input, { scale, offset, epsilon: EPSILON });
    record(name, mean, variance, input.size / input.shape[3]);
    return y;
  };
  const convolution = (input: tf.Tensor4D, name: string, stride = 1) =>
    conv2d(input, parameters[`${name}.weight`] as tf.Tensor4D, { stride });

  const residual = (input: tf.Tensor4D, name: string): tf.Tensor4D => {
    const a = batchNorm(convolution(tf.relu(input), `${name}.conv_a.op.1`, 2), `${name}.conv_a.op.2`);
    const b = batchNorm(convolution(tf.relu(a), `${name}.conv_b.op.1`), `${name}.conv_b.op.2`);
    const shortcut = convolution(avgPool2d(input, { size: 2, stride: 2, pad: 0 }), `${name}.downsample.1`);
    return tf.add(b, shortcut);
  };
  let firstCell = true;
  const search = (input: tf.Tensor4D, name: string): tf.Tensor4D => {
    const weights = EDGE_NAMES.flatMap((edge) =>
      [CONV1, CONV3].map((op) => parameters[`${name}.edges.${edge}.${op}.op.1.weight`] as tf.Tensor4D),
    );
    const running = training
      ? undefined
      : {
          mean: buffers[`${name}.edges.running_mean`] as tf.Tensor2D,
          variance: buffers[`${name}.edges.running_var`] as tf.Tensor2D,
        };
    // Nothing before the first cell depends on alpha.
    const needsInput = needs !== 'alpha' || !firstCell;
    firstCell = false;
    const { y, mean, variance } = searchCell(input, theta, weights, {
      k: shape.k,
      mask,
      running,
      needs,
      needsInput,
    });
    if (mean && variance) record(`${name}.edges`, mean, variance, input.size / input.shape[3]);
    return y;
  };

  let h = batchNorm(convolution(x, 'stem.0'), 'stem.1');
  cellKinds(shape.cellsPerStage).forEach((kind, i) => {
    h = kind === 'search' ? search(h, `cells.${i}`) : residual(h, `cells.${i}`);
  });
  const pooled = tf.mean(tf.relu(batchNorm(h, 'lastact.0')), [1, 2]) as tf.Tensor2D;
  return linear(
    pooled,
    parameters['classifier.weight'] as tf.Tensor2D,
    parameters['classifier.bias'] as tf.Tensor1D,
  );
}

/** Blends the batch statistics of a pass into the running ones (momentum 0.1, unbiased variance) and disposes them. */
export function applyStatistics(net: Supernet, statistics: BatchStatistics[]): void {
  for (const { name, mean, variance, count } of statistics) {
    const running = {
      mean: net.buffers[`${name}.running_mean`],
      variance: net.buffers[`${name}.running_var`],
    };
    updateRunningStatistics(running, { mean, variance }, count);
    tf.dispose([mean, variance]);
  }
}

/** Frees all variables. */
export function disposeSupernet(net: Supernet): void {
  tf.dispose([net.parameters, net.buffers]);
}
