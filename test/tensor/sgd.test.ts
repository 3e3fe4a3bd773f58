// SGD against PyTorch's recurrence in float64, with clipping, and its state across a checkpoint.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { clipByGlobalNorm, createSgd, globalNorm, type SgdStep } from '../../src/tensor/index.js';
import { onEveryBackend } from './backends.js';
import { noise, relativeError, toVariable } from './compare.js';

const shapes: Record<string, number[]> = {
  'stem.0.weight': [3, 3, 3, 2],
  'classifier.bias': [5],
  scalar: [],
};
const names = Object.keys(shapes);

interface Settings extends SgdStep {
  momentum: number;
  weightDecay: number;
  nesterov?: boolean;
}

const gradientOf = (name: string, step: number) => noise(`${name}/gradient/${step}`, shapes[name]);

// torch.nn.utils.clip_grad_norm_, then torch.optim.SGD (dampening 0), on float64 arrays.
function reference(
  rates: number[],
  settings: Settings,
): { params: Record<string, number[]>; norms: number[] } {
  const { momentum, weightDecay, nesterov = false, maxNorm = 0, extraSquaredNorm = 0 } = settings;
  const params = Object.fromEntries(names.map((name) => [name, [...noise(name, shapes[name]).values]]));
  const buffers: Record<string, number[]> = {};
  const norms = rates.map((rate, step) => {
    let squares = extraSquaredNorm;
    for (const name of names) for (const g of gradientOf(name, step).values) squares += g * g;
    const norm = Math.sqrt(squares);
    const coefficient = maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
    for (const name of names) {
      const p = params[name];
      const g = [...gradientOf(name, step).values].map((v, i) => v * coefficient + weightDecay * p[i]);
      // The first buffer is the gradient itself.
      buffers[name] = buffers[name] ? buffers[name].map((m, i) => momentum * m + g[i]) : g;
      buffers[name].forEach((m, i) => {
        p[i] -= rate * (nesterov ? g[i] + momentum * m : m);
      });
    }
    return norm;
  });
  return { params, norms };
}

function variables(): Record<string, tf.Variable> {
  return Object.fromEntries(
    names.map((name) => {
      const values = noise(name, shapes[name]);
      return [name, tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(values.values), values.shape)))];
    }),
  );
}

function gradients(step: number): Record<string, tf.Tensor> {
  return Object.fromEntries(
    names.map((name) => [name, tf.tensor(Float32Array.from(gradientOf(name, step).values), shapes[name])]),
  );
}

const rates = [0.1, 0.05, 0.2, 0.1];

