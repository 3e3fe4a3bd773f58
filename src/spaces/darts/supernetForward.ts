// The forward pass of the DARTS supernet (DARTS-space/model_search.py:172-190).
import type * as tf from '@tensorflow/tfjs';
import { recordStatistics } from '../layers.js';
import type { SpaceForwardOptions } from '../space.js';
import { searchCell } from './cell.js';
import { weightShapes } from './edge.js';
import { tensorMachine } from './networkTensors.js';
import { preprocess, runStem } from './networkWalk.js';
import { EDGES, edgeStride, layersOf } from './operations.js';
import { type CellPlan, cellPlans, type Supernet, stemWidth } from './supernet.js';

/** Logits [B, classes] of images x [B, H, W, imageChannels] under theta [28, operations]: normal rows, then reduction rows. */
export function forward(
  net: Supernet,
  x: tf.Tensor4D,
  theta: tf.Tensor2D,
  options: SpaceForwardOptions,
): tf.Tensor2D {
  const { shape } = net;
  const machine = tensorMachine(net, options);
  let [before, last] = runStem<tf.Tensor>(machine, x, shape.stem, stemWidth(shape));
  const rows = EDGES.length;
  const columns = shape.operations.length;
  const thetas = [false, true].map((reduce) => theta.slice([reduce ? rows : 0, 0], [rows, columns]));
  // Nothing before the first cell depends on alpha; the second cell's older input does not either.
  const dependsOnAlpha = [false, false];
  for (const plan of cellPlans(shape)) {
    const { name, reduction } = plan;
    const [all0, all1] = options.needs === 'alpha' ? dependsOnAlpha : [true, true];
    const [s0, s1] = preprocess<tf.Tensor>(machine, [before, last], plan) as [tf.Tensor4D, tf.Tensor4D];
    const start = reduction ? rows * columns : 0;
    const result = searchCell(s0, s1, thetas[reduction ? 1 : 0], cellWeights(net, plan), {
      k: shape.k,
      reduction,
      operations: shape.operations,
      mask: options.mask?.slice(start, start + rows * columns),
      needs: options.needs,
      needsInputs: [all0, all1],
      running: options.training ? undefined : runningOf(net, name),
    });
    if (result.mean && result.variance) {
      const [batch, height, width] = result.y.shape;
      recordStatistics(options, {
        name: `${name}.edges`,
        mean: result.mean,
        variance: result.variance,
        count: batch * height * width,
      });
    }
    [before, last] = [last, result.y];
    dependsOnAlpha.shift();
    dependsOnAlpha.push(true);
  }
  return machine.classify(last, 'classifier', shape.classes) as tf.Tensor2D;
}

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
