// Channel shuffle: interleaves groups of channels, so that partial channels mix from cell to cell.
import * as tf from '@tensorflow/tfjs';

/**
 * out[j*groups + g] = in[g*(channels/groups) + j] on the last axis of x [B,H,W,C].
 * Its gradient is the shuffle with channels/groups groups, which the stock transpose gives.
 */
export function channelShuffle(x: tf.Tensor4D, groups: number): tf.Tensor4D {
  const channels = x.shape[3];
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new Error(
      `cannot shuffle ${channels} channels in ${groups} groups: groups must divide the channels`,
    );
  }
  if (groups === 1) return x.clone();
  return tf.tidy(() => {
    const grouped = tf.reshape(x, [-1, groups, channels / groups]);
    return tf.reshape(tf.transpose(grouped, [0, 2, 1]), x.shape);
  });
}
