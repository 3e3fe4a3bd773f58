// Estimators of a gradient that is known exactly.
import { expect } from 'chai';
import { compareEstimators, worstDeviation } from '../../src/experiments/estimators.js';
import { randomQuadratic } from '../../src/experiments/proposition1.js';
import { createStream } from '../../src/random/stream.js';

const stream = createStream(0, 'estimators');
const problem = randomQuadratic(stream.split('problem'), [0.2, 0.2, 0.2, 0.2, 0.2], 1);
const compare = (beta: number[], offset = 0) =>
  compareEstimators({ ...problem, offset }, beta, stream.split('draws', ...beta), 4000);
const variances = (comparison: ReturnType<typeof compare>) =>
  Object.fromEntries(comparison.rows.map(({ estimator, variance }) => [estimator, variance]));

describe('the estimators of the gradient', () => {
  it('are all unbiased: their means are within four standard errors of the exact gradient', () => {
    for (const beta of [
      [1, 1, 1, 1, 1],
      [0.3, 2, 1, 0.7, 4],
    ]) {
      const comparison = compare(beta);
      for (const row of comparison.rows) {
        expect(worstDeviation(comparison, row), `${row.estimator} at ${beta}`).to.be.within(0.1, 4);
      }
    }
  });

  it('scatter least in the pathwise form, more as scores, most without a baseline', () => {
    const found = variances(compare([1, 1, 1, 1, 1]));
    expect(found.pathwise * 10).to.be.below(found['score, baseline E[f]']);
    expect(found['score, baseline E[f]']).to.be.below(found.score);
  });

  it('react to a constant in the loss only as scores without a baseline', () => {
    const [without, shifted] = [variances(compare([1, 1, 1, 1, 1])), variances(compare([1, 1, 1, 1, 1], 10))];
    expect(shifted.pathwise).to.equal(without.pathwise);
    expect(shifted['score, baseline E[f]'] / without['score, baseline E[f]']).to.be.closeTo(1, 1e-9);
    expect(shifted.score / without.score).to.be.above(5);
  });

  it('need two draws for a variance', () => {
    expect(() => compareEstimators(problem, [1, 1, 1, 1, 1], stream, 1)).to.throw('got 1');
  });
});
