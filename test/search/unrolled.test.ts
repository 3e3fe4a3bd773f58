// The second order against the derivative of the unrolled loss itself, in double precision on a toy and densely on a supernet.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { concentration, concentrationDerivative } from '../../src/distributions/dirichlet.js';
import { pathwiseGradient } from '../../src/distributions/pathwiseGradient.js';
import { createStream } from '../../src/random/stream.js';
import { samplerOf } from '../../src/search/samplers/samplerOf.js';
import { unrolledGradient } from '../../src/search/unrolled.js';

const STEP = { learningRate: 0.3, momentum: 0.9, weightDecay: 0.05 };
const W = [0.4, -0.9, 0.7].map(Math.fround);
const BUFFER = [0.2, 0.1, -0.3].map(Math.fround);
const ALPHA = [0.6, -0.4, 0.3].map(Math.fround);
const [TRAIN_TARGET, VALID_TARGET] = [
  [1.2, -0.4, 0.3],
  [-0.6, 0.5, 1.1],
];

/** sum_i (t_0 tanh w_i + t_1 w_i^2 + t_2 sin w_i - y_i)^2: three operations with a weight each. */
const output = (w: number, t: number[]) => t[0] * Math.tanh(w) + t[1] * w * w + t[2] * Math.sin(w);
const plainLoss = (w: number[], t: number[], y: number[]) =>
  w.reduce((sum, v, i) => sum + (output(v, t) - y[i]) ** 2, 0);
const tensorLoss = (w: tf.Tensor, theta: tf.Tensor2D, y: number[]) => {
  const [t0, t1, t2] = tf.unstack(theta.reshape([3]));
  const mixed = tf.addN([tf.mul(tf.tanh(w), t0), tf.mul(tf.square(w), t1), tf.mul(tf.sin(w), t2)]);
  return tf.sum(tf.square(tf.sub(mixed, tf.tensor1d(y)))) as tf.Scalar;
};

/** The unrolled loss in double precision: theta of the training pass and of the validation pass. */
function unrolledLoss(trainTheta: number[], validTheta: number[]): number {
  const h = 1e-5;
  const stepped = W.map((w, i) => {
    const at = (v: number) =>
      plainLoss(
        W.map((x, j) => (j === i ? v : x)),
        trainTheta,
        TRAIN_TARGET,
      );
    const slope = (at(w + h) - at(w - h)) / (2 * h);
    return w - STEP.learningRate * (STEP.momentum * BUFFER[i] + slope + STEP.weightDecay * w);
  });
  return plainLoss(stepped, validTheta, VALID_TARGET);
}

/** Central differences of a function of three alphas. */
const differences = (f: (moved: number[]) => number) =>
  ALPHA.map((_, i) => {
    const h = 1e-4;
    const at = (by: number) => f(ALPHA.map((a, j) => (j === i ? a + by : a)));
    return (at(h) - at(-h)) / (2 * h);
  });

/** The gradient by the kit, and its first-order part. `theta` gives the mixing weights of a pass on the tape. */
function computed(theta: (alpha: tf.Tensor2D, pass: 'train' | 'valid') => tf.Tensor2D) {
  const weights = { w: tf.tidy(() => tf.variable(tf.tensor1d(W))) };
  const alpha = tf.tensor2d([ALPHA]);
  const inAlpha = (pass: 'train' | 'valid', y: number[]) =>
    Float64Array.from(
      tf.tidy(() => {
        const loss = (a: tf.Tensor) => tensorLoss(weights.w, theta(a as tf.Tensor2D, pass), y);
        return Array.from(tf.grad(loss)(alpha).dataSync());
      }),
    );
  const inWeights = (pass: 'train' | 'valid', y: number[]) => ({
    w: tf.tidy(() => tf.grad((w: tf.Tensor) => tensorLoss(w, theta(alpha, pass), y))(weights.w)),
  });
  const firstOrder = inAlpha('valid', VALID_TARGET);
  const { alpha: secondOrder } = unrolledGradient(
    {
      weights,
      trainInWeights: () => inWeights('train', TRAIN_TARGET),
      trainInArchitecture: () => ({ alpha: inAlpha('train', TRAIN_TARGET) }),
      valid: () => ({
        weights: inWeights('valid', VALID_TARGET),
        architecture: { alpha: inAlpha('valid', VALID_TARGET) },
      }),
      momentumOf: () => BUFFER,
    },
    STEP,
  );
  const after = Array.from(weights.w.dataSync());
  tf.dispose([weights.w, alpha]);
  return { firstOrder, secondOrder, after };
}

