// One architecture's way through a supernet: each cell with the architecture's operations alone, each of weight 1.
import * as tf from '@tensorflow/tfjs';
import { searchCell } from '../spaces/nasbench201/cell.js';
import { CONV1, CONV3, EDGE_NAMES } from '../spaces/nasbench201/operations.js';
import { cellKinds, skeletonParts } from '../spaces/nasbench201/skeleton.js';
import type { Supernet } from '../spaces/nasbench201/supernet.js';
import { type NormStatistics, oneHot } from './sameFunction.js';

export interface DiscreteForward {
  /** The first cell's input [B, H, W, C] of images. */
  stem(x: tf.Tensor4D): tf.Tensor4D;
  /** Logits [B, classes] of an architecture from what enters the cell `from`: the stem's output for cell 0. */
  logits(operations: readonly number[], h: tf.Tensor4D, from: number): tf.Tensor2D;
}

/** Both parts of the pass, by the batch's statistics or the running ones; call them in a tidy. */
export function discreteForward(net: Supernet, statistics: NormStatistics): DiscreteForward {
  const parts = skeletonParts(net, { training: statistics === 'batch' });
  const kinds = cellKinds(net.shape.cellsPerStage);
  return {
    stem: parts.stem,
    logits(operations, h, from) {
      const { theta, mask } = oneHot(operations);
      const mixing = tf.tensor2d(theta);
      const output = kinds.slice(from).reduce((input, kind, i) => {
        const name = `cells.${from + i}`;
        return kind === 'residual'
          ? parts.residual(input, name)
          : discreteCell(net, name, input, mixing, mask, statistics);
      }, h);
      return parts.head(output);
    },
  };
}

/** A cell in which only the mask's operations run. */
function discreteCell(
  net: Supernet,
  name: string,
  x: tf.Tensor4D,
  theta: tf.Tensor2D,
  mask: number[],
  statistics: NormStatistics,
): tf.Tensor4D {
  const weights = EDGE_NAMES.flatMap((edge) =>
    [CONV1, CONV3].map(
      (op) => net.parameters[`${name}.edges.${edge}.${op}.op.1.weight`] as unknown as tf.Tensor4D,
    ),
  );
  const running = {
    mean: net.buffers[`${name}.edges.running_mean`] as unknown as tf.Tensor2D,
    variance: net.buffers[`${name}.edges.running_var`] as unknown as tf.Tensor2D,
  };
  const result = searchCell(x, theta, weights, {
    k: net.shape.k,
    mask,
    ...(statistics === 'running' ? { running } : {}),
    needs: 'alpha',
    needsInput: false,
  });
  tf.dispose([result.mean, result.variance].filter((t) => t !== undefined));
  return result.y;
}
