// Running mean and variance of batch normalisation, as PyTorch keeps them.
import * as tf from '@tensorflow/tfjs';

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
  if (!(count >= 2)) throw new Error(`a running variance needs at least 2 values per channel, got ${count}`);
  tf.tidy(() => {
    const move = (variable: tf.Variable, value: tf.Tensor, factor: number) =>
      variable.assign(tf.add(tf.mul(variable, 1 - momentum), tf.mul(value, momentum * factor)));
    move(running.mean, batch.mean, 1);
    move(running.variance, batch.variance, count / (count - 1));
  });
}
