// The samplers that run one operation an edge: how often they choose it, and what their gradients are, bias included.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createStream } from '../../../src/random/stream.js';
import { samplerOf } from '../../../src/search/samplers/samplerOf.js';
import { agree, DRAWS, ERRORS, gradientsOf, meanOf, samplesOf } from './manyRows.js';

const ROW = [0.5, -1, 1.2];
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softmax = (row: number[]) => {
  const powers = row.map(Math.exp);
  const total = powers.reduce((a, b) => a + b);
  return powers.map((p) => p / total);
};
const linear = (weights: number[]) => (theta: tf.Tensor2D) =>
  tf.sum(tf.mul(theta, tf.tensor1d(weights))) as tf.Scalar;

describe('one-hot samplers', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  for (const [name, want] of [
    ['gdas', softmax(ROW)],
    ['dsnas', softmax(ROW)],
    ['uniform-path', [1 / 3, 1 / 3, 1 / 3]],
  ] as const) {
    it(`${name} weighs one operation an edge with exactly 1, each as often as it should`, () => {
      const samples = samplesOf(name, ROW, DRAWS, { temperature: 3 });
      for (const theta of samples) expect([...theta].sort()).to.deep.equal([0, 0, 1]);
      agree(samples, [...want]);
      const [picked] = [0, 1, 2].map(
        (operation) =>
          Array.from(
            { length: 2000 },
            (_, n) => samplerOf(name).pick([ROW], { stream: createStream(n) })[0],
          ).filter((o) => o === operation).length / 2000,
      );
      expect(picked).to.be.closeTo(want[0], 0.05);
    });

    it(`${name} never chooses a pruned operation`, () => {
      const mask = Array.from({ length: 500 }, () => [1, 0, 1]);
      for (const theta of samplesOf(name, [0, 8, 0], 500, { mask })) expect(theta[1]).to.equal(0);
    });
  }

  // Of two operations: c = 0 where a - b + x > 0, x logistic, and p_0 = sigmoid((a - b + x) / t); integrated over x.
  const [a, b, temperature] = [0.7, -0.4, 2];
  const points = Array.from({ length: 20_000 }, (_, i) => {
    const u = (i + 0.5) / 20_000;
    return a - b + Math.log(u / (1 - u));
  });
  const integral = (g: (x: number) => number) => points.reduce((sum, x) => sum + g(x), 0) / points.length;
  const width = (x: number) => (sigmoid(x / temperature) * sigmoid(-x / temperature)) / temperature;
  const withChosenOnly = ([g0, g1]: number[]) => integral((x) => (x > 0 ? g0 : -g1) * width(x));

  it('gdas has the straight-through gradient of the operation that ran, and no more', () => {
    const g = [2, -1];
    const exact = withChosenOnly(g);
    agree(gradientsOf('gdas', [a, b], linear(g), DRAWS, { temperature }), [exact, -exact]);
    // The full straight-through estimator, for which every operation would have to run, has another mean.
    const full = integral((x) => (g[0] - g[1]) * width(x));
    expect(Math.abs(full - exact)).to.be.above(0.1);
  });

  it('gdas is biased: operations that are all equally good get a gradient, where a full straight-through has none', () => {
    const exact = withChosenOnly([1, 1]);
    expect(exact, 'the mean at t = 2, by the integral').to.be.above(0.04);
    agree(gradientsOf('gdas', [a, b], linear([1, 1]), DRAWS, { temperature }), [exact, -exact]);
    const dsnas = meanOf(gradientsOf('dsnas', [a, b], linear([1, 1]), DRAWS));
    expect(Math.abs(dsnas.mean[0])).to.be.below(ERRORS * dsnas.error[0]);
  });

  it('gdas takes nothing from the gradient of an operation that did not run', () => {
    const draw = { stream: createStream(0), theta: [[0.5, 0.3, 0.2]], temperature: 1 };
    const gradient = tf.tidy(() =>
      tf
        .grad((alpha: tf.Tensor) => samplerOf('gdas').sample(alpha as tf.Tensor2D, draw))(
          tf.tensor2d([ROW]),
          tf.tensor2d([[2, 100, 1000]]),
        )
        .dataSync(),
    );
    // g_c p_c (delta_jc - p_j) with c = 0.
    [2 * 0.5 * 0.5, -2 * 0.5 * 0.3, -2 * 0.5 * 0.2].forEach((want, j) =>
      expect(gradient[j]).to.be.closeTo(want, 1e-6),
    );
  });

  it('dsnas has the exact gradient of an expectation that is linear in theta, by enumeration', () => {
    const weights = [3, -1, 0.5];
    const p = softmax(ROW);
    const mean = p.reduce((sum, q, i) => sum + q * weights[i], 0);
    agree(
      gradientsOf('dsnas', ROW, linear(weights), DRAWS),
      p.map((q, i) => q * (weights[i] - mean)),
    );
  });

  it('dsnas gives each of two edges its exact part where their product counts, by enumeration of the nine pairs', () => {
    const pairs = [
      [1, -2, 0.5],
      [0, 3, -1],
      [2, 1, -3],
    ];
    const p = softmax(ROW);
    // Rows 2n and 2n + 1 are the two edges of pair n, both with the same alpha: E = sum_ij p_i p_j pairs_ij.
    const product = (theta: tf.Tensor2D) => {
      const edges = theta.reshape([-1, 2, 3]);
      const [first, second] = [0, 1].map((e) => edges.slice([0, e, 0], [-1, 1, 3]).reshape([-1, 3]));
      return tf.sum(tf.mul(tf.matMul(first as tf.Tensor2D, tf.tensor2d(pairs)), second)) as tf.Scalar;
    };
    const gradients = gradientsOf('dsnas', ROW, product, 2 * DRAWS);
    const ofFirst = p.map((_, i) => p.reduce((sum, q, j) => sum + q * pairs[i][j], 0));
    const ofSecond = p.map((_, j) => p.reduce((sum, q, i) => sum + q * pairs[i][j], 0));
    [ofFirst, ofSecond].forEach((value, edge) => {
      const mean = p.reduce((sum, q, i) => sum + q * value[i], 0);
      agree(
        gradients.filter((_, n) => n % 2 === edge),
        p.map((q, i) => q * (value[i] - mean)),
      );
    });
  });

  it('uniform-path expects every kept operation equally and gives alpha no gradient', () => {
    expect(samplerOf('uniform-path').expected([[9, 0, -9]], [[1, 0, 1]])).to.deep.equal([[0.5, 0, 0.5]]);
    expect(samplerOf('uniform-path').gradient).to.equal('none');
  });
});
