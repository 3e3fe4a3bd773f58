// Batch normalisation with given statistics, as at evaluation.
import * as tf from '@tensorflow/tfjs';

export interface BatchNormEvalOptions {
  /** Running mean [channels]. */
  mean: tf.Tensor1D;
  /** Running variance [channels]. */
  variance: tf.Tensor1D;
  scale?: tf.Tensor1D;
  offset?: tf.Tensor1D;
  /** Default 1e-5, as PyTorch. */
  epsilon?: number;
}

/**
 * y = (x - mean) / sqrt(variance + epsilon) * scale + offset, x [B,H,W,C].
 *
 * Written as x*a + b with a and b per channel, so that stock ops differentiate it; tfjs's own batchNorm
 * has no gradient without a scale.
 */
export function batchNormEval(x: tf.Tensor4D, options: BatchNormEvalOptions): tf.Tensor4D {
  const { mean, variance, scale, offset, epsilon = 1e-5 } = options;
  return tf.tidy(() => {
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const a = scale ? tf.mul(inverse, scale) : inverse;
    const centred = tf.mul(tf.sub(x, mean), a);
    return (offset ? tf.add(centred, offset) : centred) as tf.Tensor4D;
  });
}
