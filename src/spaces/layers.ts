// What every network of every space is made of: named weights and running statistics, and how a pass uses them.
import * as tf from '@tensorflow/tfjs';
import type { Stream } from '../random/stream.js';
import { batchNormEval } from '../tensor/batchNormEval.js';
import { batchNormTrain } from '../tensor/batchNormTrain.js';
import { updateAllRunningStatistics } from '../tensor/runningStatistics.js';

/** PyTorch's default, which the reference uses throughout. */
export const EPSILON = 1e-5;

/** One batch norm's statistics of one forward pass, to be blended into its running ones. */
export interface BatchStatistics {
  name: string;
  mean: tf.Tensor;
  variance: tf.Tensor;
  /** Number of values each statistic was taken over (B·H·W). */
  count: number;
  /** Of statistics packed as [rows, channels]: the rows whose batch norm ran; the running ones of the others stay. Default all. */
  rows?: readonly boolean[];
}

export interface Layers {
  /** Trainable weights under the reference's names. */
  parameters: Record<string, tf.Variable>;
  /** Running means and variances, `NAME.running_mean` and `NAME.running_var`. */
  buffers: Record<string, tf.Variable>;
}

/** Layers as far as a forward pass reads them. */
export interface LayerValues {
  parameters: Readonly<Record<string, tf.Tensor>>;
  buffers: Readonly<Record<string, tf.Tensor>>;
}

export interface PassOptions {
  /** Batch statistics when true, running ones when false. */
  training: boolean;
  /** Receives the batch statistics of a training pass; whoever takes them disposes them (applyStatistics does). */
  onStatistics?: (statistics: BatchStatistics) => void;
  /** Keep only the cells' inputs for the backward pass, which computes their insides again: the same bits in less memory. */
  recompute?: boolean;
}

/** Makes layers with PyTorch's default initialisation: uniform within 1/sqrt(fan in). */
export function layerBuilder({ parameters, buffers }: Layers, stream: Stream) {
  const constant = (value: number, dims: number[], trainable = true) =>
    tf.tidy(() => tf.variable(tf.fill(dims, value), trainable));
  const uniform = (name: string, dims: number[], fanIn: number) => {
    const draws = stream.split(name);
    const bound = 1 / Math.sqrt(fanIn);
    const size = dims.reduce((a, b) => a * b);
    const values = Float32Array.from({ length: size }, () => bound * (2 * draws.uniform() - 1));
    parameters[name] = tf.tidy(() => tf.variable(tf.tensor(values, dims)));
  };
  const runningStatistics = (name: string, dims: number[]) => {
    buffers[`${name}.running_mean`] = constant(0, dims, false);
    buffers[`${name}.running_var`] = constant(1, dims, false);
  };
  return {
    uniform,
    runningStatistics,
    convolution: (name: string, size: number, input: number, output: number) =>
      uniform(`${name}.weight`, [size, size, input, output], size * size * input),
    batchNorm: (name: string, channels: number) => {
      parameters[`${name}.weight`] = constant(1, [channels]);
      parameters[`${name}.bias`] = constant(0, [channels]);
      runningStatistics(name, [channels]);
    },
  };
}

export type LayerBuilder = ReturnType<typeof layerBuilder>;

/** Hands a pass's batch statistics to its owner, or frees them. */
export function recordStatistics({ onStatistics }: PassOptions, statistics: BatchStatistics): void {
  if (onStatistics) onStatistics(statistics);
  else tf.dispose([statistics.mean, statistics.variance]);
}

/** A pass whose parts are computed for the second time: their statistics have been handed out. */
export const secondTime = <Options extends PassOptions>(options: Options): Options => ({
  ...options,
  onStatistics: undefined,
});

/** A batch norm of the network, affine where it has a weight and a bias, on batch or running statistics as the pass asks. */
export function batchNorm(
  layers: LayerValues,
  x: tf.Tensor4D,
  name: string,
  options: PassOptions,
): tf.Tensor4D {
  const scale = layers.parameters[`${name}.weight`] as tf.Tensor1D | undefined;
  const offset = layers.parameters[`${name}.bias`] as tf.Tensor1D | undefined;
  if (!options.training) {
    const mean = layers.buffers[`${name}.running_mean`] as tf.Tensor1D;
    const variance = layers.buffers[`${name}.running_var`] as tf.Tensor1D;
    return batchNormEval(x, { mean, variance, scale, offset, epsilon: EPSILON });
  }
  const { y, mean, variance } = batchNormTrain(x, { scale, offset, epsilon: EPSILON });
  recordStatistics(options, { name, mean, variance, count: x.size / x.shape[3] });
  return y;
}

/** Blends the batch statistics of a pass into the running ones (momentum 0.1, unbiased variance) and disposes them. */
export function applyStatistics({ buffers }: Layers, statistics: BatchStatistics[]): void {
  const updates = statistics.map(({ name, mean, variance, count }) => ({
    running: { mean: buffers[`${name}.running_mean`], variance: buffers[`${name}.running_var`] },
    batch: { mean, variance },
    count,
  }));
  if (statistics.some(({ rows }) => rows)) {
    // One by one: several passes of a step may bring statistics of the same batch norm, each of other rows.
    updates.forEach((update, i) => {
      const { rows } = statistics[i];
      const putBack = rows && Object.values(update.running).map((variable) => keepRows(variable, rows));
      updateAllRunningStatistics([update]);
      for (const restore of putBack ?? []) restore();
    });
  } else {
    updateAllRunningStatistics(updates);
  }
  tf.dispose(updates.map(({ batch }) => batch));
}

/** Remembers the rows of a packed variable that are not in use, and gives the function that writes them back. */
function keepRows(variable: tf.Variable, used: readonly boolean[]): () => void {
  const before = Float32Array.from(variable.dataSync());
  const width = before.length / used.length;
  return () => {
    const now = Float32Array.from(variable.dataSync());
    used.forEach((ran, row) => {
      if (!ran) now.set(before.subarray(row * width, (row + 1) * width), row * width);
    });
    tf.tidy(() => variable.assign(tf.tensor(now, variable.shape)));
  };
}

/** Frees all variables. */
export function disposeLayers({ parameters, buffers }: Layers): void {
  tf.dispose([parameters, buffers]);
}
