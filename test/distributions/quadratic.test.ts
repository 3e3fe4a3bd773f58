// A quadratic of a Dirichlet: its expectation and gradient against moments, differences and draws.
import { expect } from 'chai';
import {
  mean,
  type Quadratic,
  quadraticExpectation,
  quadraticExpectationGradient,
  quadraticGradient,
  quadraticValue,
  sampleDirichlet,
  variance,
} from '../../src/distributions/dirichlet.js';
import { createStream } from '../../src/random/stream.js';

const BETA = [2, 0.5, 1.2];
const F: Quadratic = {
  matrix: [
    [2, -0.5, 0.3],
    [-0.5, 1, 0.1],
    [0.3, 0.1, 0.7],
  ],
  centre: [0.5, -0.2, 0.4],
  offset: 1.5,
};

describe('a quadratic of a Dirichlet', () => {
  it('has half the summed variances as its expectation where it is half the squared distance from the mean', () => {
    const square: Quadratic = {
      matrix: [0, 1, 2].map((i) => [0, 1, 2].map((j) => (i === j ? 1 : 0))),
      centre: Array.from(mean(BETA)),
      offset: 0,
    };
    const spread = variance(BETA).reduce((a, b) => a + b, 0);
    expect(quadraticExpectation(square, BETA)).to.be.closeTo(spread / 2, 1e-15);
  });

  it('has the mean over many draws as its expectation', () => {
    const stream = createStream(1, 'quadratic');
    const draws = 20_000;
    let [sum, squares] = [0, 0];
    for (let n = 0; n < draws; n++) {
      const value = quadraticValue(F, sampleDirichlet(stream, BETA));
      sum += value;
      squares += value * value;
    }
    const error = Math.sqrt((squares / draws - (sum / draws) ** 2) / draws);
    expect(Math.abs(sum / draws - quadraticExpectation(F, BETA))).to.be.below(4 * error);
  });

  it('has gradients that central differences confirm, in theta and in beta', () => {
    const h = 1e-5;
    const theta = [0.2, 0.5, 0.3];
    const moved = (x: number[], i: number, by: number) => x.map((v, j) => (i === j ? v + by : v));
    BETA.forEach((_, i) => {
      const inTheta = quadraticValue(F, moved(theta, i, h)) - quadraticValue(F, moved(theta, i, -h));
      expect(quadraticGradient(F, theta)[i]).to.be.closeTo(inTheta / (2 * h), 1e-8);
      const inBeta = quadraticExpectation(F, moved(BETA, i, h)) - quadraticExpectation(F, moved(BETA, i, -h));
      expect(quadraticExpectationGradient(F, BETA)[i]).to.be.closeTo(inBeta / (2 * h), 1e-8);
    });
  });

  it('names a size that does not fit', () => {
    expect(() => quadraticExpectation(F, [1, 1])).to.throw('2 x 2 matrix');
  });
});
