// Rivals over the table: budgets, determinism, what they may see, and that each finds what it should.
import { expect } from 'chai';
import { neighbours } from '../../src/benchmarks/topology.js';
import { createStream } from '../../src/random/stream.js';
import { mutate } from '../../src/rivals/evolution.js';
import { openGame } from '../../src/rivals/game.js';
import { playMany } from '../../src/rivals/many.js';
import { anytime, play, reportOf, TABLE_RIVAL_NAMES } from '../../src/rivals/play.js';
import { indexOfPicks } from '../../src/rivals/reinforce.js';
import { architectureAt } from '../../src/spaces/nasbench201/officialOrder.js';
import { CONV3 } from '../../src/spaces/nasbench201/operations.js';
import { madeReports, madeSight } from './made.js';

const sight = madeSight();
const BEST = indexOfPicks([CONV3, CONV3, CONV3, CONV3, CONV3, CONV3]);

for (const rival of TABLE_RIVAL_NAMES) {
  describe(`${rival} over the table`, () => {
    it('asks exactly as often as its budget says', () => {
      for (const queries of [1, 7, 40])
        expect(play(rival, sight, { seed: 1, budget: { queries } }).asked).to.have.length(queries);
    });

    it('spends no more simulated seconds than its budget, and stops at the first training that would', () => {
      for (let seed = 0; seed < 20; seed++) {
        const { asked } = play(rival, sight, { seed, budget: { seconds: 500 } });
        const spent = asked.reduce((sum, { index }) => sum + sight.seconds![index], 0);
        expect(asked[asked.length - 1].seconds).to.equal(spent);
        expect(spent)
          .to.be.at.most(500)
          .and.above(500 - 40); // the dearest made-up training costs 40
      }
    });

    it('answers the best one it was told of, of equals the first', () => {
      const { answer, validation, asked } = play(rival, sight, { seed: 2, budget: { queries: 60 } });
      const top = Math.max(...asked.map((a) => a.validation));
      expect(validation).to.equal(top);
      expect(answer).to.equal(asked.find((a) => a.validation === top)!.index);
    });

    it('follows from its seed alone', () => {
      const options = { seed: 4, budget: { queries: 30 } };
      expect(play(rival, sight, options)).to.deep.equal(play(rival, sight, options));
      expect(play(rival, sight, { ...options, seed: 5 }).asked).to.not.deep.equal(
        play(rival, sight, options).asked,
      );
      const among = playMany(rival, sight, madeReports(), { seeds: [0, 4, 9], budget: { queries: 30 } });
      const alone = playMany(rival, sight, madeReports(), { seeds: [4], budget: { queries: 30 } });
      expect(among.rows[1]).to.deep.equal(alone.rows[0]);
    });

    it('never chooses by test accuracy, as training scripts do that log the best test epoch (DARTS-space/train.py:121-124)', () => {
      const honest = madeReports();
      const reversed = madeReports();
      for (const { test } of Object.values(reversed)) test.reverse();
      const options = { seeds: [0, 1, 2, 3, 4], budget: { queries: 30 } };
      const choices = (reports: typeof honest) =>
        playMany(rival, sight, reports, options).rows.map(({ answer, validation }) => [answer, validation]);
      expect(choices(reversed)).to.deep.equal(choices(honest));
      // What a rival holds has no way to a report.
      expect(Object.keys(openGame(sight, { queries: 1 }, createStream(0)))).to.have.members([
        'ask',
        'asked',
        'stream',
      ]);
    });

    it('refuses a seed, a budget and settings that are none', () => {
      const budget = { queries: 5 };
      expect(() => play(rival, sight, { seed: 0.5, budget })).to.throw(/seed is 0.5/);
      expect(() => play(rival, sight, { seed: 0, budget: {} })).to.throw(/needs a budget/);
      for (const queries of [0, 1.5])
        expect(() => play(rival, sight, { seed: 0, budget: { queries } })).to.throw(/whole number/);
      expect(() => play(rival, sight, { seed: 0, budget: { seconds: 5 } })).to.throw(/one training/);
      expect(() => play(rival, sight, { seed: 0, budget, settings: { luck: 1 } })).to.throw(
        /"luck" does not exist/,
      );
      const timeless = { ...sight, seconds: null };
      expect(() => play(rival, timeless, { seed: 0, budget: { seconds: 500 } })).to.throw(/in queries/);
      expect(play(rival, timeless, { seed: 0, budget }).asked[4].seconds).to.equal(null);
    });
  });
}

describe('a game', () => {
  it("gives the same answer each time, unlike NATS-Bench's API, whose default draws a training at random", () => {
    const { ask } = openGame(sight, { queries: 3 }, createStream(0));
    expect([ask(9930), ask(9930), ask(9930), ask(9930)]).to.deep.equal([
      sight.validation[9930],
      sight.validation[9930],
      sight.validation[9930],
      undefined,
    ]);
  });

  it('is over once a question was not answered, even where a cheaper one could still be paid', () => {
    const dear = BEST; // 40 seconds
    const cheap = indexOfPicks([0, 0, 0, 0, 0, 0]); // 10 seconds
    const { ask } = openGame(sight, { seconds: 50 }, createStream(0));
    expect(ask(dear)).to.equal(sight.validation[dear]);
    expect(ask(dear)).to.equal(undefined);
    expect(ask(cheap)).to.equal(undefined);
  });

  it('refuses an index that does not exist', () => {
    const { ask } = openGame(sight, { queries: 1 }, createStream(0));
    for (const index of [-1, 15_625, 0.5]) expect(() => ask(index)).to.throw(/does not exist/);
  });
});

