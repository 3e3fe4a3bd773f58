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

/**
 * Gradients that one computation gives all at once, for `backward` of withGradient; it runs when the first is asked for.
 * Each name has to be asked for: what is not on the path to a variable must not be among the inputs, or its gradient stays.
 */
export function gradientsTogether<Name extends string>(
  names: readonly Name[],
  compute: () => Record<string, tf.Tensor>,
): Gradients<Name> {
  let gradients: Record<string, tf.Tensor> | undefined;
  const handOver = (name: Name) => () => {
    if (!gradients) {
      gradients = compute();
      // Kept, because tfjs tidies up after each single input's; what no name asks for is not.
      for (const each of names) tf.keep(gradients[each]);
    }
    const handedOver = gradients[name].clone();
    gradients[name].dispose();
    return handedOver;
  };
  return Object.fromEntries(names.map((name) => [name, handOver(name)])) as Gradients<Name>;
}
