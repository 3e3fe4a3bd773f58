// One pass of the supernet over a batch, forward and back: what both updates of a step share.
import * as tf from '@tensorflow/tfjs';
import type { BatchStatistics } from '../spaces/layers.js';
import { pooledStatistics } from '../spaces/pooledStatistics.js';
import { accumulatedLoss, partsOf } from '../tensor/accumulate.js';
import { countCorrect } from '../tensor/accuracy.js';
import { softmaxCrossEntropy } from '../tensor/softmaxCrossEntropy.js';
import { variableGradients } from '../tensor/variableGradients.js';
import type { Draw } from './samplers/sampler.js';
import type { SearchState } from './state.js';
import { partOf, type TensorBatch } from './tensorBatch.js';
import { type DrawnTheta, drawTheta, matricesOf } from './theta.js';

/** What will be differentiated: theta, the weights, or both. */
export type Needs = 'alpha' | 'weights' | 'all';

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
  needs: Needs,
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

export interface DifferentiatedPass extends PassResult {
  /** [B, classes], row-major. */
  logits: Float32Array;
  /** By the variables' own names; the caller disposes them. A variable that the loss does not depend on has none. */
  grads: tf.NamedTensorMap;
  /** Of a score-function sampler; see DrawnTheta. */
  score?: Float64Array;
}

/**
 * The loss under one draw of theta, differentiated in the given variables. What is read back waits until the backward pass is
 * under way, so that an accelerator need not stand still between the two.
 */
export function differentiate(
  state: SearchState,
  batch: TensorBatch,
  draw: Draw,
  needs: Needs,
  variables: tf.Variable[],
  statistics?: BatchStatistics[],
): DifferentiatedPass {
  let logits!: tf.Tensor2D;
  let score: Float64Array | undefined;
  const pass = (): tf.Scalar => {
    const drawn = drawTheta(state, draw);
    score = drawn.score;
    const result = lossOf(state, batch, drawn, needs, statistics);
    logits = tf.keep(result.logits);
    if (!drawn.keepSkipped) return result.loss;
    // Cells whose paths all end in `none` do not use theta at all; the loss is then constant in it, which is no error.
    const sums = matricesOf(drawn.theta).map((theta) => tf.sum<tf.Scalar>(theta));
    return tf.add<tf.Scalar>(result.loss, tf.mul(tf.addN(sums), 0));
  };
  const { value, grads } = variables.length
    ? variableGradients(pass, variables)
    : { value: tf.tidy(pass), grads: {} };
  const result = {
    loss: value.dataSync()[0],
    accuracy: countCorrect(logits, batch.y) / batch.y.shape[0],
    logits: Float32Array.from(logits.dataSync()),
  };
  tf.dispose([value, logits]);
  return { ...result, grads, score };
}
