// Replays `darts_cell_*`: one DARTS search cell with its preprocessing, forward and backward, in each of the modes the search uses.
import * as tf from '@tensorflow/tfjs';
import { edgeStride, STATISTICS_ROWS, searchCell } from '../spaces/darts/cell.js';
import { EDGE_NORMS } from '../spaces/darts/edge.js';
import { EDGES, OPERATIONS } from '../spaces/darts/operations.js';
import { EPSILON } from '../spaces/layers.js';
import { batchNormTrain } from '../tensor/batchNormTrain.js';
import { conv2d } from '../tensor/conv2d.js';
import { updateRunningStatistics } from '../tensor/runningStatistics.js';
import {
  collectErrors,
  type Errors,
  fromTorch,
  type GoldenTensor,
  relativeError,
  tensorError,
} from './file.js';

interface CellGolden {
  ops: string[];
  k: number;
  s0: GoldenTensor;
  s1: GoldenTensor;
  theta: GoldenTensor;
  params: Record<string, GoldenTensor>;
  buffersBefore: Record<string, GoldenTensor>;
  y: GoldenTensor;
  upstream: GoldenTensor;
  gradS0: GoldenTensor;
  gradS1: GoldenTensor;
  gradTheta: GoldenTensor;
  gradParams: Record<string, GoldenTensor>;
  buffersAfter: Record<string, GoldenTensor>;
}

const TOLERANCE = 1e-4;

/** The reference's name of each packed row; a row without batch norm (the identity) has none. */
const rowNames = (reduction: boolean): (string | undefined)[] =>
  EDGES.flatMap(({ source }, edge) =>
    EDGE_NORMS.map(({ operation, name }) => {
      if (operation === 'skip_connect' && edgeStride(source, reduction) === 1) return undefined;
      return `_ops.${edge}._ops.${OPERATIONS.indexOf(operation as (typeof OPERATIONS)[number])}.${name}`;
    }),
  );

/** A weight in this kit's layout: a depthwise filter [C,1,k,k] becomes [k,k,C,1]. */
function weightOf(name: string, golden: GoldenTensor): tf.Tensor4D {
  return tf.tidy(() => {
    const t = fromTorch(golden, 'parameter');
    const depthwise = golden.shape[1] === 1 && /\.op\.[15]\.weight$/.test(name);
    const [rows, columns, , channels] = t.shape;
    return (depthwise ? t.reshape([rows, columns, channels, 1]) : t) as tf.Tensor4D;
  });
}

export function replayDartsCell(json: unknown): Errors {
  const golden = json as CellGolden;
  const { errors, add } = collectErrors();
  const reduction = golden.y.shape[2] < golden.s0.shape[2];
  const inputs = [golden.s0, golden.s1].map((t) => fromTorch(t, 'activation') as tf.Tensor4D);
  const theta = fromTorch(golden.theta, 'activation') as tf.Tensor2D;
  const names = Object.keys(golden.params);
  const weights = names.map((name) => weightOf(name, golden.params[name]));
  const upstream = fromTorch(golden.upstream, 'activation');
  const c = golden.params['preprocess0.op.1.weight'].shape[0] / golden.k;
  const rows = rowNames(reduction);

  const variable = (values: number[], shape: number[]) =>
    tf.tidy(() => tf.variable(tf.tensor(values, shape), false));
  const packed = (suffix: string) =>
    variable(
      rows.flatMap((name) => (name ? golden.buffersBefore[`${name}.${suffix}`].data : new Array(c).fill(0))),
      [STATISTICS_ROWS, c],
    );
  const running = { mean: packed('running_mean'), variance: packed('running_var') };

  // Batch norm cancels some gradients almost to nothing (one channel of a factorised reduction): what is left is float32's
  // rounding of the terms, which are of the usual gradients' size.
  const largest = names.map((name) => Math.max(...golden.gradParams[name].data.map(Math.abs)));
  const noise = 2 ** -24 * largest.sort((a, b) => a - b)[Math.floor(largest.length / 2)];

  // 'all' gives everything at once; the two passes of a search compute a part of it and must agree.
  for (const needs of ['all', 'alpha', 'weights'] as const) {
    const sources = [
      ...inputs,
      ...(needs === 'weights' ? [] : [theta]),
      ...(needs === 'alpha' ? [] : weights),
    ];
    let statistics: { mean?: tf.Tensor2D; variance?: tf.Tensor2D } = {};
    const run = tf.valueAndGrads((...given: tf.Tensor[]): tf.Tensor => {
      const rest = given.slice(2);
      const mixing = (needs === 'weights' ? theta : rest.shift()) as tf.Tensor2D;
      const used = (needs === 'alpha' ? weights : rest) as tf.Tensor4D[];
      const byName = Object.fromEntries(names.map((name, i) => [name, used[i]]));
      const [s0, s1] = ['preprocess0', 'preprocess1'].map((at, i) => {
        const z = conv2d(tf.relu(given[i]) as tf.Tensor as tf.Tensor4D, byName[`${at}.op.1.weight`]);
        const { y, mean, variance } = batchNormTrain(z, { epsilon: EPSILON });
        tf.dispose([mean, variance]);
        return y;
      });
      const options = { k: golden.k, reduction, operations: OPERATIONS, needs };
      const { y, ...side } = searchCell(s0, s1, mixing, byName, options);
      statistics = side;
      return y;
    });
    const { value, grads } = run(sources, upstream);
    const gradients = [...grads];
    add('y', tensorError(value, golden.y, 'activation'), TOLERANCE);
    for (const [i, want] of [golden.gradS0, golden.gradS1].entries())
      add(i ? 'gradS1' : 'gradS0', tensorError(gradients[i], want, 'activation'), TOLERANCE);
    const rest = gradients.slice(2);
    if (needs !== 'weights')
      add('gradTheta', tensorError(rest.shift()!, golden.gradTheta, 'activation'), TOLERANCE);
    if (needs !== 'alpha') {
      names.forEach((name, i) => {
        const want = tf.tidy(() => fromTorch(golden.gradParams[name], 'parameter').dataSync());
        const rounding = new Float64Array(want.length).fill(noise);
        add('gradParams', relativeError(rest[i].dataSync(), want, rounding), TOLERANCE);
      });
    }
    if (needs === 'all') {
      const [batch, height, width] = value.shape;
      const batchStatistics = { mean: statistics.mean!, variance: statistics.variance! };
      updateRunningStatistics(running, batchStatistics, batch * height! * width!);
      for (const [suffix, got] of [
        ['running_mean', running.mean],
        ['running_var', running.variance],
      ] as const) {
        const values = got.dataSync();
        rows.forEach((name, row) => {
          if (!name) return;
          const want = golden.buffersAfter[`${name}.${suffix}`].data;
          add('buffers', relativeError(values.slice(row * c, (row + 1) * c), want), TOLERANCE);
        });
      }
    }
    tf.dispose([value, grads, Object.values(statistics)]);
  }
  tf.dispose([inputs, theta, weights, upstream, Object.values(running)]);
  return errors;
}
