// Gradients of a loss in given variables, like tf.variableGrads, in about half of the memory.
import * as tf from '@tensorflow/tfjs';
import { freeing } from './ownTape.js';

/**
 * The value of a scalar function of the variables, and its gradients by the variables' names. Variables that the value does
 * not depend on have none. The numbers are those of tf.variableGrads, to the bit.
 */
export function variableGradients(
  f: () => tf.Scalar,
  variables: tf.Variable[],
): { value: tf.Scalar; grads: tf.NamedTensorMap } {
  return tf.variableGrads(freeing(f), variables);
}
