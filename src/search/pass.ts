// One pass of the supernet over a batch: what both updates of a step share.
import type * as tf from '@tensorflow/tfjs';
import type { BatchStatistics } from '../spaces/layers.js';
import { countCorrect } from '../tensor/accuracy.js';
import { softmaxCrossEntropy } from '../tensor/softmaxCrossEntropy.js';
import type { SearchState } from './state.js';
import type { DrawnTheta } from './theta.js';

/** Images x [B, H, W, channels] and labels y int32 [B]. */
export interface TensorBatch {
  x: tf.Tensor4D;
  y: tf.Tensor1D;
}

export interface PassResult {
  /** Cross entropy, without any penalty. */
  loss: number;
  /** Fraction of the batch that the sampled supernet gets right. */
  accuracy: number;
}

/**
 * Cross entropy of a training batch under a drawn theta, on the tape. `needs` says what will be differentiated. The supernet's
 * batch statistics go to `statistics`, for whoever blends them into the running ones; without it they are freed.
 */
export function lossOf(
  { space, net }: Pick<SearchState, 'space' | 'net'>,
  batch: TensorBatch,
  { theta, mask, keepSkipped }: DrawnTheta,
  needs: 'alpha' | 'weights' | 'all',
  statistics?: BatchStatistics[],
): { loss: tf.Scalar; logits: tf.Tensor2D } {
  const logits = space.forward(net, batch.x, theta, {
    training: true,
    mask,
    keepSkipped,
    needs,
    ...(statistics ? { onStatistics: (s: BatchStatistics) => statistics.push(s) } : {}),
  });
  return { loss: softmaxCrossEntropy(logits, batch.y), logits };
}

/** Loss and accuracy as numbers. */
export const resultOf = (loss: tf.Scalar, logits: tf.Tensor2D, { y }: TensorBatch): PassResult => ({
  loss: loss.dataSync()[0],
  accuracy: countCorrect(logits, y) / y.shape[0],
});
