// The NAS-Bench-201 search cell: every edge a mixture of all operations (201-space/search_cells.py).
import * as tf from '@tensorflow/tfjs';
import { avgPool2d } from '../../tensor/avgPool2d.js';
import { batchNormEval } from '../../tensor/batchNormEval.js';
import { batchNormTrain } from '../../tensor/batchNormTrain.js';
import { channelShuffle } from '../../tensor/channelShuffle.js';
import { conv2d } from '../../tensor/conv2d.js';
import { splitChannels } from '../../tensor/splitChannels.js';
import { gradientsTogether, hasKernel, runKernel, withGradient } from '../../tensor/withGradient.js';
import { EPSILON } from '../layers.js';
import type { OperationMask } from '../space.js';
import { CONV1, CONV3, EDGES, edgeIndex, OPERATIONS, POOL, SKIP } from './operations.js';

export interface CellOptions {
  /** One k-th of the channels goes through the operations, the others bypass them. */
  k: number;
  mask?: OperationMask;
  /** Running mean and variance [12, C/k] to use instead of the batch's: evaluation mode. */
  running?: { mean: tf.Tensor2D; variance: tf.Tensor2D };
  /** What a fused backward pass should compute; the composition follows the tape and ignores it. */
  needs?: 'alpha' | 'weights' | 'all';
  /** False where nothing upstream of the cell is differentiated. */
  needsInput?: boolean;
}

/** y [B, H, W, C]; mean and (biased) variance [12, C/k] of the batch, row 2e for the 1x1 and 2e+1 for the 3x3 of edge e. */
export interface CellResult {
  y: tf.Tensor4D;
  mean?: tf.Tensor2D;
  variance?: tf.Tensor2D;
}

/** Which rows of the statistics and which weights belong to edge e: [1x1, 3x3]. */
const rows = (edge: number): [number, number] => [2 * edge, 2 * edge + 1];

/**
 * One search cell. x [B, H, W, C]; theta [6, 5]; weights: per edge the 1x1 kernel [1, 1, c, c] and the 3x3 kernel
 * [3, 3, c, c] with c = C/k, edge by edge; those of operations that the mask removes may be undefined.
 * Uses the fused kernel where the backend has one, else the composition.
 * Batch statistics are side outputs: kept, not differentiated, disposed by the caller.
 */
export function searchCell(
  x: tf.Tensor4D,
  theta: tf.Tensor2D,
  weights: (tf.Tensor4D | undefined)[],
  options: CellOptions,
): CellResult {
  return hasKernel('Nb201Cell')
    ? fusedCell(x, theta, weights, options)
    : composedCell(x, theta, weights, options);
}

/** The specification: the sum over edges of the mixtures, op by op. */
export function composedCell(
  x: tf.Tensor4D,
  theta: tf.Tensor2D,
  weights: (tf.Tensor4D | undefined)[],
  options: CellOptions,
): CellResult {
  const { k, mask, running } = options;
  // Its gradient is added up in the cell first, so that a recomputed cell comes to the same bits.
  const own = theta.clone();
  const kept = (edge: number, operation: number) => mask?.[edge * 5 + operation] !== 0;
  const means: tf.Tensor1D[] = [];
  const variances: tf.Tensor1D[] = [];

  const reluConvNorm = (input: tf.Tensor4D, row: number): tf.Tensor4D => {
    const weight = weights[row];
    if (!weight) throw missingWeight(row);
    const z = conv2d(tf.relu(input), weight);
    if (running) {
      const statistics = (t: tf.Tensor2D) => t.slice([row, 0], [1, -1]).reshape([-1]) as tf.Tensor1D;
      return batchNormEval(z, {
        mean: statistics(running.mean),
        variance: statistics(running.variance),
        epsilon: EPSILON,
      });
    }
    const normed = batchNormTrain(z, { epsilon: EPSILON });
    means[row] = normed.mean;
    variances[row] = normed.variance;
    return normed.y;
  };

  const mixture = (input: tf.Tensor4D, edge: number): tf.Tensor4D => {
    const [active, bypass] = k > 1 ? splitChannels(input, k) : [input, undefined];
    const weighted = (operation: number, branch: () => tf.Tensor4D): tf.Tensor4D[] =>
      kept(edge, operation) ? [tf.mul(branch(), own.slice([edge, operation], [1, 1]).reshape([]))] : [];
    const terms = [
      ...weighted(SKIP, () => active),
      ...weighted(CONV1, () => reluConvNorm(active, rows(edge)[0])),
      ...weighted(CONV3, () => reluConvNorm(active, rows(edge)[1])),
      ...weighted(POOL, () => avgPool2d(active, { size: 3, stride: 1, pad: 1 })),
    ];
    const mixed = terms.length ? tf.addN(terms) : tf.zerosLike(active);
    return bypass ? channelShuffle(tf.concat([mixed, bypass], 3), k) : mixed;
  };

  const nodes = [x];
  for (const target of [1, 2, 3]) {
    nodes.push(tf.addN(nodes.map((node, source) => mixture(node, edgeIndex(target, source)))));
  }
  if (running) return { y: nodes[3] };
  const c = x.shape[3] / k;
  const packed = (values: tf.Tensor1D[], pruned: number) => {
    const table = tf.tidy(() =>
      tf.keep(tf.stack(Array.from({ length: 12 }, (_, r) => values[r] ?? tf.fill([c], pruned)))),
    ) as tf.Tensor2D;
    tf.dispose(values);
    return table;
  };
  return { y: nodes[3], mean: packed(means, 0), variance: packed(variances, 1) };
}

