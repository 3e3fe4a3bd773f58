// Normal, exponential and Gumbel variates: moments.
import { expect } from 'chai';
import { createStream, exponential, gumbel, normal } from '../../src/random/index.js';
import { moments } from './statistics.js';

const draws = (name: string, n: number, draw: (stream: ReturnType<typeof createStream>) => number) => {
  const stream = createStream(11, name);
  return Float64Array.from({ length: n }, () => draw(stream));
};

describe('continuous variates', () => {
  // Mean and variance of each distribution; Euler's constant and pi^2 / 6 for the Gumbel.
  const cases = [
    ['normal', normal, 0, 1],
    ['exponential', exponential, 1, 1],
    ['gumbel', gumbel, 0.5772156649, Math.PI ** 2 / 6],
  ] as const;
  for (const [name, draw, mean, variance] of cases) {
    it(`have the mean and variance of the ${name} distribution`, () => {
      const found = moments(draws(name, 100000, draw));
      expect(Math.abs(found.mean - mean)).to.be.below(4 * found.meanError);
      expect(Math.abs(found.variance - variance)).to.be.below(4 * found.varianceError);
    });
  }

  it('have the tails of the normal distribution', () => {
    const values = draws('tails', 200000, normal);
    // P(|z| > 2) = 0.0455003, P(|z| > 3) = 0.0026998; four standard errors.
    for (const [limit, probability] of [
      [2, 0.0455003],
      [3, 0.0026998],
    ]) {
      const share = values.filter((z) => Math.abs(z) > limit).length / values.length;
      expect(Math.abs(share - probability)).to.be.below(4 * Math.sqrt(probability / values.length));
    }
  });
});
