// The Dirichlet's density, moments and entropy.
import { expect } from 'chai';
import { entropy, logDensity, mean, sampleDirichlet, variance } from '../../src/distributions/dirichlet.js';
import { createStream } from '../../src/random/index.js';
import { moments } from '../random/statistics.js';
import { integrate } from './integrate.js';

describe('the Dirichlet distribution', () => {
  it('has a density that integrates to 1', () => {
    for (const beta of [
      [1, 1],
      [0.5, 0.7],
      [3, 2.5],
      [12, 0.3],
    ]) {
      const total = integrate((x, y) => Math.exp(logDensity([x, y], beta)));
      expect(total).to.be.closeTo(1, 1e-8);
    }
  });

  it('is flat at beta = 1, up to the corners', () => {
    // ln Gamma(5) = ln 24
    expect(logDensity([0.1, 0.2, 0.3, 0.15, 0.25], [1, 1, 1, 1, 1])).to.be.closeTo(Math.log(24), 1e-13);
    expect(logDensity([1, 0, 0, 0, 0], [1, 1, 1, 1, 1])).to.be.closeTo(Math.log(24), 1e-13);
  });

  it('has mean .2 and deviation .163 with five operations at the start, .143 and .124 with seven', () => {
    // beta_i / S and beta_i (S - beta_i) / (S^2 (S + 1)).
    for (const [k, m, s] of [
      [5, 0.2, 0.163],
      [7, 0.143, 0.124],
    ]) {
      const beta = new Array(k).fill(1);
      expect(mean(beta)[0]).to.be.closeTo(m, 5e-4);
      expect(Math.sqrt(variance(beta)[0])).to.be.closeTo(s, 5e-4);
    }
  });

  it('has an entropy of minus the mean log density', () => {
    const stream = createStream(31);
    for (const beta of [
      [1, 1, 1, 1, 1],
      [0.3, 2, 0.8],
      [4, 5, 6, 7],
    ]) {
      const found = moments(
        Float64Array.from({ length: 20000 }, () => -logDensity(sampleDirichlet(stream, beta), beta)),
      );
      expect(Math.abs(found.mean - entropy(beta))).to.be.below(4 * found.meanError + 1e-12);
    }
  });

  it('names a concentration that is not positive', () => {
    expect(() => mean([1, 0, 1])).to.throw('entry 1 is 0');
    expect(() => entropy([1, Number.NaN])).to.throw('entry 1 is NaN');
    expect(() => sampleDirichlet(createStream(0), [-2])).to.throw('entry 0 is -2');
    expect(() => variance([])).to.throw('at least one');
  });
});