/** The same function by the backend's fused kernels; see the algebra in native/nb201_cell_forward.cpp. */
function fusedCell(
  x: tf.Tensor4D,
  theta: tf.Tensor2D,
  weights: (tf.Tensor4D | undefined)[],
  options: CellOptions,
): CellResult {
  const { k, running, needs = 'all', needsInput = true } = options;
  const attributes = { k, mask: options.mask ?? new Array(EDGES.length * 5).fill(1), epsilon: EPSILON };
  const weightInputs: Record<string, tf.Tensor> = {};
  weights.forEach((w, row) => {
    if (w) weightInputs[weightName(row)] = w;
    else if (attributes.mask[maskIndex(row)]) throw missingWeight(row);
  });
  const inputs: Record<string, tf.Tensor> = { x, theta, ...weightInputs };
  if (running) return { y: runKernel('Nb201Cell', { ...inputs, ...running }, attributes)[0] as tf.Tensor4D };

  // Only what this pass differentiates goes on the tape; a pruned operation's weights never do.
  const differentiated: Record<string, tf.Tensor> = {};
  if (needsInput) differentiated.x = x;
  if (needs !== 'weights') differentiated.theta = theta;
  if (needs !== 'alpha') {
    weights.forEach((w, row) => {
      if (w && attributes.mask[maskIndex(row)]) differentiated[weightName(row)] = w;
    });
  }
  let mean!: tf.Tensor2D;
  let variance!: tf.Tensor2D;
  const y = withGradient<string, tf.Tensor4D>(
    differentiated,
    (save) => {
      const [output, batchMean, batchVariance, ...saved] = runKernel('Nb201Cell', inputs, attributes);
      mean = tf.keep(batchMean) as tf.Tensor2D;
      variance = tf.keep(batchVariance) as tf.Tensor2D;
      // What backward reads must be saved, for tfjs frees intermediate results when the forward pass ends;
      // the weights are variables and live on.
      save([x, theta, mean, variance, ...saved]);
      return output as tf.Tensor4D;
    },
    (dy, [savedX, savedTheta, savedMean, savedVariance, ...saved]) => {
      const savedInputs = Object.fromEntries(saved.map((t, i) => [`saved_${i}`, t]));
      const backwardInputs = {
        ...inputs,
        dy,
        x: savedX,
        theta: savedTheta,
        mean: savedMean,
        variance: savedVariance,
      };
      return gradientsTogether(Object.keys(differentiated), () => {
        const outputs = runKernel(
          'Nb201CellGrad',
          { ...backwardInputs, ...savedInputs },
          { ...attributes, needs, needsX: needsInput },
        );
        const names = [
          ...(needsInput ? ['x'] : []),
          ...(needs === 'weights' ? [] : ['theta']),
          ...(needs === 'alpha' ? [] : ORDERED_WEIGHTS.filter((name) => weightInputs[name])),
        ];
        return Object.fromEntries(names.map((name, i) => [name, outputs[i]]));
      });
    },
  );
  return { y, mean, variance };
}

const missingWeight = (row: number) =>
  new Error(
    `a search cell has no weight for the ${row % 2 ? '3x3' : '1x1'} convolution of edge ${Math.floor(row / 2)}, which the mask keeps`,
  );

/** Kernel input name of a weight row: w1_e for the 1x1 and w3_e for the 3x3 of edge e. */
const weightName = (row: number) => `${row % 2 ? 'w3' : 'w1'}_${Math.floor(row / 2)}`;
const ORDERED_WEIGHTS = [...EDGES.map((_, e) => `w1_${e}`), ...EDGES.map((_, e) => `w3_${e}`)];
/** Which rows of the statistics belong to operations that a mask keeps. */
export const statisticsRows = (mask: OperationMask): boolean[] =>
  Array.from({ length: 2 * EDGES.length }, (_, row) => mask[maskIndex(row)] !== 0);

/** Entry of the mask that keeps or removes the operation of a weight row. */
const maskIndex = (row: number) => Math.floor(row / 2) * OPERATIONS.length + (row % 2 ? CONV3 : CONV1);
