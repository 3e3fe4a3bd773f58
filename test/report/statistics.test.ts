// Statistics over seeds, against their definitions.
import { expect } from 'chai';
import {
  formatHitRate,
  mean,
  median,
  quantile,
  sampleStandardDeviation,
  wilsonInterval,
} from '../../src/report/statistics.js';

describe('the statistics over seeds', () => {
  it('divide the variance by n - 1', () => {
    // 1, 2, 3, 4: squares about 2.5 sum to 5.
    expect(sampleStandardDeviation([1, 2, 3, 4])).to.be.closeTo(Math.sqrt(5 / 3), 1e-12);
    expect([mean([1, 2, 6]), median([9, 1, 2]), quantile([1, 2, 3, 4, 5], 0.25)]).to.deep.equal([3, 2, 2]);
  });

  it('bound a hit rate by the rates that differ from it by exactly z standard errors of their own', () => {
    // Wilson's interval solves (hits/n - p)^2 = z^2 p (1 - p) / n; 1.96 is the normal's 97.5 % quantile.
    for (const [hits, n] of [
      [3, 5],
      [1, 5],
      [40, 100],
    ]) {
      const { low, high } = wilsonInterval(hits, n, 1.96);
      for (const p of [low, high]) {
        expect((hits / n - p) ** 2).to.be.closeTo((1.96 ** 2 * p * (1 - p)) / n, 1e-12);
      }
      expect(low < hits / n && hits / n < high).to.equal(true);
    }
  });

  it('do not call five hits of five certain', () => {
    // High end 1; low end n / (n + z^2) = 5 / (5 + 3.8415) = 0.5655.
    expect(wilsonInterval(5, 5).high).to.equal(1);
    expect(wilsonInterval(5, 5).low).to.be.closeTo(0.5655, 1e-4);
    expect(wilsonInterval(0, 5)).to.have.property('low', 0);
    expect(formatHitRate(5, 5)).to.equal('5 of 5 (95 % interval 57–100 %)');
  });

  it('refuse more hits than trials, and no trials', () => {
    expect(() => wilsonInterval(6, 5)).to.throw('6 of 5');
    expect(() => wilsonInterval(0, 0)).to.throw('0 of 0');
    expect(() => wilsonInterval(1.5, 3)).to.throw('1.5 of 3');
  });
});
