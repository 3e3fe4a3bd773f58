// The score-function gradient of the Dirichlet: unbiased, its score of mean 0, and what its baselines are.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { concentration, concentrationDerivative, logDensity } from '../../../src/distributions/dirichlet.js';
import { createStream } from '../../../src/random/stream.js';
import { advantages, averageOf, withLoss } from '../../../src/search/samplers/baseline.js';
import { samplerOf } from '../../../src/search/samplers/samplerOf.js';
import { agree, ERRORS, gradientsOf, meanOf } from './manyRows.js';

const DRAWS = 12_000;
const ALPHA = [0.6, -0.5, 1.4];
const sampler = samplerOf('dirichlet-score');

/** E[theta_0^2 - 2 theta_1 theta_2 + theta_2] in closed form: E theta_i^2 = b_i (b_i + 1) / (S (S + 1)), E theta_i theta_j likewise. */
const expectation = (alpha: number[]) => {
  const b = alpha.map(concentration);
  const s = b.reduce((x, y) => x + y);
  return (b[0] * (b[0] + 1) - 2 * b[1] * b[2]) / (s * (s + 1)) + b[2] / s;
};
const f = (t: number[]) => t[0] ** 2 - 2 * t[1] * t[2] + t[2];
const exact = ALPHA.map((_, i) => {
  const moved = (by: number) => expectation(ALPHA.map((a, j) => (j === i ? a + by : a)));
  return (moved(1e-5) - moved(-1e-5)) / 2e-5;
});
const drawn = () => {
  const alpha = Array.from({ length: DRAWS }, () => ALPHA);
  const { theta, score } = sampler.scored!(alpha, { stream: createStream(3) });
  return { theta, scores: score };
};

describe('dirichlet-score', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('has the exact gradient of a closed-form expectation on average, as the pathwise one has', () => {
    const { theta, scores } = drawn();
    agree(
      scores.map((score, n) => score.map((s) => f(theta[n]) * s)),
      exact,
    );
    const pathwise = gradientsOf(
      'dirichlet',
      ALPHA,
      (t) => {
        const [t0, t1, t2] = tf.split(t, 3, 1);
        return tf.sum(tf.add(tf.sub(tf.square(t0), tf.mul(tf.mul(t1, t2), 2)), t2)) as tf.Scalar;
      },
      4000,
    );
    agree(pathwise, exact);
  });

  it('has a score of mean 0, so that a baseline adds no bias', () => {
    agree(drawn().scores, [0, 0, 0]);
  });

  it('has the score of the log density, by finite differences', () => {
    const theta = [0.2, 0.1, 0.7];
    const [score] = sampler.scored!([ALPHA], { stream: createStream(0), theta: [theta] }).score;
    ALPHA.forEach((a, i) => {
      const at = (v: number) =>
        logDensity(
          theta,
          ALPHA.map((x, j) => concentration(i === j ? v : x)),
        );
      expect(score[i]).to.be.closeTo((at(a + 1e-5) - at(a - 1e-5)) / 2e-5, 1e-8);
    });
  });

  it('leaves pruned operations out of the density', () => {
    const mask = [[1, 0, 1]];
    const drawn = sampler.scored!([ALPHA], { stream: createStream(0), mask });
    const [theta, score] = [drawn.theta[0], drawn.score[0]];
    expect(theta[1]).to.equal(0);
    expect(score[1]).to.equal(0);
    const at = (v: number) => logDensity([theta[0], theta[2]], [concentration(v), concentration(ALPHA[2])]);
    expect(score[0]).to.be.closeTo((at(ALPHA[0] + 1e-5) - at(ALPHA[0] - 1e-5)) / 2e-5, 1e-8);
  });

  it('is unbiased where a weight is far below the smallest number', () => {
    const alpha = Array.from({ length: 4000 }, () => [-9, 0, 0]);
    const { theta, score } = sampler.scored!(alpha, { stream: createStream(0) });
    expect(theta.filter(([t]) => t === 0).length, 'draws that underflow').to.be.above(1000);
    // beta_0 ln theta_0 is about minus an exponential variate there, so the score deviates by about 1 around 0.
    const { mean, error } = meanOf(score.map(([s]) => [s]));
    expect(error[0] * Math.sqrt(4000)).to.be.within(0.9, 1.1);
    expect(mean[0]).to.be.closeTo(0, ERRORS * error[0]);
    expect(concentrationDerivative(-9)).to.equal(Math.exp(-9));
  });
});

describe('a baseline of the score', () => {
  const none = { mean: 0, count: 0 };
  it('is the mean of the other losses where there are several', () => {
    expect(advantages([1, 2, 6], 'auto', none)).to.deep.equal([1 - 4, 2 - 3.5, 6 - 1.5]);
  });

  it('is the average of the past where there is one, which never contains the loss itself', () => {
    expect(advantages([5], 'auto', none), 'there is no past yet').to.deep.equal([0]);
    const once = withLoss(none, 2);
    expect(averageOf(once)).to.be.closeTo(2, 1e-12);
    expect(advantages([5], 'auto', once)[0]).to.be.closeTo(3, 1e-12);
    // 0.1 * 4 + 0.9 * 0.1 * 2, over 1 - 0.81.
    expect(averageOf(withLoss(once, 4))).to.be.closeTo(0.58 / 0.19, 1e-12);
    expect(advantages([5, 7], 'moving-average', once)[1]).to.be.closeTo(5, 1e-12);
  });

  it('may be absent', () => {
    expect(advantages([5, 7], 'none', withLoss(none, 2))).to.deep.equal([5, 7]);
  });
});
