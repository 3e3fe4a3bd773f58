// The forward pass of the DARTS supernet (DARTS-space/model_search.py:172-190).
import * as tf from '@tensorflow/tfjs';
import { recomputed, sorted } from '../../tensor/recompute.js';
import { recordStatistics, secondTime } from '../layers.js';
import {
  cellShare,
  type OperationMask,
  type RowRange,
  type SpaceForwardOptions,
  type Theta,
} from '../space.js';
import { searchCell } from './cell.js';
import { EDGE_NORMS, weightShapes } from './edge.js';
import { tensorMachine } from './networkTensors.js';
import { preprocess, runStem } from './networkWalk.js';
import { EDGES, edgeStride, layersOf } from './operations.js';
import { type CellPlan, cellPlans, type Supernet, stemWidth } from './supernet.js';

/** A cell uses the fourteen rows of its kind. */
export const cellRows = ({ shape }: Supernet): RowRange[] =>
  cellPlans(shape).map(({ reduction }) => ({ start: reduction ? EDGES.length : 0, count: EDGES.length }));

/**
 * Logits [B, classes] of images x [B, H, W, imageChannels] under theta [28, operations], normal rows, then reduction rows; or
 * under one theta [14, operations] a cell.
 */
export function forward(
  net: Supernet,
  x: tf.Tensor4D,
  theta: Theta,
  options: SpaceForwardOptions,
): tf.Tensor2D {
  const { shape } = net;
  const machine = tensorMachine(net, options);
  let [before, last] = runStem<tf.Tensor>(machine, x, shape.stem, stemWidth(shape));
  const rows = EDGES.length;
  const columns = shape.operations.length;
  const ranges = cellRows(net);
  const ofKinds = Array.isArray(theta)
    ? undefined
    : [0, rows].map((start) => (theta as tf.Tensor2D).slice([start, 0], [rows, columns]));
  const thetas = ofKinds ? ranges.map(({ start }) => ofKinds[start / rows]) : theta;
  // Nothing before the first cell depends on alpha; the second cell's older input does not either.
  const dependsOnAlpha = [false, false];
  cellPlans(shape).forEach((plan, cell) => {
    const { name, reduction } = plan;
    const [all0, all1] = options.needs === 'alpha' ? dependsOnAlpha : [true, true];
    const own = cellShare(cell, ranges, thetas, options.mask);
    const compute = (inputs: [tf.Tensor, tf.Tensor], mixing: tf.Tensor2D, pass: SpaceForwardOptions) => {
      const [s0, s1] = preprocess<tf.Tensor>(tensorMachine(net, pass), inputs, plan) as [
        tf.Tensor4D,
        tf.Tensor4D,
      ];
      const result = searchCell(s0, s1, mixing, cellWeights(net, plan), {
        k: shape.k,
        reduction,
        operations: shape.operations,
        mask: own.mask,
        needs: options.needs,
        needsInputs: [all0, all1],
        running: options.training ? undefined : runningOf(net, name),
      });
      if (result.mean && result.variance) {
        const [batch, height, width] = result.y.shape;
        recordStatistics(pass, {
          name: `${name}.edges`,
          mean: result.mean,
          variance: result.variance,
          count: batch * height * width,
          ...(options.keepSkipped && own.mask
            ? { rows: statisticsRows(own.mask, shape.operations, reduction) }
            : {}),
        });
      }
      return result.y as tf.Tensor;
    };
    let y: tf.Tensor;
    if (options.recompute) {
      // In the order in which a cell that is not recomputed hands its gradients over.
      const read = { theta: own.theta as tf.Tensor, last, before };
      const differentiated = { theta: options.needs !== 'weights', last: all1, before: all0 };
      const weights = options.needs === 'alpha' ? [] : weightsBelow(net, name);
      y = recomputed({ ...sorted(read, differentiated), weights }, (tensors, again) =>
        compute(
          [tensors.before, tensors.last],
          tensors.theta as tf.Tensor2D,
          again ? secondTime(options) : options,
        ),
      );
    } else {
      const inputs: [tf.Tensor, tf.Tensor] = [before, last];
      y = tf.tidy(() => compute(inputs, own.theta, options));
    }
    [before, last] = [last, y];
    dependsOnAlpha.shift();
    dependsOnAlpha.push(true);
  });
  return machine.classify(last, 'classifier', shape.classes) as tf.Tensor2D;
}

/** Which packed rows of a cell's statistics belong to operations that a mask keeps. */
const statisticsRows = (
  mask: OperationMask,
  operations: Supernet['shape']['operations'],
  reduction: boolean,
): boolean[] =>
  EDGES.flatMap(({ source }, edge) =>
    EDGE_NORMS.map(({ operation }) => {
      // At stride 1 a skip is the identity and has no batch norm.
      if (operation === 'skip_connect' && edgeStride(source, reduction) === 1) return false;
      const column = operations.indexOf(operation);
      return column >= 0 && mask[edge * operations.length + column] !== 0;
    }),
  );

/** All weights of a cell, those of its preprocessing among them. */
const weightsBelow = ({ parameters }: Supernet, cell: string): tf.Tensor[] =>
  Object.entries(parameters).flatMap(([name, weight]) => (name.startsWith(`${cell}.`) ? [weight] : []));

/** The weights of a cell's edges by their names below the cell; pruned ones are not there any more. */
function cellWeights(
  { parameters, shape }: Supernet,
  { name, channels, reduction }: CellPlan,
): Record<string, tf.Tensor4D> {
  const weights: Record<string, tf.Tensor4D> = {};
  EDGES.forEach(({ source }, edge) => {
    shape.operations.forEach((operation, column) => {
      const layers = layersOf(operation, edgeStride(source, reduction));
      for (const { name: below } of weightShapes(layers, channels / shape.k)) {
        const key = `_ops.${edge}._ops.${column}.${below}.weight`;
        const weight = parameters[`${name}.${key}`];
        if (weight) weights[key] = weight as tf.Tensor as tf.Tensor4D;
      }
    });
  });
  return weights;
}

const runningOf = ({ buffers }: Supernet, name: string) => ({
  mean: buffers[`${name}.edges.running_mean`] as tf.Tensor as tf.Tensor2D,
  variance: buffers[`${name}.edges.running_var`] as tf.Tensor as tf.Tensor2D,
});
