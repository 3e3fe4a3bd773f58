// Adam against PyTorch's recurrence in float64, and its state across a checkpoint.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { type Adam, createAdam } from '../../src/tensor/index.js';
import { onEveryBackend } from './backends.js';
import { noise, relativeError, toTensor, toVariable } from './compare.js';

const shape = [6, 5];
const gradientOf = (step: number) => noise(`alpha/gradient/${step}`, shape);

// torch.optim.Adam (amsgrad false), coupled weight decay, on float64 arrays.
function reference(
  steps: number,
  rate: number,
  weightDecay: number,
  [b1, b2] = [0.5, 0.999],
  epsilon = 1e-8,
) {
  const p = [...noise('alpha', shape).values];
  const m = p.map(() => 0);
  const v = p.map(() => 0);
  for (let t = 1; t <= steps; t++) {
    gradientOf(t).values.forEach((grad, i) => {
      const g = grad + weightDecay * p[i];
      m[i] = b1 * m[i] + (1 - b1) * g;
      v[i] = b2 * v[i] + (1 - b2) * g * g;
      const denominator = Math.sqrt(v[i]) / Math.sqrt(1 - b2 ** t) + epsilon;
      p[i] -= (rate / (1 - b1 ** t)) * (m[i] / denominator);
    });
  }
  return p;
}

function step(adam: Adam, alpha: tf.Variable, t: number, rate: number): void {
  const grad = toTensor(gradientOf(t));
  adam.update({ alpha }, { alpha: grad }, rate);
  grad.dispose();
}

onEveryBackend('createAdam', () => {
  const start = () => tf.tidy(() => tf.variable(toTensor(noise('alpha', shape))));

  for (const weightDecay of [0, 1e-3, 0.5]) {
    it(`follows torch.optim.Adam with weight decay ${weightDecay}`, () => {
      const alpha = start();
      const adam = createAdam({ weightDecay });
      const level = tf.memory().numTensors;
      for (let t = 1; t <= 20; t++) {
        step(adam, alpha, t, 0.01);
        expect(tf.memory().numTensors).to.equal(level);
      }
      expect(relativeError(alpha.dataSync(), reference(20, 0.01, weightDecay))).to.be.below(1e-6);
      alpha.dispose();
    });
  }

  it('moves by the learning rate at the first step, whatever the size of the gradient', () => {
    const alpha = toVariable([0, 0]);
    const grad = tf.tensor1d([1e-4, -100]);
    createAdam().update({ alpha }, { alpha: grad }, 3e-4);
    // m/(1-b1) = g and sqrt(v/(1-b2)) = |g|; epsilon takes 1e-8/1e-4 of the first.
    expect(alpha.dataSync()[0]).to.be.closeTo(-3e-4, 1e-7);
    expect(alpha.dataSync()[1]).to.be.closeTo(3e-4, 1e-9);
    tf.dispose([alpha, grad]);
  });

  it('continues from an exported state to the same bits', () => {
    const [whole, parted] = [start(), start()];
    const adam = createAdam({ weightDecay: 1e-3 });
    let interrupted = createAdam({ weightDecay: 1e-3 });
    for (let t = 1; t <= 6; t++) {
      step(adam, whole, t, 3e-4);
      if (t === 4) {
        const state = interrupted.exportState();
        interrupted = createAdam({ weightDecay: 1e-3 });
        interrupted.importState(state);
      }
      step(interrupted, parted, t, 3e-4);
    }
    expect([...parted.dataSync()]).to.deep.equal([...whole.dataSync()]);
    tf.dispose([whole, parted]);
  });

  it('says what does not fit', () => {
    const alpha = toVariable([0, 0]);
    const adam = createAdam();
    const state = { 'alpha/first': new Float64Array(3), 'alpha/second': new Float64Array(3) };
    adam.importState({ ...state, 'alpha/step': Float64Array.of(1) });
    expect(() => adam.update({ alpha }, { alpha }, 0.1)).to.throw('alpha has 3 elements, the parameter 2');
    expect(() => adam.update({}, { alpha }, 0.1)).to.throw('no parameter of that name');
    expect(() => adam.importState({ 'alpha/step': Float64Array.of(1) })).to.throw('lacks its moments');
    alpha.dispose();
  });
});
