// Counts right answers among the top k.
import * as tf from '@tensorflow/tfjs';

/**
 * How many rows of logits [batch, classes] have their label [batch] among the k largest. Ties go to the lower class
 * index, as an argmax would, and a row whose scores are NaN is never right.
 */
export function countCorrect(logits: tf.Tensor2D, labels: tf.Tensor1D, k = 1): number {
  const classes = logits.shape[1];
  if (!Number.isInteger(k) || k < 1 || k > classes) {
    throw new Error(`top-${k} of ${classes} classes: expected a whole number from 1 to ${classes}`);
  }
  return tf.tidy(() => {
    const onehot = tf.oneHot(labels, classes).cast('bool');
    const own = tf.sum(tf.where(onehot, logits, tf.zerosLike(logits)), 1, true);
    const index = tf.range(0, classes, 1, 'int32').expandDims(0);
    const notBefore = tf.greaterEqual(index, labels.expandDims(1));
    const behind = tf.logicalOr(tf.less(logits, own), tf.logicalAnd(tf.equal(logits, own), notBefore));
    const ranked = tf.greater(tf.sum(tf.cast(behind, 'int32'), 1), classes - k);
    return tf.sum(tf.cast(ranked, 'int32')).dataSync()[0];
  });
}

/** The fraction (0 to 1) of right answers; see `countCorrect`. */
export function accuracy(logits: tf.Tensor2D, labels: tf.Tensor1D, k = 1): number {
  return countCorrect(logits, labels, k) / logits.shape[0];
}
