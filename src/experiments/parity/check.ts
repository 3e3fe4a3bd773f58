// What a parity check is: named numbers computed on the current backend, to be set beside another's.
import * as tf from '@tensorflow/tfjs';
import { createStream } from '../../random/stream.js';

export const GROUPS = ['operation', 'cell', 'supernet', 'trajectory'] as const;
export type Group = (typeof GROUPS)[number];

/** Numbers by the name of the quantity. */
export type Quantities = Record<string, Float32Array>;

export type Check = { name: string; group: Group } & (
  | {
      /** Computes on the current backend; compared with what the reference backend computes. */
      compute: () => Quantities;
    }
  | {
      /** A golden file below test/golden: compared with what PyTorch recorded. */
      golden: string;
    }
);

/** Numbers in [-1, 1) that belong to a name. */
export function noise<T extends tf.Tensor = tf.Tensor>(name: string, shape: number[]): T {
  const stream = createStream('parity', name);
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => 2 * stream.uniform() - 1);
  return tf.tensor(values, shape) as T;
}

export const numbersOf = (tensor: tf.Tensor): Float32Array =>
  Float32Array.from(tensor.dataSync() as Float32Array);

/** Value and gradients of an operation for a gradient of random numbers from above. */
export function differentiated(
  op: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: Record<string, tf.Tensor>,
): Quantities {
  const value = tf.tidy(() => op(...Object.values(inputs)));
  const upstream = noise('upstream', value.shape);
  const result = tf.valueAndGrads(op)(Object.values(inputs), upstream);
  const gradients = Object.keys(inputs).map((name, i) => [`gradient of ${name}`, numbersOf(result.grads[i])]);
  const numbers = { value: numbersOf(value), ...Object.fromEntries(gradients) };
  tf.dispose([value, upstream, result.value, ...result.grads, ...Object.values(inputs)]);
  return numbers;
}
