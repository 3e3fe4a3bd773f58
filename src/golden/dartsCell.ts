// Replays `darts_cell_*`: one DARTS search cell with its preprocessing.
import * as tf from '@tensorflow/tfjs';
import { searchCell } from '../spaces/darts/cell.js';
import type { Operation } from '../spaces/darts/operations.js';
import { EPSILON } from '../spaces/layers.js';
import { batchNormTrain } from '../tensor/batchNormTrain.js';
import { conv2d } from '../tensor/conv2d.js';
import { type CellGolden, replayCell } from './cell.js';
import type { Errors, GoldenTensor } from './file.js';
import { dartsRows } from './referenceNames.js';

interface DartsCellGolden extends CellGolden {
  /** Candidates of an edge, in the order of theta's columns. */
  ops: Operation[];
  s0: GoldenTensor;
  s1: GoldenTensor;
  gradS0: GoldenTensor;
  gradS1: GoldenTensor;
}

export function replayDartsCell(json: unknown): Errors {
  const golden = json as DartsCellGolden;
  const { k, ops: operations } = golden;
  const reduction = golden.y.shape[2] < golden.s0.shape[2];
  const names = Object.keys(golden.params);
  // Batch norm cancels some gradients almost to nothing (one channel of a factorised reduction): what is left is float32's
  // rounding of the terms, which are of the usual gradients' size.
  const largest = names.map((name) => Math.max(...golden.gradParams[name].data.map(Math.abs)));
  const noise = 2 ** -24 * largest.sort((a, b) => a - b)[Math.floor(largest.length / 2)];
  return replayCell(golden, {
    inputs: { gradS0: [golden.s0, golden.gradS0], gradS1: [golden.s1, golden.gradS1] },
    names,
    rows: dartsRows('', reduction, operations),
    noise,
    cell(inputs, theta, weights, needs) {
      const byName = Object.fromEntries(names.map((name, i) => [name, weights[i]]));
      const [s0, s1] = inputs.map((input, i) => {
        const z = conv2d(tf.relu(input) as tf.Tensor as tf.Tensor4D, byName[`preprocess${i}.op.1.weight`]);
        const { y, mean, variance } = batchNormTrain(z, { epsilon: EPSILON });
        tf.dispose([mean, variance]);
        return y;
      });
      return searchCell(s0, s1, theta, byName, { k, reduction, operations, needs });
    },
  });
}
