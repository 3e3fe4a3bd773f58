// One pass of the supernet over a batch: what both updates of a step share.
import * as tf from '@tensorflow/tfjs';
import type { BatchStatistics } from '../spaces/layers.js';
import { pooledStatistics } from '../spaces/pooledStatistics.js';
import { accumulatedLoss, partsOf } from '../tensor/accumulate.js';
import { countCorrect } from '../tensor/accuracy.js';
import { softmaxCrossEntropy } from '../tensor/softmaxCrossEntropy.js';
import { partOf } from './parts.js';
import type { SearchState } from './state.js';
import { type DrawnTheta, matricesOf } from './theta.js';

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
 * Where the state says so, the batch is computed in parts under the one theta. Each part is normalised by its own statistics (ghost
 * batches, Hoffer et al. 2017), so loss and gradients are the mean over smaller batches, not those of the whole; `statistics`
 * are the whole's.
 */
export function lossOf(
  { space, net, memory }: Pick<SearchState, 'space' | 'net'> & Partial<Pick<SearchState, 'memory'>>,
  batch: TensorBatch,
  { theta, mask, keepSkipped }: DrawnTheta,
  needs: 'alpha' | 'weights' | 'all',
  statistics?: BatchStatistics[],
): { loss: tf.Scalar; logits: tf.Tensor2D } {
  const { microBatch = 0, recompute = false } = memory ?? {};
  const whole = ({ x, y }: TensorBatch, own?: BatchStatistics[]) => {
    const logits = space.forward(net, x, theta, {
      training: true,
      mask,
      keepSkipped,
      needs,
      ...(recompute ? { recompute } : {}),
      ...(own ? { onStatistics: (s: BatchStatistics) => own.push(s) } : {}),
    });
    return { loss: softmaxCrossEntropy(logits, y), logits };
  };
  const images = batch.y.shape[0];
  if (microBatch === 0 || microBatch >= images) return whole(batch, statistics);

  const ofParts: BatchStatistics[][] = [];
  const logits: tf.Tensor2D[] = [];
  const parts = partsOf(images, microBatch).map(([begin, end]) => ({
    share: (end - begin) / images,
    loss: () => {
      const own: BatchStatistics[] | undefined = statistics && [];
      if (own) ofParts.push(own);
      const pass = whole(partOf(batch, begin, end), own);
      logits.push(tf.keep(pass.logits.clone())); // outlives the part
      return pass.loss;
    },
  }));
  const xs = [
    ...(needs === 'weights' ? [] : matricesOf(theta)),
    ...(needs === 'alpha' ? [] : Object.values(net.parameters)),
  ];
  const loss = accumulatedLoss(parts, xs);
  const all = tf.concat(logits);
  tf.dispose(logits);
  statistics?.push(...pooledStatistics(ofParts));
  return { loss, logits: all };
}

/** Loss and accuracy as numbers. */
export const resultOf = (loss: tf.Scalar, logits: tf.Tensor2D, { y }: TensorBatch): PassResult => ({
  loss: loss.dataSync()[0],
  accuracy: countCorrect(logits, y) / y.shape[0],
});
