// An op with its own gradient, evaluated only for the inputs that a caller differentiates.
import * as tf from '@tensorflow/tfjs';

type Gradients<Name extends string> = Record<Name, () => tf.Tensor>;

/**
 * Like `tf.customGrad`, but the gradient of each named input is a function that tfjs calls only when that input
 * lies on the path to a variable: an architecture pass then never pays for weight gradients.
 * `forward` may save tensors for `backward`; ops called inside either are not recorded on the tape.
 */
export function withGradient<Name extends string, T extends tf.Tensor = tf.Tensor>(
  inputs: Record<Name, tf.Tensor>,
  forward: (save: (tensors: tf.Tensor[]) => void) => T,
  backward: (dy: T, saved: tf.Tensor[]) => Gradients<Name>,
): T {
  // What tf.customGrad itself calls; tfjs marks it private.
  const engine = tf.engine() as unknown as { runKernelFunc(parameters: object): T };
  return engine.runKernelFunc({
    inputs,
    forwardFunc: (_backend: unknown, save: (tensors: tf.Tensor[]) => void) => forward(save),
    backwardsFunc: (dy: T, saved: tf.Tensor[]) => backward(dy, saved),
  });
}

/** Whether the current backend has a kernel of this name (ours have; others use an op's composition). */
export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** Runs a kernel by name on the current backend and gives its outputs. */
export function runKernel(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attributes: object = {},
): tf.Tensor[] {
  const outputs = tf
    .engine()
    .runKernel(name, inputs as unknown as tf.NamedTensorMap, attributes as tf.NamedAttrMap);
  return (Array.isArray(outputs) ? outputs : [outputs]) as tf.Tensor[];
}
