// Rank agreement: hand-made cases, and ties against all orders they can have.
import { expect } from 'chai';
import { rankingQuality } from '../../src/diagnostics/rankingQuality.js';
import { averageRanks, spearman } from '../../src/diagnostics/spearman.js';

/** All orders of a list. */
function orders<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, i) =>
    orders([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [first, ...rest]),
  );
}

describe('rankingQuality', () => {
  const truth = [10, 90, 50, 70, 30, 80];

  it('is perfect for scores in the order of the truth, and the contrary for the opposite order', () => {
    const good = rankingQuality(
      truth.map((t) => t ** 3),
      truth,
      [1, 2],
    );
    expect(good).to.deep.include({ tau: 1, regret: 0, best: 90, tied: 1, recall: { 1: 1, 2: 1 } });
    expect(good.spearman).to.be.closeTo(1, 1e-12);
    const bad = rankingQuality(
      truth.map((t) => -t),
      truth,
      [1, 2],
    );
    expect(bad).to.deep.include({ tau: -1, regret: 80, best: 10, recall: { 1: 0, 2: 0 } });
    expect(bad.regretOfBest).to.deep.equal({ 1: 80, 2: 60 });
  });

  it('takes the best tenth by the truth, not by the scores', () => {
    const many = Array.from({ length: 100 }, (_, i) => i);
    // The ten best are scored in the opposite order.
    const scores = many.map((i) => (i < 90 ? i : 189 - i));
    expect(rankingQuality(scores, many, [1]).tauBestTenth).to.equal(-1);
    expect(rankingQuality(scores, many, [1]).tau).to.be.above(0.9);
  });

  it('averages over the orders of equal scores', () => {
    const scores = [1, 2, 2, 2, 1, 3];
    for (const k of [1, 2, 3]) {
      const tops = orders([1, 2, 3]).map((tied) => [5, ...tied, 0, 4].slice(0, k));
      const wanted = [1, 5, 3].slice(0, k);
      const mean = (value: (top: number[]) => number) =>
        tops.reduce((sum, t) => sum + value(t), 0) / tops.length;
      const { recall, regretOfBest } = rankingQuality(scores, truth, [k]);
      expect(recall[k]).to.be.closeTo(
        mean((top) => top.filter((i) => wanted.includes(i)).length / k),
        1e-12,
      );
      expect(regretOfBest[k]).to.be.closeTo(90 - mean((top) => Math.max(...top.map((i) => truth[i]))), 1e-12);
    }
  });

  it('says what several best scores reach on average', () => {
    expect(rankingQuality([1, 5, 5, 1, 1, 1], truth, [1])).to.deep.include({ tied: 2, best: 70, regret: 20 });
  });

  it('leaves out what has no score or no truth', () => {
    const quality = rankingQuality([Number.NaN, 1, 2, 3], [99, Number.NaN, 1, 2], [1]);
    expect(quality).to.deep.include({ architectures: 2, tau: 1, best: 2, regret: 0 });
  });
});

describe('spearman', () => {
  it('shares the mean rank among equals', () => {
    expect(Array.from(averageRanks([5, 1, 5, 9]))).to.deep.equal([2.5, 1, 2.5, 4]);
  });

  it('is Pearson’s correlation of the ranks', () => {
    // By hand: ranks (1, 2.5, 2.5, 4) and (1, 3, 2, 4) have covariance 4.5 and squares 4.5 and 5.
    expect(spearman([10, 20, 20, 30], [1, 3, 2, 4])).to.be.closeTo(4.5 / Math.sqrt(22.5), 1e-12);
  });
});
