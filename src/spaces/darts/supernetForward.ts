// The forward pass of the DARTS supernet (DARTS-space/model_search.py:172-190).
import * as tf from '@tensorflow/tfjs';
import { conv2d } from '../../tensor/conv2d.js';
import { globalAveragePool } from '../../tensor/globalAveragePool.js';
import { linear } from '../../tensor/linear.js';
import { separableNorm } from '../../tensor/separable.js';
import { batchNorm, EPSILON, recordStatistics } from '../layers.js';
import type { SpaceForwardOptions } from '../space.js';
import { searchCell } from './cell.js';
import { factorizedReduce, weightShapes } from './edge.js';
import { EDGES, edgeStride, layersOf } from './operations.js';
import { type CellPlan, cellPlans, type Supernet } from './supernet.js';

/** Logits [B, classes] of images x [B, H, W, imageChannels] under theta [28, operations]: normal rows, then reduction rows. */
export function forward(
  net: Supernet,
  x: tf.Tensor4D,
  theta: tf.Tensor2D,
  options: SpaceForwardOptions,
): tf.Tensor2D {
  const { parameters, shape } = net;
  const weight = (name: string) => parameters[`${name}.weight`] as tf.Tensor4D;
  const norm = (z: tf.Tensor4D, name: string) => batchNorm(net, z, name, options);
  const reluConvNorm = (input: tf.Tensor4D, name: string) => {
    const pointwise = weight(`${name}.op.1`);
    if (!options.training) return norm(conv2d(tf.relu(input), pointwise), `${name}.op.2`);
    const needs = options.needs === 'alpha' ? 'input' : 'all';
    const { y, statistics } = separableNorm(input, [{ pointwise }], { epsilon: EPSILON, needs });
    recordStatistics(options, { name: `${name}.op.2`, ...statistics[0] });
    return y;
  };
  const halved = (input: tf.Tensor4D, name: string) =>
    norm(factorizedReduce(tf.relu(input), weight(`${name}.conv_1`), weight(`${name}.conv_2`)), `${name}.bn`);

  let [before, last] = runStem(net, x, options);
  const rows = EDGES.length;
  const columns = shape.operations.length;
  const thetas = [false, true].map((reduce) => theta.slice([reduce ? rows : 0, 0], [rows, columns]));
  // Nothing before the first cell depends on alpha; the second cell's older input does not either.
  const dependsOnAlpha = [false, false];
  for (const plan of cellPlans(shape)) {
    const { name, reduction, afterReduction } = plan;
    const [all0, all1] = options.needs === 'alpha' ? dependsOnAlpha : [true, true];
    const s0 = afterReduction
      ? halved(before, `${name}.preprocess0`)
      : reluConvNorm(before, `${name}.preprocess0`);
    const s1 = reluConvNorm(last, `${name}.preprocess1`);
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
  const classifier = parameters['classifier.weight'] as tf.Tensor as tf.Tensor2D;
  return linear(
    globalAveragePool(last),
    classifier,
    parameters['classifier.bias'] as tf.Tensor as tf.Tensor1D,
  );
}

/** The two images that the first cell takes. */
function runStem(net: Supernet, x: tf.Tensor4D, options: SpaceForwardOptions): [tf.Tensor4D, tf.Tensor4D] {
  const convolution = (input: tf.Tensor4D, name: string, stride: number) =>
    conv2d(input, net.parameters[`${name}.weight`] as tf.Tensor4D, { stride });
  const norm = (z: tf.Tensor4D, name: string) => batchNorm(net, z, name, options);
  if (net.shape.stem === 'cifar') {
    const s = norm(convolution(x, 'stem.0', 1), 'stem.1');
    return [s, s];
  }
  const a = norm(convolution(x, 'stem0.0', 2), 'stem0.1');
  const b = norm(convolution(tf.relu(a), 'stem0.3', 2), 'stem0.4');
  const c = norm(convolution(tf.relu(b), 'stem1.1', 2), 'stem1.2');
  return [b, c];
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
