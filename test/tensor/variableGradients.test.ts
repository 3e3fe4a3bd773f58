// Gradients that free what they have passed.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { variableGradients } from '../../src/tensor/variableGradients.js';
import { withGradient } from '../../src/tensor/withGradient.js';
import { onEveryBackend } from './backends.js';

/** A chain of layers with branches, a value used twice and a concatenation; `watch` is told when each gradient is computed. */
function chain(x: tf.Tensor2D, weights: tf.Variable[], watch: () => void = () => {}): tf.Scalar {
  let h: tf.Tensor2D = x;
  for (const w of weights) {
    const input = h;
    const watched = withGradient<'input', tf.Tensor2D>(
      { input },
      () => input.clone(),
      (dy) => {
        watch();
        return { input: () => dy }; // handed on as it is
      },
    );
    const y = tf.relu(tf.matMul(watched, w as unknown as tf.Tensor2D));
    const parts = tf.split(tf.concat([y, h], 1), 2, 1);
    h = tf.addN([parts[0], tf.mul(parts[1], 0.5), y]) as tf.Tensor2D;
  }
  return tf.mean(tf.square(h)) as tf.Scalar;
}

onEveryBackend('variableGradients', () => {
  const made = () => {
    const x = tf.randomNormal([64, 8], 0, 1, 'float32', 1) as tf.Tensor2D;
    const weights = Array.from({ length: 8 }, (_, i) =>
      tf.tidy(() => tf.variable(tf.randomNormal([8, 8], 0, 0.5, 'float32', i + 2))),
    );
    const unused = tf.tidy(() => tf.variable(tf.scalar(1)));
    return { x, weights, unused };
  };

  it('has the value and the gradients of tf.variableGrads to the bit, and leaks nothing', () => {
    const { x, weights, unused } = made();
    const before = tf.memory().numTensors;
    const ours = variableGradients(() => chain(x, weights), [...weights, unused]);
    const theirs = tf.variableGrads(() => chain(x, weights), [...weights, unused]);
    expect(Object.keys(ours.grads)).to.deep.equal(Object.keys(theirs.grads));
    expect(ours.value.dataSync()).to.deep.equal(theirs.value.dataSync());
    for (const [name, gradient] of Object.entries(theirs.grads))
      expect(ours.grads[name].dataSync()).to.deep.equal(gradient.dataSync());
    tf.dispose([ours, theirs] as unknown as tf.TensorContainer);
    expect(tf.memory().numTensors).to.equal(before);
    tf.dispose([x, weights, unused]);
  });

  it('holds less and less memory on the way back, where tf.variableGrads holds more and more', () => {
    const { x, weights, unused } = made();
    const bytesOnTheWay = (gradients: typeof variableGradients) => {
      // What other tests or a program hold already is not the gradients' doing.
      const before = tf.memory().numBytes;
      const bytes: number[] = [];
      const { value, grads } = gradients(
        () => chain(x, weights, () => bytes.push(tf.memory().numBytes - before)),
        weights,
      );
      tf.dispose([value, grads] as unknown as tf.TensorContainer);
      return bytes;
    };
    for (const size of [1, 1 << 20]) {
      const held = tf.zeros([size]);
      const ours = bytesOnTheWay(variableGradients);
      const theirs = bytesOnTheWay(tf.variableGrads as typeof variableGradients);
      expect(ours).to.have.length(7); // the first layer reads no variable through its input
      expect(ours[6]).to.be.below(0.5 * ours[0]);
      expect(theirs[6]).to.be.above(theirs[0]);
      held.dispose();
    }
    tf.dispose([x, weights, unused]);
  });
});