describe('regularised evolution', () => {
  it('mutates to exactly edit distance 1, every one of the 24 neighbours about equally often', () => {
    const stream = createStream(0);
    const counts = new Map<number, number>();
    for (let i = 0; i < 4800; i++) {
      const child = mutate(9930, stream);
      counts.set(child, (counts.get(child) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).to.deep.equal(neighbours(9930).sort());
    for (const child of counts.keys()) {
      const [a, b] = [architectureAt(9930), architectureAt(child)];
      expect(a.filter((operation, e) => operation !== b[e])).to.have.length(1);
    }
    // 200 expected each; a standard deviation is 13.8.
    for (const count of counts.values()) expect(count).to.be.within(140, 260);
  });

  it('lets only the youngest have children: who is too old is dead, however good', () => {
    const population = 5;
    const first = play('evolution', sight, { seed: 3, budget: { queries: 1 } }).answer;
    const oneGood = { ...sight, validation: sight.validation.map((_, i) => (i === first ? 100 : 1)) };
    const { asked, answer } = play('evolution', oneGood, {
      seed: 3,
      budget: { queries: 60 },
      settings: { population, sampleSize: 50 },
    });
    for (let child = population; child < asked.length; child++) {
      const alive = asked.slice(child - population, child).map(({ index }) => index);
      expect(neighbours(asked[child].index).some((n) => alive.includes(n))).to.equal(true);
    }
    expect(neighbours(first), 'the good one has the first child').to.include(asked[population].index);
    expect(answer, 'and is remembered').to.equal(first);
  });

  it('finds the best of an additive table sooner than random search, on average over 200 seeds', () => {
    const seeds = Array.from({ length: 200 }, (_, i) => i);
    const at = (rival: 'random' | 'evolution') =>
      playMany(rival, sight, madeReports(), { seeds, budget: { queries: 100 } }).spread.cifar10.valid;
    expect(at('evolution').interval![0]).to.be.above(at('random').interval![1]);
  });

  it('refuses a population and a sample that are none', () => {
    for (const settings of [{ population: 0 }, { sampleSize: 1.5 }])
      expect(() => play('evolution', sight, { seed: 0, budget: { queries: 5 }, settings })).to.throw(
        /whole number of at least 1/,
      );
  });
});

describe('REINFORCE', () => {
  it('climbs to the best of an additive table as its most likely architecture', () => {
    const settings = { learningRate: 0.05, answer: 'most likely' };
    for (const seed of [0, 1]) {
      const { answer } = play('reinforce', sight, { seed, budget: { queries: 3000 }, settings });
      expect(architectureAt(answer), `seed ${seed}`).to.deep.equal(architectureAt(BEST));
    }
  });

  it('may answer what it never asked for, and then says that nothing was told about it', () => {
    const settings = { learningRate: 0, answer: 'most likely' };
    const { answer, validation, asked } = play('reinforce', sight, {
      seed: 0,
      budget: { queries: 5 },
      settings,
    });
    expect(asked.map(({ index }) => index)).to.not.include(answer);
    expect(validation).to.equal(null);
  });

  it('refuses another answer and another learning rate', () => {
    const budget = { queries: 5 };
    expect(() => play('reinforce', sight, { seed: 0, budget, settings: { answer: 'luck' } })).to.throw(
      /best seen/,
    );
    expect(() => play('reinforce', sight, { seed: 0, budget, settings: { learningRate: -1 } })).to.throw(
      /from 0 up/,
    );
    expect(() => play('reinforce', sight, { seed: 0, budget, settings: { momentum: 1 } })).to.throw(
      /below 1/,
    );
  });
});

describe('the anytime curve', () => {
  it('is the test accuracy of the best so far by validation, and may fall', () => {
    const reports = madeReports();
    reports.cifar10.test.set([90, 80, 70], 0);
    const asked = [
      { index: 0, validation: 1, seconds: 1 },
      { index: 1, validation: 3, seconds: 2 },
      { index: 2, validation: 2, seconds: 3 },
    ];
    expect(anytime(asked, reports).map(({ cifar10 }) => cifar10)).to.deep.equal([90, 80, 80]);
  });

  it('ends where every search ends, at the mean of what is reported', () => {
    const reports = madeReports();
    const study = playMany('random', sight, reports, { seeds: [0, 1, 2], budget: { queries: 9 } });
    expect(study.curve).to.have.length(9);
    expect(study.curve[8].imagenet16).to.be.closeTo(study.spread.imagenet16.test.mean, 1e-12);
    expect(study.rows[0].report).to.deep.equal(reportOf(reports, study.rows[0].answer));
  });
});
