// Running mean and variance of batch normalisation, as PyTorch keeps them.
import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel } from './withGradient.js';

export interface StatisticsUpdate {
  running: { mean: tf.Variable; variance: tf.Variable };
  /** What `batchNormTrain` returned. */
  batch: { mean: tf.Tensor; variance: tf.Tensor };
  /** Values per channel: batch * height * width, at least 2. */
  count: number;
}

/**
 * running = (1 - momentum) * running + momentum * batch, in place. The batch's biased variance is made
 * unbiased first (times count/(count-1)), which is what PyTorch stores although it normalises by the biased one.
 *
 * @param running variables [channels]
 * @param batch what `batchNormTrain` returned; not disposed here
 * @param count values per channel: batch * height * width, at least 2
 * @param momentum weight of the new batch, default 0.1
 */
export function updateRunningStatistics(
  running: { mean: tf.Variable; variance: tf.Variable },
  batch: { mean: tf.Tensor; variance: tf.Tensor },
  count: number,
  momentum = 0.1,
): void {
  checkCount(count);
  tf.tidy(() => {
    const move = (variable: tf.Variable, value: tf.Tensor, factor: number) =>
      variable.assign(tf.add(tf.mul(variable, 1 - momentum), tf.mul(value, momentum * factor)));
    move(running.mean, batch.mean, 1);
    move(running.variance, batch.variance, count / (count - 1));
  });
}

/**
 * updateRunningStatistics of many batch norms, in order: the same numbers to the bit, in one call where the backend has it.
 * The batches' statistics are not disposed here.
 */
export function updateAllRunningStatistics(updates: readonly StatisticsUpdate[], momentum = 0.1): void {
  if (updates.length === 0) return;
  if (!hasKernel('RunningStatistics')) {
    for (const { running, batch, count } of updates) updateRunningStatistics(running, batch, count, momentum);
    return;
  }
  const inputs: Record<string, tf.Tensor> = {};
  updates.forEach(({ running, batch, count }, i) => {
    checkCount(count);
    inputs[`runningMean_${i}`] = running.mean;
    inputs[`runningVariance_${i}`] = running.variance;
    inputs[`mean_${i}`] = batch.mean;
    inputs[`variance_${i}`] = batch.variance;
  });
  runKernel('RunningStatistics', inputs, { counts: updates.map(({ count }) => count), momentum });
}

function checkCount(count: number): void {
  if (!(count >= 2)) throw new Error(`a running variance needs at least 2 values per channel, got ${count}`);
}
