// Learning-rate schedules at the settings of the paper's scripts.
import { expect } from 'chai';
import { cosineLearningRate, linearLearningRate } from '../../src/tensor/index.js';

describe('cosineLearningRate', () => {
  it('falls from 0.025 to 0.001 over 100 epochs, half way in the middle (NAS-Bench-201 search)', () => {
    const at = (epoch: number) => cosineLearningRate(epoch, { initial: 0.025, final: 0.001, epochs: 100 });
    expect(at(0)).to.equal(0.025);
    expect(at(50)).to.be.closeTo(0.013, 1e-15);
    expect(at(25)).to.be.closeTo(0.001 + 0.012 * (1 + Math.SQRT1_2), 1e-15);
    expect(at(100)).to.equal(0.001);
    expect(at(120), 'past the end').to.equal(0.001);
  });

  it('warms up over 5 epochs to 0.5 as .1 .2 .3 .4 .5, on a curve that is not delayed (ImageNet search)', () => {
    const options = { initial: 0.5, final: 0, epochs: 50, warmup: 5 };
    [0.1, 0.2, 0.3, 0.4, 0.5].forEach((rate, epoch) => {
      expect(cosineLearningRate(epoch, options)).to.be.closeTo(rate, 1e-15);
    });
    expect(cosineLearningRate(5, options)).to.equal(cosineLearningRate(5, { ...options, warmup: 0 }));
  });

  it('takes steps as well as epochs, and refuses an empty schedule', () => {
    const byEpoch = cosineLearningRate(2.5, { initial: 1, final: 0, epochs: 10 });
    expect(cosineLearningRate(250, { initial: 1, final: 0, epochs: 1000 })).to.equal(byEpoch);
    expect(() => cosineLearningRate(0, { initial: 1, final: 0, epochs: 0 })).to.throw('over 0 epochs');
  });
});

describe('linearLearningRate', () => {
  it('follows the ImageNet retraining: warm-up 5, slope over 245, a tail of 5 (train_imagenet.py)', () => {
    const at = (epoch: number) =>
      linearLearningRate(epoch, { initial: 0.5, epochs: 250, warmup: 5, tail: 5 });
    expect(at(0)).to.be.closeTo(0.1, 1e-15);
    expect(at(4)).to.be.closeTo(0.5, 1e-15);
    expect(at(5)).to.be.closeTo((0.5 * 240) / 245, 1e-15);
    expect(at(244)).to.be.closeTo(0.5 / 245, 1e-15);
    expect(at(245)).to.be.closeTo((0.5 * 5) / (245 * 5), 1e-15);
    expect(at(249)).to.be.closeTo((0.5 * 1) / (245 * 5), 1e-15);
    expect(at(250)).to.equal(0);
  });

  it('is a straight line to 0 without warm-up and tail', () => {
    expect([0, 5, 10].map((e) => linearLearningRate(e, { initial: 1, epochs: 10 }))).to.deep.equal([
      1, 0.5, 0,
    ]);
    expect(() => linearLearningRate(0, { initial: 1, epochs: 5, tail: 5 })).to.throw('tail of 5');
  });
});
