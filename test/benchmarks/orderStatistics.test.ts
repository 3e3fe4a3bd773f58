// Ranks, and the expected best of n draws against the enumeration of all draws.
import { expect } from 'chai';
import { expectedBest, ranks } from '../../src/benchmarks/orderStatistics.js';

describe('ranks', () => {
  it('gives 1 to the largest and the better rank to all that tie', () => {
    expect(Array.from(ranks([5, 9, 5, 1, 9, 7]))).to.deep.equal([4, 1, 4, 6, 1, 3]);
  });

  it('gives none to a missing value, and lets it disturb no other', () => {
    expect(Array.from(ranks([Number.NaN, 1, 3, Number.NaN, 2, 5, Number.NaN, 4]))).to.deep.equal([
      0, 5, 3, 0, 4, 1, 0, 2,
    ]);
  });

  it('does not let the last bit of a mean decide', () => {
    expect(Array.from(ranks([93.66000000000001, 93.66, 93.65]))).to.deep.equal([1, 1, 3]);
  });
});

describe('expectedBest', () => {
  it('equals the mean over all ordered draws', () => {
    const values = [1, 4, 4, 5, 9.5];
    for (const n of [1, 2, 3, 4]) {
      let sum = 0;
      for (let draw = 0; draw < 5 ** n; draw++) {
        let best = -Infinity;
        for (let i = 0; i < n; i++) best = Math.max(best, values[Math.floor(draw / 5 ** i) % 5]);
        sum += best;
      }
      expect(expectedBest(values, n)).to.be.closeTo(sum / 5 ** n, 1e-12);
    }
  });

  it('refuses a number of draws that is none', () => {
    for (const n of [0, -1, 1.5, Number.NaN]) expect(() => expectedBest([1], n)).to.throw(/at least 1/);
  });
});
