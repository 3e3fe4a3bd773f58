// Statistics over seeds, against their definitions.
import { expect } from 'chai';
import {
  formatHitRate,
  mean,
  median,
  quantile,
  sampleStandardDeviation,
  spreadOf,
  studentQuantile,
  wilsonInterval,
} from '../../src/statistics/spread.js';

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

describe('the mean of a few seeds', () => {
  it("has the two-sided 95 % quantiles of Student's t", () => {
    // Printed tables: 12.706, 4.303, 2.776, 2.228, 1.980 for 1, 2, 4, 10, 120 degrees of freedom.
    for (const [freedom, t] of [
      [1, 12.706],
      [2, 4.303],
      [4, 2.776],
      [10, 2.228],
      [120, 1.98],
    ])
      expect(studentQuantile(freedom)).to.be.closeTo(t, 5e-4);
  });

  it('gives mean, sample deviation and interval, and no deviation of a single value', () => {
    const { n, mean, deviation, interval } = spreadOf([1, 2, 3]);
    expect([n, mean, deviation]).to.deep.equal([3, 2, 1]);
    expect(interval![1]).to.be.closeTo(2 + 4.3027 / Math.sqrt(3), 1e-4);
    expect(spreadOf([5])).to.deep.equal({ n: 1, mean: 5, deviation: null, interval: null });
    expect(() => spreadOf([])).to.throw('at least one value');
  });
});
