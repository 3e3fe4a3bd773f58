// Replays one recorded search cell of any space, forward and backward, in each of the modes the search uses.
import * as tf from '@tensorflow/tfjs';
import { updateRunningStatistics } from '../tensor/runningStatistics.js';
import {
  collectErrors,
  type Errors,
  fromTorch,
  type GoldenTensor,
  relativeError,
  tensorError,
} from './file.js';

/** What the files of all spaces' cells hold. */
export interface CellGolden {
  k: number;
  theta: GoldenTensor;
  params: Record<string, GoldenTensor>;
  buffersBefore: Record<string, GoldenTensor>;
  y: GoldenTensor;
  upstream: GoldenTensor;
  gradTheta: GoldenTensor;
  gradParams: Record<string, GoldenTensor>;
  buffersAfter: Record<string, GoldenTensor>;
}

type Needs = 'all' | 'alpha' | 'weights';

export interface CellReplay {
  /** The cell's inputs with their recorded gradients, by what the gradients are called. */
  inputs: Record<string, [input: GoldenTensor, gradient: GoldenTensor]>;
  /** The recorded names of the weights, in the order in which `cell` takes them. */
  names: string[];
  /** The batch norm of each packed row of statistics; undefined for a row that the reference does not have. */
  rows: (string | undefined)[];
  /** Rounding that is left out of the errors of the weights' gradients. Default 0. */
  noise?: number;
  cell(
    inputs: tf.Tensor4D[],
    theta: tf.Tensor2D,
    weights: tf.Tensor4D[],
    needs: Needs,
  ): { y: tf.Tensor4D; mean?: tf.Tensor2D; variance?: tf.Tensor2D };
}

const TOLERANCE = 1e-4;

/** A weight in this kit's layout: a depthwise filter [C,1,k,k] of the reference becomes [k,k,C,1]. */
function weightOf(name: string, golden: GoldenTensor): tf.Tensor4D {
  return tf.tidy(() => {
    const t = fromTorch(golden, 'parameter');
    const depthwise = golden.shape[1] === 1 && /\.op\.[15]\.weight$/.test(name);
    const [rows, columns, , channels] = t.shape;
    return (depthwise ? t.reshape([rows, columns, channels, 1]) : t) as tf.Tensor4D;
  });
}

export function replayCell(golden: CellGolden, replay: CellReplay): Errors {
  const { names, rows, noise = 0, cell } = replay;
  const { errors, add } = collectErrors();
  const recorded = Object.entries(replay.inputs);
  const inputs = recorded.map(([, [input]]) => fromTorch(input, 'activation') as tf.Tensor4D);
  const theta = fromTorch(golden.theta, 'activation') as tf.Tensor2D;
  const weights = names.map((name) => weightOf(name, golden.params[name]));
  const upstream = fromTorch(golden.upstream, 'activation');

  // 'all' gives everything at once; the two passes of a search compute a part of it and must agree.
  for (const needs of ['all', 'alpha', 'weights'] as const) {
    const sources = [
      ...inputs,
      ...(needs === 'weights' ? [] : [theta]),
      ...(needs === 'alpha' ? [] : weights),
    ];
    let statistics: { mean?: tf.Tensor2D; variance?: tf.Tensor2D } = {};
    const run = tf.valueAndGrads((...given: tf.Tensor[]): tf.Tensor => {
      const rest = given.slice(inputs.length);
      const mixing = (needs === 'weights' ? theta : rest.shift()) as tf.Tensor2D;
      const used = (needs === 'alpha' ? weights : rest) as tf.Tensor4D[];
      const { y, ...side } = cell(given.slice(0, inputs.length) as tf.Tensor4D[], mixing, used, needs);
      statistics = side;
      return y;
    });
    const { value, grads } = run(sources, upstream);
    const gradients = [...grads];
    add('y', tensorError(value, golden.y, 'activation'), TOLERANCE);
    for (const [name, [, want]] of recorded)
      add(name, tensorError(gradients.shift()!, want, 'activation'), TOLERANCE);
    if (needs !== 'weights')
      add('gradTheta', tensorError(gradients.shift()!, golden.gradTheta, 'activation'), TOLERANCE);
    if (needs !== 'alpha') {
      names.forEach((name, i) => {
        const want = tf.tidy(() => fromTorch(golden.gradParams[name], 'parameter').dataSync());
        const rounding = new Float64Array(want.length).fill(noise);
        add('gradParams', relativeError(gradients[i].dataSync(), want, rounding), TOLERANCE);
      });
    }
    if (needs === 'all') {
      const [batch, height, width] = value.shape;
      const found = { mean: statistics.mean!, variance: statistics.variance! };
      compareStatistics(golden, rows, found, batch * height! * width!, add);
    }
    tf.dispose([value, grads, Object.values(statistics)]);
  }
  tf.dispose([inputs, theta, weights, upstream]);
  return errors;
}

/** Blends the batch statistics [rows, c], each of `count` values, into the recorded running ones, and compares the result. */
function compareStatistics(
  golden: CellGolden,
  rows: CellReplay['rows'],
  batch: { mean: tf.Tensor2D; variance: tf.Tensor2D },
  count: number,
  add: ReturnType<typeof collectErrors>['add'],
): void {
  const channels = batch.mean.shape[1];
  const before = (suffix: string) => {
    const values = rows.flatMap((name) =>
      name ? golden.buffersBefore[`${name}.${suffix}`].data : new Array(channels).fill(0),
    );
    return tf.tidy(() => tf.variable(tf.tensor(values, batch.mean.shape), false));
  };
  const running = { mean: before('running_mean'), variance: before('running_var') };
  updateRunningStatistics(running, batch, count);
  for (const [suffix, after] of [
    ['running_mean', running.mean],
    ['running_var', running.variance],
  ] as const) {
    const values = after.dataSync();
    rows.forEach((name, row) => {
      if (!name) return;
      const got = values.slice(row * channels, (row + 1) * channels);
      add(`buffers.${suffix}`, relativeError(got, golden.buffersAfter[`${name}.${suffix}`].data), TOLERANCE);
    });
  }
  tf.dispose([running.mean, running.variance]);
}
