// The DARTS search cell: every edge a mixture of all operations (DARTS-space/model_search.py:22-110).
import * as tf from '@tensorflow/tfjs';
import { batchNormEval } from '../../tensor/batchNormEval.js';
import { batchNormTrain } from '../../tensor/batchNormTrain.js';
import { channelShuffle } from '../../tensor/channelShuffle.js';
import { maxPool2d } from '../../tensor/maxPool2d.js';
import { splitChannels } from '../../tensor/splitChannels.js';
import { hasKernel } from '../../tensor/withGradient.js';
import { EPSILON } from '../layers.js';
import { EDGE_NORMS, normRow } from './edge.js';
import { type CellOptions, type CellResult, canFuse, fusedCell } from './fusedCell.js';
import { type LayerMachine, runOperation } from './layerMachine.js';
import { tensorMachine } from './networkTensors.js';
import { EDGES, edgeStride, NODES } from './operations.js';

export type { CellOptions, CellResult } from './fusedCell.js';

/** Rows of a cell's packed batch-norm statistics. */
export const STATISTICS_ROWS = EDGES.length * EDGE_NORMS.length;

/**
 * One search cell. s0, s1 [B, H, W, C]: the preprocessed outputs of the two cells before; theta [14, operations]; weights by
 * their names below the cell (`_ops.EDGE._ops.OPERATION.op.1.weight`), those of pruned operations may lack. y [B, H', W', 4C].
 * Uses the fused kernel where the backend has one, else the composition. Batch statistics are side outputs: kept, not
 * differentiated, disposed by the caller.
 */
export function searchCell(
  s0: tf.Tensor4D,
  s1: tf.Tensor4D,
  theta: tf.Tensor2D,
  weights: Record<string, tf.Tensor4D>,
  options: CellOptions,
): CellResult {
  const cell = hasKernel('DartsCell') && canFuse(options.operations) ? fusedCell : composedCell;
  return cell(s0, s1, theta, weights, options);
}

/** The specification: each node the sum over its edges of the mixtures, operation by operation. */
export function composedCell(
  s0: tf.Tensor4D,
  s1: tf.Tensor4D,
  theta: tf.Tensor2D,
  weights: Record<string, tf.Tensor4D>,
  options: CellOptions,
): CellResult {
  const { k, reduction, operations, mask, running } = options;
  // Its gradient is added up in the cell first, so that a recomputed cell comes to the same bits.
  const own = theta.clone();
  const c = s0.shape[3] / k;
  const means: tf.Tensor1D[] = [];
  const variances: tf.Tensor1D[] = [];

  const norm = (z: tf.Tensor4D, row: number): tf.Tensor4D => {
    if (running) {
      const statistics = (t: tf.Tensor2D) => t.slice([row, 0], [1, -1]).reshape([-1]) as tf.Tensor1D;
      const [mean, variance] = [statistics(running.mean), statistics(running.variance)];
      return batchNormEval(z, { mean, variance, epsilon: EPSILON });
    }
    const { y, mean, variance } = batchNormTrain(z, { epsilon: EPSILON });
    means[row] = mean;
    variances[row] = variance;
    return y;
  };

  const layerByLayer: LayerMachine<tf.Tensor> = {
    ...tensorMachine({ parameters: weights, buffers: {} }, { training: !running }),
    separable: undefined,
  };
  const mixture = (input: tf.Tensor4D, edge: number): tf.Tensor4D => {
    const stride = edgeStride(EDGES[edge].source, reduction);
    const [active, bypass] = k > 1 ? splitChannels(input, k) : [input, undefined];
    const rectified = tf.relu(active);
    const terms = operations.flatMap((operation, column): tf.Tensor4D[] => {
      if (operation === 'none' || mask?.[edge * operations.length + column] === 0) return [];
      const name = `_ops.${edge}._ops.${column}`;
      const machine: LayerMachine<tf.Tensor> = {
        ...layerByLayer,
        relu: (z) => (z === active ? rectified : tf.relu(z)),
        batchNorm: (z, at) => norm(z as tf.Tensor4D, normRow(edge, operation, at.slice(name.length + 1))),
      };
      const options = { name, channels: c, stride, poolNorm: true };
      const branch = runOperation<tf.Tensor>(machine, active, operation, options) as tf.Tensor4D;
      return [tf.mul(branch, own.slice([edge, column], [1, 1]).reshape([]))];
    });
    const [batch, height, width] = active.shape;
    const mixed = terms.length
      ? tf.addN(terms)
      : (tf.zeros([batch, height / stride, width / stride, c]) as tf.Tensor4D);
    if (!bypass) return mixed;
    const passed = stride === 2 ? maxPool2d(bypass, { size: 2, stride: 2, pad: 0 }) : bypass;
    return channelShuffle(tf.concat([mixed, passed], 3), k);
  };

  const nodes = [s0, s1];
  for (let node = 0; node < NODES; node++) {
    const incoming = EDGES.flatMap((edge, e) => (edge.node === node ? [mixture(nodes[edge.source], e)] : []));
    nodes.push(tf.addN(incoming));
  }
  const y = tf.concat(nodes.slice(2), 3) as tf.Tensor4D;
  if (running) return { y };
  const packed = (values: tf.Tensor1D[], absent: number) => {
    const row = (r: number) => values[r] ?? tf.fill([c], absent);
    const table = tf.tidy(() => tf.keep(tf.stack(Array.from({ length: STATISTICS_ROWS }, (_, r) => row(r)))));
    tf.dispose(values);
    return table as tf.Tensor2D;
  };
  return { y, mean: packed(means, 0), variance: packed(variances, 1) };
}
