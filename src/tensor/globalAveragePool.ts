// Mean over all pixels of an image.
import * as tf from '@tensorflow/tfjs';

/** x [batch, height, width, channels] -> [batch, channels]. */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  return tf.mean(x, [1, 2]);
}
