// Fully connected layer.
import * as tf from '@tensorflow/tfjs';

/** y = x w + b for x [batch, in], w [in, out], b [out] (optional); stock ops and their gradients. */
export function linear(x: tf.Tensor2D, w: tf.Tensor2D, b?: tf.Tensor1D): tf.Tensor2D {
  if (x.shape[1] !== w.shape[0]) {
    throw new Error(`a linear layer of shape [in, out] = [${w.shape}] cannot take x of shape [${x.shape}]`);
  }
  return tf.tidy(() => {
    const product = tf.matMul(x, w);
    return (b ? tf.add(product, b) : product) as tf.Tensor2D;
  });
}
