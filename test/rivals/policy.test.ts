// REINFORCE's policy: its score against finite differences, and its gradient against the enumeration of all 15,625 architectures.
import { expect } from 'chai';
import { createStream } from '../../src/random/stream.js';
import { movingAverage } from '../../src/rivals/baseline.js';
import {
  createPolicy,
  drawOne,
  drawPicks,
  modeOf,
  probabilitiesOf,
  scoreOf,
} from '../../src/rivals/policy.js';
import { indexOfPicks } from '../../src/rivals/reinforce.js';
import { madeSight, picksAt } from './made.js';

const { validation } = madeSight();
const ALL = Array.from(validation, (reward, index) => ({ picks: picksAt(index), reward }));
/** Logits far from zero, so that no probability is nearly uniform. */
const logits = createPolicy(createStream(2), 1);

const likelihood = (rows: number[][], picks: number[]) => picks.reduce((p, o, e) => p * rows[e][o], 1);
const expectedReward = (policy: Float64Array) => {
  const rows = probabilitiesOf(policy);
  return ALL.reduce((sum, { picks, reward }) => sum + likelihood(rows, picks) * reward, 0);
};

describe("REINFORCE's policy", () => {
  it('has probabilities that sum to 1 over all architectures', () => {
    const rows = probabilitiesOf(logits);
    expect(ALL.reduce((sum, { picks }) => sum + likelihood(rows, picks), 0)).to.be.closeTo(1, 1e-10);
  });

  it('has the gradient of the expected reward: enumerated over all 15,625, against finite differences and the closed form', () => {
    const rows = probabilitiesOf(logits);
    const exact = new Float64Array(30);
    const given = new Float64Array(30); // E[reward; operation o on edge e]
    for (const { picks, reward } of ALL) {
      const p = likelihood(rows, picks);
      scoreOf(logits, picks).forEach((s, i) => {
        exact[i] += p * reward * s;
      });
      picks.forEach((o, e) => {
        given[5 * e + o] += p * reward;
      });
    }
    const mean = expectedReward(logits);
    for (let i = 0; i < 30; i++) {
      const step = 1e-4;
      const at = (by: number) => expectedReward(logits.map((v, j) => (j === i ? v + by : v)));
      expect(exact[i]).to.be.closeTo((at(step) - at(-step)) / (2 * step), 1e-6);
      expect(exact[i]).to.be.closeTo(given[i] - rows[Math.floor(i / 5)][i % 5] * mean, 1e-9);
    }
  });

  it('is estimated without bias by samples, with any baseline, and with less variance by a good one', () => {
    const stream = createStream(7);
    const rows = probabilitiesOf(logits);
    const exact = new Float64Array(30);
    for (const { picks, reward } of ALL) {
      const p = likelihood(rows, picks);
      scoreOf(logits, picks).forEach((s, i) => {
        exact[i] += p * reward * s;
      });
    }
    const variances = [0, expectedReward(logits)].map((baseline) => {
      const [sums, squares] = [new Float64Array(30), new Float64Array(30)];
      const samples = 8000;
      for (let k = 0; k < samples; k++) {
        const picks = drawPicks(logits, stream);
        const reward = validation[indexOfPicks(picks)];
        scoreOf(logits, picks).forEach((s, i) => {
          const one = (reward - baseline) * s;
          sums[i] += one;
          squares[i] += one * one;
        });
      }
      let total = 0;
      for (let i = 0; i < 30; i++) {
        const mean = sums[i] / samples;
        const variance = squares[i] / samples - mean * mean;
        expect(Math.abs(mean - exact[i]), `baseline ${baseline}, logit ${i}`).to.be.below(
          4.5 * Math.sqrt(variance / samples) + 1e-12,
        );
        total += variance;
      }
      return total;
    });
    expect(variances[1]).to.be.below(variances[0] / 20);
  });

  it('draws each operation as often as its probability, and knows its mode', () => {
    const stream = createStream(1);
    const counts = [0, 0, 0];
    for (let i = 0; i < 6000; i++) counts[drawOne([0.5, 0.3, 0.2], stream)] += 1;
    [3000, 1800, 1200].forEach((expected, i) => {
      expect(counts[i]).to.be.within(expected - 160, expected + 160); // 4 standard deviations are at most 155
    });
    expect(modeOf(Float64Array.from({ length: 30 }, (_, i) => (i % 5 === 3 ? 1 : 0)))).to.deep.equal([
      3, 3, 3, 3, 3, 3,
    ]);
  });
});

describe('a moving average of rewards', () => {
  it('begins at the first reward and is the weighted mean with weights that fall by the momentum', () => {
    const average = movingAverage(0.9);
    expect(average.update(80)).to.be.closeTo(80, 1e-12);
    expect(average.update(90)).to.be.closeTo((0.9 * 80 + 90) / 1.9, 1e-12);
    expect(average.update(70)).to.be.closeTo((0.81 * 80 + 0.9 * 90 + 70) / 2.71, 1e-12);
  });

  it('goes on from a saved state to the same numbers', () => {
    const [a, b] = [movingAverage(0.5), movingAverage(0.5)];
    a.update(3);
    b.restore(a.state());
    expect(b.update(5)).to.equal(a.update(5));
  });
});