onEveryBackend('createSgd', (backend) => {
  const cases: Record<string, Settings> = {
    'momentum alone (the first step is the plain gradient)': { momentum: 0.9, weightDecay: 0 },
    'no momentum': { momentum: 0, weightDecay: 0 },
    'coupled weight decay': { momentum: 0.9, weightDecay: 0.1 },
    'clipping that bites (norm about 4.5, limit 1), before the decay': {
      momentum: 0.9,
      weightDecay: 0.1,
      maxNorm: 1,
    },
    'clipping that does not bite': { momentum: 0.9, weightDecay: 0, maxNorm: 100 },
    'a norm shared with alpha': { momentum: 0.9, weightDecay: 3e-4, maxNorm: 5, extraSquaredNorm: 40 },
    "Nesterov's variant": { momentum: 0.9, weightDecay: 0.1, nesterov: true, maxNorm: 1 },
  };
  for (const [name, settings] of Object.entries(cases)) {
    it(`follows torch.optim.SGD with ${name}`, () => {
      const expected = reference(rates, settings);
      const params = variables();
      const sgd = createSgd(settings);
      let level = 0;
      rates.forEach((rate, step) => {
        const grads = gradients(step);
        const norm = sgd.update(params, grads, rate, settings);
        expect(norm).to.be.closeTo(expected.norms[step], 1e-5 * expected.norms[step]);
        tf.dispose(grads);
        if (step === 0) level = tf.memory().numTensors;
        expect(tf.memory().numTensors, 'tensors after a step').to.equal(level);
      });
      for (const key of names) {
        expect(relativeError(params[key].dataSync(), expected.params[key]), key).to.be.below(1e-5);
      }
      sgd.dispose();
      tf.dispose(params);
    });
  }

  it('continues from an exported state to the same bits', () => {
    const settings = { momentum: 0.9, weightDecay: 0.01 };
    const run = (interrupted: boolean) => {
      const params = variables();
      let sgd = createSgd(settings);
      rates.forEach((rate, step) => {
        if (interrupted && step === 2) {
          const state = sgd.exportState();
          sgd.dispose();
          sgd = createSgd(settings);
          sgd.importState(state);
          // Exported again before any update, it is still all there.
          expect(sgd.exportState()).to.deep.equal(state);
        }
        const grads = gradients(step);
        sgd.update(params, grads, rate);
        tf.dispose(grads);
      });
      const values = names.map((name) => [...params[name].dataSync()]);
      sgd.dispose();
      tf.dispose(params);
      return values;
    };
    expect(run(true)).to.deep.equal(run(false));
  });

  it('exports copies: a later update does not change them', () => {
    const params = variables();
    const sgd = createSgd();
    const step = (i: number) => {
      const grads = gradients(i);
      sgd.update(params, grads, 0.1);
      tf.dispose(grads);
    };
    step(0);
    const state = sgd.exportState();
    const copy = structuredClone(state);
    step(1);
    expect(state).to.deep.equal(copy);
    expect(state['classifier.bias']).to.deep.equal(
      Float32Array.from(gradientOf('classifier.bias', 0).values),
    );
    sgd.dispose();
    tf.dispose(params);
  });

  it('takes a widened state, and says which parameter a state of the wrong size belongs to', () => {
    const wide = { w: toVariable([0, 0, 0, 0]) };
    const grads = { w: tf.zeros([4]) };
    const sgd = createSgd({ momentum: 0.5 });
    sgd.importState({ w: Float32Array.of(1, 2, 1, 2) });
    sgd.update(wide, grads, 1);
    expect([...wide.w.dataSync()]).to.deep.equal([-0.5, -1, -0.5, -1]);
    sgd.importState({ w: Float32Array.of(1, 2) });
    expect(() => sgd.update(wide, grads, 1)).to.throw('momentum of w has 2 elements, the parameter 4');
    expect(() => sgd.update({}, grads, 1)).to.throw('no parameter of that name');
    sgd.dispose();
    tf.dispose([wide.w, grads.w]);
  });

  it('leaves a parameter without a gradient alone, weight decay included', () => {
    const params = { a: toVariable([1, 1]), b: toVariable([1, 1]) };
    const grads = { a: tf.ones([2]) };
    const sgd = createSgd({ weightDecay: 0.5 });
    sgd.update(params, grads, 0.1);
    expect([...params.b.dataSync()]).to.deep.equal([1, 1]);
    expect(Object.keys(sgd.exportState())).to.deep.equal(['a']);
    sgd.dispose();
    tf.dispose([params.a, params.b, grads.a]);
  });

  it(`returns a norm that is not finite, so that the caller can stop (${backend})`, () => {
    const params = { a: toVariable([1, 1]) };
    const grads = { a: tf.tensor1d([Number.NaN, 1]) };
    const sgd = createSgd();
    expect(sgd.update(params, grads, 0.1, { maxNorm: 5 })).to.be.NaN;
    sgd.dispose();
    tf.dispose([params.a, grads.a]);
  });
});

onEveryBackend('clipByGlobalNorm', () => {
  it('scales all gradients by maxNorm / (norm + 1e-6) where the norm is larger', () => {
    const grads = { a: tf.tensor1d([3, 0]), b: tf.scalar(4) };
    expect(globalNorm(grads)).to.equal(5);
    expect(globalNorm(grads, 144)).to.equal(13);
    const clipped = clipByGlobalNorm(grads, 1);
    expect(clipped.norm).to.equal(5);
    expect(clipped.grads.b.dataSync()[0]).to.be.closeTo(4 / (5 + 1e-6), 1e-7);
    const kept = clipByGlobalNorm(grads, 6);
    expect([...kept.grads.a.dataSync()]).to.deep.equal([3, 0]);
    tf.dispose([grads, clipped.grads, kept.grads]);
    expect(globalNorm({}), 'norm of nothing').to.equal(0);
  });
});
