// Float64 arrays with a shape, and the comparison of an op with a naive float64 loop: value and every gradient.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createStream } from '../../src/random/index.js';

export interface Nd {
  shape: number[];
  values: Float64Array;
}

export const size = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
export const zeros = (shape: number[]): Nd => ({ shape, values: new Float64Array(size(shape)) });

/** Numbers in [-1, 1) that float32 holds exactly, so that both sides compute from the same ones. */
export function noise(name: string, shape: number[]): Nd {
  const stream = createStream('test/tensor', name);
  return {
    shape,
    values: Float64Array.from({ length: size(shape) }, () => Math.fround(2 * stream.uniform() - 1)),
  };
}

export function toTensor<T extends tf.Tensor = tf.Tensor>({ shape, values }: Nd): T {
  return tf.tensor(Float32Array.from(values), shape) as T;
}

/** A variable of these numbers; `tf.variable(tf.zeros(...))` would leave the zeros behind. */
export function toVariable(values: number[]): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor1d(values)));
}

/** The largest difference, relative to the largest magnitude expected (at least `floor`). */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-3): number {
  expect(got.length, 'number of elements').to.equal(expected.length);
  let scale = floor;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(got[i] - expected[i]) / scale;
    if (!(error <= worst)) worst = error; // a NaN is an error too
  }
  return worst;
}

/** Central differences of sum(upstream * f(inputs)) in float64; for a linear f exact to rounding. */
export function numericGradients(
  f: (...inputs: Nd[]) => Nd,
  inputs: Nd[],
  upstream: Nd,
  step = 1e-5,
): Float64Array[] {
  const objective = () => f(...inputs).values.reduce((sum, y, i) => sum + y * upstream.values[i], 0);
  return inputs.map(({ values }) =>
    values.map((_, i) => {
      const at = values[i];
      values[i] = at + step;
      const above = objective();
      values[i] = at - step;
      const below = objective();
      values[i] = at;
      return (above - below) / (2 * step);
    }),
  );
}

// float32 has 24 bits (6e-8); sums here have up to a few hundred terms.
export const float32Tolerance = 2e-5;

/**
 * Expects op(inputs) and its gradients for a random upstream gradient to equal those of the naive float64 function,
 * and that a second and a third evaluation leave no tensors behind.
 */
export function expectSameAsNaive(
  op: (...inputs: tf.Tensor[]) => tf.Tensor,
  naive: (...inputs: Nd[]) => Nd,
  inputs: Nd[],
  tolerance = float32Tolerance,
): void {
  const expected = naive(...inputs);
  const upstream = noise('upstream', expected.shape);
  const gradients = numericGradients(naive, inputs, upstream);
  const tensors = inputs.map((input) => toTensor(input));
  const dy = toTensor(upstream);
  const evaluate = tf.valueAndGrads(op);
  const level = tf.memory().numTensors;
  for (let repeat = 0; repeat < 3; repeat++) {
    const { value, grads } = evaluate(tensors, dy);
    expect(value.shape, 'shape').to.deep.equal(expected.shape);
    expect(relativeError(value.dataSync(), expected.values), 'value').to.be.below(tolerance);
    grads.forEach((grad, i) => {
      expect(grad.shape, `shape of gradient ${i}`).to.deep.equal(inputs[i].shape);
      expect(relativeError(grad.dataSync(), gradients[i]), `gradient ${i}`).to.be.below(tolerance);
    });
    tf.dispose([value, ...grads]);
    expect(tf.memory().numTensors, 'tensors after evaluation').to.equal(level);
  }
  tf.dispose([...tensors, dy]);
}
