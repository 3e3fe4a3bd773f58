// The exact law of random search against the enumeration of all draws, against expectedBest, and against searches themselves.
import { expect } from 'chai';
import { expectedBest } from '../../src/benchmarks/orderStatistics.js';
import { lawOfBest } from '../../src/rivals/law.js';
import { playMany } from '../../src/rivals/many.js';
import { madeReports, madeSight } from './made.js';

describe('the law of best-of-n', () => {
  it('has the mean and deviation over all ordered draws, where equals share', () => {
    const seen = [1, 4, 4, 5, 2];
    const reported = [7, 1, 3, 2, 9];
    for (const n of [1, 2, 3, 4]) {
      let [sum, squares] = [0, 0];
      for (let draw = 0; draw < 5 ** n; draw++) {
        let best = -1;
        for (let i = 0; i < n; i++) {
          const own = Math.floor(draw / 5 ** i) % 5;
          if (best < 0 || seen[own] > seen[best]) best = own;
        }
        sum += reported[best];
        squares += reported[best] ** 2;
      }
      const mean = sum / 5 ** n;
      const law = lawOfBest(seen, reported, n);
      expect(law.mean).to.be.closeTo(mean, 1e-12);
      expect(law.deviation).to.be.closeTo(Math.sqrt(squares / 5 ** n - mean ** 2), 1e-7);
    }
  });

  it("is expectedBest's where what is seen is what is reported", () => {
    const { validation } = madeSight();
    const ascending = validation.slice().sort();
    for (const n of [1, 10, 100])
      expect(lawOfBest(validation, validation, n).mean).to.be.closeTo(expectedBest(ascending, n), 1e-9);
  });

  it('is what random search reaches: mean within 4 standard errors over 1,500 seeds, and its deviation', () => {
    const [sight, reports] = [madeSight(), madeReports()];
    const n = 20;
    const seeds = Array.from({ length: 1500 }, (_, i) => i);
    const study = playMany('random', sight, reports, { seeds, budget: { queries: n } });
    for (const part of ['valid', 'test'] as const) {
      const law = lawOfBest(sight.validation, reports.cifar10[part], n);
      const { mean, deviation } = study.spread.cifar10[part];
      expect(Math.abs(mean - law.mean), part).to.be.below((4 * law.deviation) / Math.sqrt(seeds.length));
      expect(deviation! / law.deviation, part).to.be.within(0.9, 1.1);
    }
    // And at every number of queries before, which is the anytime curve.
    study.curve.forEach(({ cifar10 }, q) => {
      const law = lawOfBest(sight.validation, reports.cifar10.test, q + 1);
      expect(Math.abs(cifar10 - law.mean), `query ${q + 1}`).to.be.below(
        (5 * law.deviation) / Math.sqrt(seeds.length),
      );
    });
  });

  it('refuses a number of draws that is none, and lists of different lengths', () => {
    for (const n of [0, -1, 1.5, Number.NaN]) expect(() => lawOfBest([1], [1], n)).to.throw(/at least 1/);
    expect(() => lawOfBest([1, 2], [1], 3)).to.throw(/equally many/);
  });
});
