// The mixed operation's sum over candidate branches, computing only the branches that are alive.
import * as tf from '@tensorflow/tfjs';

/** Computes a branch's output when called; null is a branch that is zero for every input (`none`). */
export type Branch = (() => tf.Tensor4D) | null;

export interface WeightedSumOptions {
  /** 1 or true keeps a branch, 0 or false drops it. Default: all are kept. */
  mask?: readonly (number | boolean)[];
  /** The result where no branch is alive, e.g. zeros of the right shape. Without it that is an error. */
  empty?: () => tf.Tensor4D;
}

/**
 * sum_i weights[i] * branches[i]() over the branches that are alive. Dead are: null, masked out, and, where
 * weights are plain numbers, those of weight 0. A dead branch is never called and its weight has gradient 0.
 *
 * @param weights [branches], a tensor to differentiate through or plain numbers
 */
export function weightedSum(
  branches: readonly Branch[],
  weights: tf.Tensor1D | readonly number[],
  options: WeightedSumOptions = {},
): tf.Tensor4D {
  const { mask, empty } = options;
  const length = weights instanceof tf.Tensor ? weights.size : weights.length;
  if (length !== branches.length || (mask && mask.length !== branches.length)) {
    throw new Error(
      `${branches.length} branches need as many weights and mask entries, got ${length} weights` +
        (mask ? ` and ${mask.length} mask entries` : ''),
    );
  }
  return tf.tidy(() => {
    const terms: tf.Tensor4D[] = [];
    branches.forEach((branch, i) => {
      if (!branch || (mask && !mask[i])) return;
      if (weights instanceof tf.Tensor) {
        terms.push(tf.mul(branch(), tf.reshape(tf.slice(weights, i, 1), [])));
      } else if (weights[i] !== 0) {
        terms.push(tf.mul(branch(), weights[i]));
      }
    });
    if (terms.length > 0) return terms.reduce((sum, term) => tf.add(sum, term));
    if (empty) return empty();
    throw new Error('no branch is alive: keep at least one, or say with `empty` what the sum then is');
  });
}
