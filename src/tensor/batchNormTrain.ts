// Training batch normalisation: normalises by the batch's own statistics and differentiates through them.
import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel, withGradient } from './withGradient.js';

export interface BatchNormTrainOptions {
  /** Per-channel factor [channels]; absent in the cells of a search (affine = false). */
  scale?: tf.Tensor1D;
  /** Per-channel shift [channels]; may be given without a scale. */
  offset?: tf.Tensor1D;
  /** Added to the variance before the root. Default 1e-5, as PyTorch. */
  epsilon?: number;
}

export interface BatchNormTrainResult {
  y: tf.Tensor4D;
  /** Mean of the batch per channel [channels]. */
  mean: tf.Tensor1D;
  /** Biased variance (divided by the count) of the batch per channel [channels]. */
  variance: tf.Tensor1D;
}

/**
 * y = (x - mean) / sqrt(variance + epsilon) * scale + offset over batch, rows and columns of x [B,H,W,C].
 *
 * y is differentiable in x, scale and offset. `mean` and `variance` are by-products for the running statistics:
 * they are not on the gradient tape (nothing flows back through them), and they are kept, i.e. they
 * survive the enclosing `tf.tidy` and gradient functions, so **the caller disposes them**.
 *
 * @throws where a channel has only one value: its variance would be 0 and y constant (PyTorch refuses too).
 */
export function batchNormTrain(x: tf.Tensor4D, options: BatchNormTrainOptions = {}): BatchNormTrainResult {
  const { scale, offset, epsilon = 1e-5 } = options;
  const channels = x.shape[3];
  checkCount(x.shape);
  for (const [name, tensor] of Object.entries({ scale, offset })) {
    if (tensor && tensor.size !== channels) {
      throw new Error(`batch norm's ${name} has shape [${tensor.shape}], expected [${channels}]`);
    }
  }
  let statistics: { mean: tf.Tensor1D; variance: tf.Tensor1D } | undefined;
  const y = withGradient<string, tf.Tensor4D>(
    { x, ...(scale && { scale }), ...(offset && { offset }) },
    (save) => {
      const result = forward(x, scale, offset, epsilon);
      statistics = { mean: tf.keep(result.mean), variance: tf.keep(result.variance) };
      save([x, result.mean, result.variance, ...(scale ? [scale] : [])]);
      return result.y;
    },
    (dy, saved) => {
      const [dx, dscale, doffset] = backward(dy, saved, epsilon);
      return { x: () => dx, scale: () => dscale, offset: () => doffset };
    },
  );
  return { y, ...statistics! };
}

/** Refuses to normalise where a channel of x has only one value. */
export function checkCount(shape: readonly number[]): void {
  const count = shape[0] * shape[1] * shape[2];
  if (count >= 2) return;
  throw new Error(
    `training batch norm needs more than one value per channel, x of shape [${shape}] has ${count}: ` +
      'use a larger batch or image',
  );
}

function forward(
  x: tf.Tensor4D,
  scale: tf.Tensor1D | undefined,
  offset: tf.Tensor1D | undefined,
  epsilon: number,
): BatchNormTrainResult {
  const inputs = { x, ...(scale && { scale }), ...(offset && { offset }) };
  if (hasKernel('BatchNormTrain')) {
    const [y, mean, variance] = runKernel('BatchNormTrain', inputs, { epsilon });
    return { y: y as tf.Tensor4D, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
  }
  return composedForward(x, scale, offset, epsilon);
}

/** The specification, out of tfjs's own kernels. */
export function composedForward(
  x: tf.Tensor4D,
  scale: tf.Tensor1D | undefined,
  offset: tf.Tensor1D | undefined,
  epsilon: number,
): BatchNormTrainResult {
  // Two passes: E[x^2] - E[x]^2 loses all digits where the mean is large.
  const mean = tf.mean(x, [0, 1, 2]) as tf.Tensor1D;
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), [0, 1, 2]) as tf.Tensor1D;
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const scaled = tf.mul(centred, scale ? tf.mul(inverse, scale) : inverse);
  return { y: (offset ? tf.add(scaled, offset) : scaled) as tf.Tensor4D, mean, variance };
}

function backward(dy: tf.Tensor4D, saved: tf.Tensor[], epsilon: number): tf.Tensor[] {
  const [x, mean, variance] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
  const scale = saved[3];
  if (hasKernel('BatchNormTrainGrad')) {
    return runKernel('BatchNormTrainGrad', { dy, x, mean, variance, ...(scale && { scale }) }, { epsilon });
  }
  return composedBackward(dy, saved, epsilon);
}

/**
 * Its gradients [dx, dscale, doffset] from [x, mean, variance, scale?]. With xhat = (x - mean)/sigma and means over the N values
 * of a channel: dx = scale/sigma * (dy - mean(dy) - xhat * mean(dy*xhat)),  dscale = sum(dy*xhat),  doffset = sum(dy).
 */
export function composedBackward(dy: tf.Tensor4D, saved: tf.Tensor[], epsilon: number): tf.Tensor[] {
  const [x, mean, variance] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
  const scale = saved[3];
  return tf.tidy(() => {
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const xhat = tf.mul(tf.sub(x, mean), inverse);
    const doffset = tf.sum(dy, [0, 1, 2]);
    const dscale = tf.sum(tf.mul(dy, xhat), [0, 1, 2]);
    const count = x.size / mean.size;
    const inner = tf.sub(tf.sub(dy, tf.div(doffset, count)), tf.mul(xhat, tf.div(dscale, count)));
    return [tf.mul(inner, scale ? tf.mul(inverse, scale) : inverse), dscale, doffset];
  });
}
