// Comparisons on equal seeds, against hand counts.
import { expect } from 'chai';
import { createStream } from '../../src/random/stream.js';
import {
  improvementInterval,
  pairedComparison,
  probabilityOfImprovement,
  signFlipP,
} from '../../src/statistics/comparison.js';
import { bestOf, interquartileMean } from '../../src/statistics/spread.js';
import { hitRates } from '../../src/study/hitRates.js';

const stream = createStream(0, 'test');
const bySeed = (values: number[]) => new Map(values.map((value, seed) => [seed, value]));

describe('the sign-flip test', () => {
  it('counts the sign patterns that are at least as far from 0', () => {
    // Sums of ±1 ±2 ±3: 6 4 2 0 0 -2 -4 -6. At least 4 in size are four of eight, at least 6 two.
    expect(signFlipP([-1, 2, 3], stream)).to.equal(4 / 8);
    expect(signFlipP([1, 2, 3], stream)).to.equal(2 / 8);
    expect(signFlipP([0, 0], stream)).to.equal(1);
  });

  it('never reaches 0.05 with five seeds', () => {
    expect(signFlipP([9, 9, 9, 9, 9], stream)).to.equal(2 / 32);
  });

  it('draws patterns where there are too many to count, and agrees with the normal distribution', () => {
    // 100 differences, 60 of +1 and 40 of -1: sum 20, deviation 10. P(|S| >= 20) = 0.0569, by the binomial law.
    const differences = Array.from({ length: 100 }, (_, i) => (i < 60 ? 1 : -1));
    expect(signFlipP(differences, createStream(1))).to.be.closeTo(0.0569, 0.004);
  }).timeout(20_000);
});

describe('the probability of improvement', () => {
  it('counts the pairs in which the first is above the second, ties for half', () => {
    // 3 > 1, 3 > 2, 2 > 1, 2 = 2.
    expect(probabilityOfImprovement([3, 2], [1, 2])).to.equal(3.5 / 4);
    expect(improvementInterval([9, 8, 7], [1, 2, 3], stream)).to.deep.equal([1, 1]);
    expect(improvementInterval([9], [1, 2], stream)).to.equal(null);
  });
});

describe('a paired comparison', () => {
  it('takes the seeds that both have, and their differences', () => {
    const first = new Map([
      [0, 5],
      [1, 7],
      [9, 100],
    ]);
    const { n, difference } = pairedComparison(first, bySeed([4, 5, 6]), stream)!;
    expect([n, difference.mean]).to.deep.equal([2, 1.5]);
    expect(pairedComparison(new Map([[7, 1]]), bySeed([1]), stream)).to.equal(undefined);
  });

  it('says that two settings cannot be distinguished unless both intervals leave 0 out', () => {
    const base = [90, 91, 92, 93, 94];
    const plus = (d: number[]) => bySeed(base.map((value, i) => value + d[i]));
    const verdict = (d: number[]) => pairedComparison(plus(d), bySeed(base), stream)!.distinction;
    expect(verdict([1, 1.2, 0.9, 1.1, 1])).to.equal('higher');
    expect(verdict([-1, -1.2, -0.9, -1.1, -1])).to.equal('lower');
    expect(verdict([1, -1.2, 0.9, -1.1, 1])).to.equal('cannot be distinguished');
    // All differences have one sign, and the bootstrap alone would call it: Student's interval holds 0 (mean 1.04, half width 1.1).
    const few = [0.1, 0.1, 0.9, 1.9, 2.2];
    expect(pairedComparison(plus(few), bySeed(base), stream)!.bootstrap![0]).to.be.above(0);
    expect(verdict(few)).to.equal('cannot be distinguished');
    // One seed says nothing.
    expect(pairedComparison(bySeed([9]), bySeed([1]), stream)!.distinction).to.equal(
      'cannot be distinguished',
    );
  });
});

describe('summaries of a few seeds', () => {
  it('cut a quarter of the values off at either end for the interquartile mean, as rliable does', () => {
    expect(interquartileMean([100, 1, 2, 3, -100])).to.equal(2);
    expect(interquartileMean([0, 4, 5, 90])).to.equal(4.5);
    expect(interquartileMean([1, 2, 6])).to.equal(3);
  });

  // PC-DARTS#47, SmoothDARTS#5: what is printed there is the best of several runs.
  it('never give a best without saying of how many', () => {
    expect(bestOf([1, 3, 2])).to.deep.equal({
      ...{ value: 3, of: 3, label: 'best of 3, no estimate of what one run gives' },
    });
    expect(bestOf([1, 3], 'lower').value).to.equal(1);
  });

  it("count the paper's cell and the best of the table, with Wilson's intervals", () => {
    const rates = hitRates([
      { index: 9930, rank: 3 },
      { index: 1, rank: 20 },
      { index: 2, rank: 21 },
    ])!;
    expect([rates.headline.hits, rates.best5.hits, rates.best20.hits]).to.deep.equal([1, 1, 2]);
    // Wilson's interval of 1 of 3 at 1.96: 0.0615 to 0.7923.
    expect(rates.headline.low).to.be.closeTo(0.0615, 1e-4);
    expect(rates.headline.high).to.be.closeTo(0.7923, 1e-4);
    expect(hitRates([])).to.equal(null);
  });
});
