// Replays `nb201_cell_*`: one search cell forward and backward, in each of the modes the search uses.
import * as tf from '@tensorflow/tfjs';
import { type CellOptions, searchCell } from '../spaces/nasbench201/cell.js';
import { CONV1, CONV3, EDGE_NAMES } from '../spaces/nasbench201/operations.js';
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
  k: number;
  x: GoldenTensor;
  theta: GoldenTensor;
  params: Record<string, GoldenTensor>;
  buffersBefore: Record<string, GoldenTensor>;
  y: GoldenTensor;
  upstream: GoldenTensor;
  gradX: GoldenTensor;
  gradTheta: GoldenTensor;
  gradParams: Record<string, GoldenTensor>;
  buffersAfter: Record<string, GoldenTensor>;
}

const TOLERANCE = 1e-4;
/** `1<-0.2.op` and so on, in the row order of a cell's statistics. */
const ROWS = EDGE_NAMES.flatMap((edge) => [CONV1, CONV3].map((op) => `edges.${edge}.${op}.op`));

export function replayNb201Cell(json: unknown): Errors {
  const golden = json as CellGolden;
  const { errors, add } = collectErrors();
  const x = fromTorch(golden.x, 'activation') as tf.Tensor4D;
  const upstream = fromTorch(golden.upstream, 'activation') as tf.Tensor4D;
  const theta = tf.tensor2d(golden.theta.data, golden.theta.shape as [number, number]);
  const weights = ROWS.map(
    (name) => fromTorch(golden.params[`${name}.1.weight`], 'parameter') as tf.Tensor4D,
  );
  const c = x.shape[3] / golden.k;
  const buffer = (suffix: string) => {
    const rows = ROWS.flatMap((name) => golden.buffersBefore[`${name}.2.${suffix}`].data);
    return tf.tidy(() => tf.variable(tf.tensor2d(rows, [12, c]), false));
  };
  const running = { mean: buffer('running_mean'), variance: buffer('running_var') };

  // 'all' gives everything at once; the two passes of a search compute a part of it and must agree.
  for (const needs of ['all', 'alpha', 'weights'] as const) {
    const options: CellOptions = { k: golden.k, needs };
    const sources = [x, ...(needs === 'weights' ? [] : [theta]), ...(needs === 'alpha' ? [] : weights)];
    let statistics: { mean?: tf.Tensor2D; variance?: tf.Tensor2D } = {};
    const run = tf.valueAndGrads((...inputs: tf.Tensor[]) => {
      const rest = inputs.slice(1);
      const thetaInput = (needs === 'weights' ? theta : rest.shift()) as tf.Tensor2D;
      const weightInputs = (needs === 'alpha' ? weights : rest) as tf.Tensor4D[];
      const { y, ...side } = searchCell(inputs[0] as tf.Tensor4D, thetaInput, weightInputs, options);
      statistics = side;
      return y;
    });
    const { value, grads } = run(sources, upstream);
    add('y', tensorError(value, golden.y, 'activation'), TOLERANCE);
    add('gradX', tensorError(grads[0], golden.gradX, 'activation'), TOLERANCE);
    if (needs !== 'weights')
      add('gradTheta', relativeError(grads[1].dataSync(), golden.gradTheta.data), TOLERANCE);
    if (needs !== 'alpha') {
      const offset = needs === 'all' ? 2 : 1;
      ROWS.forEach((name, row) => {
        add(
          'gradParams',
          tensorError(grads[offset + row], golden.gradParams[`${name}.1.weight`], 'parameter'),
          TOLERANCE,
        );
      });
    }
    if (needs === 'all') {
      updateRunningStatistics(
        running,
        { mean: statistics.mean!, variance: statistics.variance! },
        x.size / x.shape[3],
      );
      for (const [suffix, variable] of [
        ['running_mean', running.mean],
        ['running_var', running.variance],
      ] as const) {
        const rows = variable.arraySync() as number[][];
        ROWS.forEach((name, row) => {
          add(
            `buffers.${suffix}`,
            relativeError(rows[row], golden.buffersAfter[`${name}.2.${suffix}`].data),
            TOLERANCE,
          );
        });
      }
    }
    tf.dispose([value, grads, statistics.mean!, statistics.variance!]);
  }
  tf.dispose([x, upstream, theta, weights, running.mean, running.variance]);
  return errors;
}
