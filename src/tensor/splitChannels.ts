// Partial channels: the first 1/k of the channels goes through the operations, the rest passes by.
import * as tf from '@tensorflow/tfjs';

/**
 * Splits x [B,H,W,C] into [active, bypass] of C/k and C - C/k channels (DrNAS section 3.3 keeps the first
 * part, where PC-DARTS draws one). With k = 1 nothing passes by and bypass is undefined.
 */
export function splitChannels(x: tf.Tensor4D, k: number): [tf.Tensor4D, tf.Tensor4D | undefined] {
  const [batch, height, width, channels] = x.shape;
  if (!Number.isInteger(k) || k < 1 || channels % k !== 0) {
    throw new Error(
      `cannot send 1/${k} of ${channels} channels through the operations: k must divide the channels`,
    );
  }
  if (k === 1) return [x.clone(), undefined];
  const active = channels / k;
  return [
    tf.slice(x, [0, 0, 0, 0], [batch, height, width, active]),
    tf.slice(x, [0, 0, 0, active], [batch, height, width, channels - active]),
  ];
}
