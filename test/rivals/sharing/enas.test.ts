// How ENAS's controller learns, with a made-up reward; and which settings of rivals are refused.
import { expect } from 'chai';
import { createStream } from '../../../src/random/stream.js';
import { type ControllerConfig, ENAS_CONTROLLER, sharingConfig } from '../../../src/rivals/sharing/config.js';
import { createLearner, updateController } from '../../../src/rivals/sharing/enas.js';
import { CONV3, SKIP } from '../../../src/spaces/nasbench201/operations.js';

describe("ENAS's controller, learning", () => {
  const config: ControllerConfig = {
    ...ENAS_CONTROLLER,
    hidden: 8,
    layers: 1,
    learningRate: 0.05,
    epsilon: 1e-8,
    baselineMomentum: 0.9,
    architectures: 10,
  };
  /** One operation counts on the even edges, another on the odd ones: only a controller that knows the edge gets all. */
  const reward = (picks: readonly number[]) =>
    picks.filter((o, e) => o === (e % 2 === 0 ? CONV3 : SKIP)).length / 6;

  it('comes to draw what is rewarded, its entropy falling and its baseline rising', () => {
    const learner = createLearner(config, createStream(0));
    const updates = Array.from({ length: 200 }, (_, u) =>
      updateController(learner, config, createStream(1, u), reward),
    );
    const [first, last] = [updates[0], updates[199]];
    expect(first.accuracy).to.be.below(0.5);
    expect(first.entropy).to.be.closeTo(6 * Math.log(5), 0.3); // nearly uniform
    expect(last.accuracy).to.be.above(0.9);
    expect(last.entropy).to.be.below(first.entropy / 2);
    expect(last.baseline).to.be.above(first.baseline);
  });

  it('keeps more entropy with a larger weight on it', () => {
    const entropyAfter = (entropyWeight: number) => {
      const learner = createLearner(config, createStream(0));
      const own = { ...config, entropyWeight };
      const updates = Array.from({ length: 100 }, (_, u) =>
        updateController(learner, own, createStream(1, u), reward),
      );
      return updates[99].entropy;
    };
    expect(entropyAfter(1)).to.be.above(entropyAfter(0) + 1);
  });

  it('judges each architecture of an update on a batch of its own, not on the same one every time', () => {
    const asked: number[] = [];
    const learner = createLearner(config, createStream(0));
    updateController(learner, config, createStream(1), (picks, n) => {
      asked.push(n);
      return reward(picks);
    });
    expect(asked).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('the settings of a rival with weight sharing', () => {
  it('has as many validation batches for the controller as alpha sees in the laptop preset', () => {
    const { controller, search } = sharingConfig('enas', 'laptop');
    expect(controller!.updates * controller!.architectures).to.equal(search.stepsPerEpoch);
    expect(search.frozenEpochs).to.equal(5);
    expect(search.epochs * search.stepsPerEpoch!).to.equal(3000);
    expect(search.scale).to.equal('laptop');
    expect(sharingConfig('enas', 'laptop', { search: { epochs: 9 } }).search.scale).to.equal('custom');
  });

  it('refuses what has no meaning, by name', () => {
    const bad: [() => unknown, RegExp][] = [
      [() => sharingConfig('rsps', 'smoke', { candidates: 0 }), /candidates is 0/],
      [() => sharingConfig('rsps', 'smoke', { candidateImages: 1 }), /candidateImages is 1/],
      [() => sharingConfig('rsps', 'smoke', { controller: { updates: 3 } }), /no controller/],
      [() => sharingConfig('enas', 'smoke', { controller: { updates: 0 } }), /controller.updates is 0/],
      [() => sharingConfig('enas', 'smoke', { controller: { baselineMomentum: 1 } }), /baselineMomentum/],
      [() => sharingConfig('rsps', 'smoke', { search: { space: 'darts' } }), /NAS-Bench-201 only/],
      [() => sharingConfig('rsps', 'smoke', { search: { k: 2 } }), /k is 2/],
      [() => sharingConfig('rsps', 'smoke', { search: { sampler: 'softmax' } }), /sampler is "softmax"/],
    ];
    for (const [make, message] of bad) expect(make).to.throw(message);
  });
});
