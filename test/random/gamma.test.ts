// Gamma variates: moments of the values and of their logarithms, down to shapes where the values underflow.
import { expect } from 'chai';
import { digamma, trigamma } from '../../src/distributions/special.js';
import { createStream, gamma, logGamma } from '../../src/random/index.js';
import { moments } from './statistics.js';

describe('a gamma variate', () => {
  for (const shape of [0.1, 0.5, 1, 1.5, 10, 1000]) {
    it(`of shape ${shape} has mean and variance ${shape}`, () => {
      const stream = createStream(5, 'gamma', shape);
      const found = moments(Float64Array.from({ length: 50000 }, () => gamma(stream, shape)));
      expect(Math.abs(found.mean - shape)).to.be.below(4 * found.meanError);
      expect(Math.abs(found.variance - shape)).to.be.below(4 * found.varianceError);
    });
  }

  for (const shape of [1e-8, 1e-3, 0.3, 1, 20]) {
    it(`of shape ${shape} has a logarithm of mean psi(shape) and variance psi'(shape)`, () => {
      const stream = createStream(6, 'log', shape);
      const logs = Float64Array.from({ length: 50000 }, () => logGamma(stream, shape));
      expect(logs.every(Number.isFinite)).to.equal(true);
      const found = moments(logs);
      expect(Math.abs(found.mean - digamma(shape))).to.be.below(4 * found.meanError);
      expect(Math.abs(found.variance - trigamma(shape))).to.be.below(4 * found.varianceError);
    });
  }

  it('needs a positive finite shape, and says which it got', () => {
    for (const shape of [0, -1, Number.NaN, Infinity]) {
      expect(() => logGamma(createStream(0), shape)).to.throw(String(shape));
    }
  });
});
