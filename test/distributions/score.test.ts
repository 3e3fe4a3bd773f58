// The score of a Dirichlet: the derivative of its log density, and a mean of 0.
import { expect } from 'chai';
import { logDensity, sampleDirichlet, score } from '../../src/distributions/dirichlet.js';
import { createStream } from '../../src/random/stream.js';

const BETA = [2, 0.5, 1.2];

describe('the score of a Dirichlet', () => {
  it('is the derivative of the log density in the concentrations', () => {
    const theta = [0.2, 0.5, 0.3];
    const h = 1e-5;
    const at = (i: number, by: number) =>
      logDensity(
        theta,
        BETA.map((b, j) => (i === j ? b + by : b)),
      );
    score(theta, BETA).forEach((s, i) => {
      expect(s).to.be.closeTo((at(i, h) - at(i, -h)) / (2 * h), 1e-8);
    });
  });

  it('has the mean 0, so that a baseline changes no mean', () => {
    const stream = createStream(2, 'score');
    const draws = 20_000;
    const sums = BETA.map(() => ({ sum: 0, squares: 0 }));
    for (let n = 0; n < draws; n++) {
      score(sampleDirichlet(stream, BETA), BETA).forEach((s, i) => {
        sums[i].sum += s;
        sums[i].squares += s * s;
      });
    }
    for (const { sum, squares } of sums) {
      expect(Math.abs(sum / draws)).to.be.below(4 * Math.sqrt(squares / draws / draws));
    }
  });
});
