// Medians and paired ratios.
import { expect } from 'chai';
import { medianStep, pairedRatio } from '../../bench/statistics.js';

describe('timings taken in turn', () => {
  it('have the median over the steps of all rounds', () => {
    expect(medianStep([[3, 1], [2], [10, 4]])).to.equal(3);
  });

  it('are compared within each round, so that a slow moment counts for both', () => {
    // The machine is ten times slower in the second round; ours is four times faster throughout.
    const ratio = pairedRatio([[1], [10], [1]], [[4], [40], [4]]);
    expect(ratio).to.deep.equal({ median: 4, low: 4, high: 4 });
  });

  it('give the range of the rounds', () => {
    const ratio = pairedRatio([[1], [1], [1]], [[2], [5], [3]]);
    expect(ratio).to.deep.equal({ median: 3, low: 2, high: 5 });
  });

  it('are refused where the rounds do not pair', () => {
    expect(() => pairedRatio([[1]], [[1], [2]])).to.throw('got 1 of ours and 2 of theirs');
  });
});
