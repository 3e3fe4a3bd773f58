// The gradients of the relaxed samplers against the exact gradient of an expectation, integrated over their noise.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createStream } from '../../../src/random/stream.js';
import { samplerOf } from '../../../src/search/samplers/samplerOf.js';
import { agree, DRAWS, ERRORS, gradientsOf, meanOf, samplesOf } from './manyRows.js';

const [A, B] = [0.7, -0.4];
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** A loss of two mixing weights that is not linear, for plain numbers and for tensors [count, 2]. */
const f = (t0: number) => t0 ** 3 - 0.4 * t0 + 2 * (1 - t0) ** 2;
const loss = (theta: tf.Tensor2D) => {
  const [t0, t1] = tf.split(theta, 2, 1);
  return tf.sum(tf.add(tf.sub(tf.pow(t0, 3), tf.mul(t0, 0.4)), tf.mul(tf.square(t1), 2))) as tf.Scalar;
};

/** Of two operations only the difference of the noises matters: logistic for Gumbel noise, normal for normal noise. */
const QUADRATURE = 20_000;
const logistic = Array.from({ length: QUADRATURE }, (_, i) => {
  const u = (i + 0.5) / QUADRATURE;
  return Math.log(u / (1 - u));
});
const meanOver = (points: number[], g: (x: number) => number) =>
  points.reduce((sum, x) => sum + g(x), 0) / points.length;
const gaussianMean = (deviation: number, g: (x: number) => number) => {
  let [sum, total] = [0, 0];
  for (let z = -9; z <= 9; z += 0.002) {
    const weight = Math.exp(-0.5 * z * z);
    sum += weight * g(deviation * z);
    total += weight;
  }
  return sum / total;
};
const slope = (g: (x: number) => number) => (g(A - B + 1e-4) - g(A - B - 1e-4)) / 2e-4;

function agreeTellingly(gradients: number[][], exact: number[]): void {
  for (const error of meanOf(gradients).error)
    expect(error, 'the comparison says something').to.be.below(0.25 * Math.max(...exact.map(Math.abs)));
  agree(gradients, exact);
}

describe('relaxed samplers', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  for (const temperature of [0.5, 1, 4]) {
    it(`gumbel-softmax has the gradient of the integral over its noise at temperature ${temperature}`, () => {
      const exact = slope((gap) => meanOver(logistic, (x) => f(sigmoid((gap + x) / temperature))));
      agreeTellingly(gradientsOf('gumbel-softmax', [A, B], loss, DRAWS, { temperature }), [exact, -exact]);
    });
  }

  for (const scale of [0.3, 2]) {
    it(`logistic-normal has the gradient of the integral over its noise of deviation ${scale}`, () => {
      const exact = slope((gap) => gaussianMean(scale * Math.SQRT2, (x) => f(sigmoid(gap + x))));
      agreeTellingly(gradientsOf('logistic-normal', [A, B], loss, DRAWS, { scale }), [exact, -exact]);
    });
  }

  it('softmax has the exact gradient, nothing drawn', () => {
    const exact = slope((gap) => f(sigmoid(gap)));
    const [gradient] = gradientsOf('softmax', [A, B], loss, 1);
    expect(gradient[0]).to.be.closeTo(exact, 1e-5);
    expect(gradient[1]).to.be.closeTo(-exact, 1e-5);
  });

  it('gumbel-softmax has more extreme weights the colder it is, and at 0.01 draws operations with probability softmax(alpha)', () => {
    const row = [0.5, -1, 1.2];
    const spread = [0.01, 1, 10].map((temperature) => {
      const largest = samplesOf('gumbel-softmax', row, 2000, { temperature }).map((t) => [Math.max(...t)]);
      return meanOf(largest).mean[0];
    });
    expect(spread[0]).to.be.above(0.98);
    expect(spread[1]).to.be.within(0.6, 0.9);
    expect(spread[2]).to.be.below(0.42);
    const cold = samplesOf('gumbel-softmax', row, 4000, { temperature: 0.01 });
    const [want] = samplerOf('gumbel-softmax').expected([row]);
    const { mean, error } = meanOf(cold);
    want.forEach((p, i) => expect(mean[i]).to.be.closeTo(p, ERRORS * error[i]));
  });

  it('draw over kept operations only, with the gradient of those', () => {
    const mask = Array.from({ length: DRAWS }, () => [1, 0, 1]);
    const three = (theta: tf.Tensor2D) => loss(theta.gather([0, 2], 1) as tf.Tensor2D);
    const exact = slope((gap) => meanOver(logistic, (x) => f(sigmoid(gap + x))));
    const gradients = gradientsOf('gumbel-softmax', [A, 5, B], three, DRAWS, { mask });
    expect(gradients.every((g) => g[1] === 0)).to.equal(true);
    agreeTellingly(
      gradients.map(([a, , b]) => [a, b]),
      [exact, -exact],
    );
    for (const name of ['gumbel-softmax', 'logistic-normal'] as const) {
      const [theta] = samplesOf(name, [A, 5, B], 1, { mask: [[1, 0, 1]] });
      expect(theta[1]).to.equal(0);
      expect(theta[0] + theta[2]).to.be.closeTo(1, 1e-6);
    }
  });

  it('replay a recorded sample, whose gradient depends on nothing else', () => {
    const theta = [[0.6, 0.3, 0.1]];
    const draw = { stream: createStream(0), theta, temperature: 2 };
    const gradient = tf.tidy(() => {
      const upstream = tf.tensor2d([[1, -2, 4]]);
      const sample = (a: tf.Tensor) => samplerOf('gumbel-softmax').sample(a as tf.Tensor2D, draw);
      return tf
        .grad(sample)(tf.tensor2d([[9, 9, 9]]), upstream)
        .dataSync();
    });
    // theta_i (g_i - sum theta g) / t with sum theta g = .6 - .6 + .4 = .4.
    [0.6 * 0.6, 0.3 * -2.4, 0.1 * 3.6].forEach((want, i) =>
      expect(gradient[i]).to.be.closeTo(want / 2, 1e-6),
    );
  });
});
