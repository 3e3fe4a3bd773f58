// Mean cross entropy of a softmax against integer labels.
import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel, withGradient } from './withGradient.js';

export interface CrossEntropyOptions {
  /** Part of the target spread evenly over all classes, 0 to 1. Default 0. */
  smoothing?: number;
}

/**
 * loss = mean_b( log sum_c exp(logits[b,c]) - sum_c target[b,c] logits[b,c] ), target = (1-s) onehot + s/classes.
 *
 * @param logits [batch, classes]
 * @param labels int32 [batch], each from 0 to classes-1; any other makes an error or a loss that is not finite
 * @returns a scalar, differentiable in the logits. Rows are shifted by their maximum, so large logits are safe.
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  { smoothing = 0 }: CrossEntropyOptions = {},
): tf.Scalar {
  if (logits.rank !== 2 || labels.rank !== 1 || labels.shape[0] !== logits.shape[0]) {
    throw new Error(
      `cross entropy takes logits [batch, classes] and labels [batch], got [${logits.shape}] and [${labels.shape}]`,
    );
  }
  if (labels.dtype !== 'int32') throw new Error(`labels are ${labels.dtype}, expected int32`);
  return withGradient(
    { logits },
    (save) => {
      const [loss, dlogits] = lossAndGradient(logits, labels, smoothing);
      save([dlogits]);
      return loss as tf.Scalar;
    },
    (dy, [dlogits]) => ({ logits: () => tf.mul(dlogits, dy) }),
  );
}

// dlogits = (softmax(logits) - target) / batch falls out of the forward pass.
function lossAndGradient(logits: tf.Tensor2D, labels: tf.Tensor1D, smoothing: number): tf.Tensor[] {
  if (smoothing === 0 && hasKernel('SoftmaxCrossEntropy')) {
    return runKernel('SoftmaxCrossEntropy', { logits, labels });
  }
  return composedLossAndGradient(logits, labels, smoothing);
}

/** The specification, out of tfjs's own kernels: [loss, dlogits]. */
export function composedLossAndGradient(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  smoothing = 0,
): tf.Tensor[] {
  return tf.tidy(() => {
    const [batch, classes] = logits.shape;
    const onehot = tf.cast(tf.oneHot(labels, classes), 'float32');
    const target = smoothing === 0 ? onehot : tf.add(tf.mul(onehot, 1 - smoothing), smoothing / classes);
    const shifted = tf.sub(logits, tf.max(logits, 1, true));
    const exponentials = tf.exp(shifted);
    const total = tf.sum(exponentials, 1, true);
    const losses = tf.sub(tf.log(tf.squeeze(total, [1])), tf.sum(tf.mul(shifted, target), 1));
    const dlogits = tf.div(tf.sub(tf.div(exponentials, total), target), batch);
    // Divided by 1, or by 0 for a label that is no class: reading labels back to check them would stall a GPU.
    return [tf.mean(tf.div(losses, tf.sum(onehot, 1))), dlogits];
  });
}