function agree({ firstOrder, secondOrder, after }: ReturnType<typeof computed>, truth: number[]): void {
  const size = Math.hypot(...truth);
  const off = (gradient: Float64Array) => Math.hypot(...truth.map((t, i) => t - gradient[i])) / size;
  expect(off(secondOrder), 'relative error').to.be.below(2e-3);
  // A second order that silently is the first, as NASLib's overridden flag makes it, would be as far off as this.
  expect(off(firstOrder), 'the first order is another gradient').to.be.above(0.1);
  expect(after, 'the weights are put back to the bit').to.deep.equal(W);
}

describe('the second order', () => {
  let tensors = 0;
  before(async () => {
    await tf.setBackend('cpu');
  });
  beforeEach(() => {
    tensors = tf.memory().numTensors;
  });
  afterEach(() => {
    expect(tf.memory().numTensors).to.equal(tensors);
  });

  it('is the derivative of the unrolled loss, for softmax (public ports: `(p - n) / 2. * eps`)', () => {
    const softmax = (alpha: number[]) => samplerOf('softmax').expected([alpha])[0];
    const truth = differences((alpha) => unrolledLoss(softmax(alpha), softmax(alpha)));
    agree(
      computed((alpha) => samplerOf('softmax').sample(alpha, { stream: createStream(0) })),
      truth,
    );
  });

  it('is that of the loss under its two draws, for the Dirichlet with its pathwise gradient', () => {
    const sampler = samplerOf('dirichlet');
    const draw = (pass: string) => ({ stream: createStream(5, pass) });
    const beta = ALPHA.map(concentration);
    /** theta as the pathwise derivative moves it: theta_0 + J (alpha - ALPHA). */
    const moves = (pass: string) => {
      const theta = tf.tidy(() => sampler.sample(tf.tensor2d([ALPHA]), draw(pass)).arraySync()[0]);
      const jacobian = theta.map((_, i) =>
        pathwiseGradient(
          theta,
          beta,
          theta.map((_, j) => (i === j ? 1 : 0)),
        ).map((g, j) => g * concentrationDerivative(ALPHA[j])),
      );
      return (alpha: number[]) =>
        theta.map((t, i) => alpha.reduce((sum, a, j) => sum + jacobian[i][j] * (a - ALPHA[j]), t));
    };
    const [train, valid] = ['train', 'valid'].map(moves);
    const truth = differences((alpha) => unrolledLoss(train(alpha), valid(alpha)));
    agree(
      computed((alpha, pass) => sampler.sample(alpha, draw(pass))),
      truth,
    );
  });

  it('is that of the loss under its two draws, for Gumbel noise', () => {
    const noise = { train: [0.5, -0.2, 1], valid: [-0.7, 0.4, 0.1] };
    const soft = (alpha: number[], pass: 'train' | 'valid') =>
      samplerOf('softmax').expected([alpha.map((a, i) => (a + noise[pass][i]) / 2)])[0];
    const truth = differences((alpha) => unrolledLoss(soft(alpha, 'train'), soft(alpha, 'valid')));
    const sampler = samplerOf('gumbel-softmax');
    agree(
      computed((alpha, pass) => {
        const theta = [soft(ALPHA, pass)];
        return sampler.sample(alpha, { stream: createStream(0), theta, temperature: 2 });
      }),
      truth,
    );
  });

  it('falls into noise when the two ends of its difference draw anew, as the reference’s do', () => {
    let calls = 0;
    const sampler = samplerOf('dirichlet');
    const shared = computed((alpha, pass) => sampler.sample(alpha, { stream: createStream(5, pass) }));
    const anew = computed((alpha, pass) =>
      sampler.sample(alpha, { stream: pass === 'valid' ? createStream(5, pass) : createStream(6, calls++) }),
    );
    const correction = (found: typeof shared) =>
      Math.hypot(...found.secondOrder.map((g, i) => g - found.firstOrder[i]));
    expect(correction(anew)).to.be.above(5 * correction(shared));
  });

  it('puts the weights back when a pass throws, and is the first order where the validation loss is flat in them', () => {
    const weights = { w: tf.tidy(() => tf.variable(tf.tensor1d(W))) };
    const problem = {
      weights,
      trainInWeights: () => ({ w: tf.ones([3]) }),
      trainInArchitecture: (): Record<string, Float64Array> => {
        throw new Error('out of memory');
      },
      valid: () => ({ weights: { w: tf.ones([3]) }, architecture: { alpha: Float64Array.of(1, 2, 3) } }),
      momentumOf: () => undefined,
    };
    expect(() => unrolledGradient(problem, STEP)).to.throw('out of memory');
    expect(Array.from(weights.w.dataSync())).to.deep.equal(W);
    const flat = { ...problem, valid: () => ({ ...problem.valid(), weights: { w: tf.zeros([3]) } }) };
    tf.tidy(() => {
      expect([...unrolledGradient(flat, STEP).alpha]).to.deep.equal([1, 2, 3]);
    });
    expect(Array.from(weights.w.dataSync())).to.deep.equal(W);
    weights.w.dispose();
  });
});
