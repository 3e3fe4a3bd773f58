// The estimators' variances: against an integral, against each other, and where they must vanish.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { estimatorVariance } from '../../src/diagnostics/estimatorVariance.js';
import { digamma } from '../../src/distributions/special.js';

const quadratic = (theta: tf.Tensor2D) =>
  tf.sum(tf.mul(tf.square(theta), tf.tensor1d([1, 2, -1]))) as tf.Scalar;
const ALPHA = [
  [0.6, -0.5, 1.4],
  [0, 0.2, 0.1],
];

describe('estimatorVariance', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('measures the variance of the score-function gradient that an integral over the Beta density has', () => {
    // Two operations with beta = (2, 3): theta_0 = x has the density 12 x (1 - x)^2; loss 2 x; no baseline.
    const score = [
      (x: number) => Math.log(x) - digamma(2) + digamma(5),
      (x: number) => Math.log(1 - x) - digamma(3) + digamma(5),
    ];
    const n = 20_000;
    const integral = (g: (x: number) => number) => {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const x = (i + 0.5) / n;
        sum += g(x) * 12 * x * (1 - x) ** 2;
      }
      return sum / n;
    };
    const want = score.reduce(
      (sum, s) => sum + integral((x) => (2 * x * s(x)) ** 2) - integral((x) => 2 * x * s(x)) ** 2,
      0,
    );
    const loss = (theta: tf.Tensor2D) => tf.sum(tf.mul(theta, tf.tensor1d([2, 0]))) as tf.Scalar;
    const [report] = estimatorVariance(loss, [[1, 2]], ['dirichlet-score'], {
      estimates: 3000,
      scoreBaseline: 'none',
    });
    expect(report.variance).to.be.closeTo(want, 0.12 * want);
    // d E[2 x] / d beta, with E x = 2 / 5: 2 (5 - 2) / 25 and -2 * 2 / 25.
    [6 / 25, -4 / 25].forEach((g, i) =>
      expect(report.mean[0][i]).to.be.closeTo(g, 4.5 * report.standardError[0][i]),
    );
  });

  it('finds the pathwise gradient far less noisy than the score, of equal mean, and more samples better', () => {
    const run = (samplesPerStep: number) =>
      estimatorVariance(quadratic, ALPHA, ['dirichlet', 'dirichlet-score'], {
        estimates: 600,
        samplesPerStep,
      });
    const [pathwise, score] = run(1);
    expect(pathwise.relative).to.equal(1);
    expect(score.relative).to.be.above(2);
    ALPHA.forEach((row, e) => {
      row.forEach((_, o) => {
        const error = Math.hypot(pathwise.standardError[e][o], score.standardError[e][o]);
        expect(score.mean[e][o]).to.be.closeTo(pathwise.mean[e][o], 4.5 * error);
      });
    });
    const [four] = run(4);
    expect(four.variance).to.be.within(pathwise.variance / 6, pathwise.variance / 2.7);
  });

  it('is 0 where nothing is drawn, and for a constant loss wherever the estimator knows that it is constant', () => {
    const constant = (theta: tf.Tensor2D) => tf.add(tf.mul(tf.sum(theta), 0), 3) as tf.Scalar;
    const options = { estimates: 30 };
    for (const name of ['dirichlet-mean', 'softmax'] as const)
      expect(estimatorVariance(quadratic, ALPHA, [name], options)[0].variance).to.be.below(1e-12);
    for (const name of ['dirichlet', 'gumbel-softmax', 'gdas', 'dsnas'] as const)
      expect(estimatorVariance(constant, ALPHA, [name], options)[0].variance).to.equal(0);
    const [bare] = estimatorVariance(constant, ALPHA, ['dirichlet-score'], {
      ...options,
      scoreBaseline: 'none',
    });
    const [others] = estimatorVariance(constant, ALPHA, ['dirichlet-score'], {
      ...options,
      samplesPerStep: 2,
    });
    expect(bare.variance).to.be.above(1);
    expect(others.variance).to.equal(0);
  });

  it('leaves no tensors behind and refuses a single estimate', () => {
    const before = tf.memory().numTensors;
    estimatorVariance(quadratic, ALPHA, ['dirichlet', 'dirichlet-score', 'gdas', 'uniform-path'], {
      estimates: 3,
    });
    expect(tf.memory().numTensors).to.equal(before);
    expect(() => estimatorVariance(quadratic, ALPHA, ['dirichlet'], { estimates: 1 })).to.throw(
      'the scatter of 1 draws: expected a whole number of at least 2',
    );
  });
});
