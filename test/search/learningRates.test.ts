// Learning rates of an epoch: the intended cosine over all stages, and the official scripts' restart.
import { expect } from 'chai';
import type { SearchConfig } from '../../src/search/config.js';
import { alphaLearningRateAt, weightLearningRateAt } from '../../src/search/learningRates.js';
import { REFERENCE, REFERENCE_PROGRESSIVE } from '../../src/search/presets.js';

/** The rates of the CIFAR-10 script of the DARTS space: 0.1 to 0 over 25 + 25 epochs. */
const cifar: SearchConfig = {
  ...REFERENCE_PROGRESSIVE,
  stages: [
    { k: 4, operations: 5, epochs: 25, frozenEpochs: 10 },
    { k: 2, operations: 3, epochs: 25, frozenEpochs: 10 },
  ],
  epochs: 50,
  frozenEpochs: 10,
  weightLearningRate: { initial: 0.1, final: 0, warmupEpochs: 0 },
};
/** Those of its ImageNet script: 0.5, after five epochs of warm-up. */
const imagenet: SearchConfig = { ...cifar, weightLearningRate: { initial: 0.5, final: 0, warmupEpochs: 5 } };

describe('the learning rate of the weights', () => {
  it('follows one cosine over all stages (the official scripts jump back at each stage, net2wider.py:113)', () => {
    // 0.05 (1 + cos(pi e / 50)).
    for (const [epoch, rate] of [
      [0, 0.1],
      [24, 0.05314],
      [25, 0.05],
      [26, 0.04686],
      [40, 0.00955],
    ]) {
      expect(weightLearningRateAt(cifar, epoch), `epoch ${epoch}`).to.be.closeTo(rate, 5e-6);
    }
  });

  // Computed by hand from PyTorch's chainable CosineAnnealingLR with the initial rate put back at the boundary.
  it('doubles after the boundary where the restart of the official scripts is asked for', () => {
    const restarted = { ...cifar, learningRateRestart: true };
    for (const [epoch, rate] of [
      [24, 0.05314],
      [25, 0.1],
      [26, 0.09372],
      [40, 0.0191],
      [49, 0.0002],
    ]) {
      expect(weightLearningRateAt(restarted, epoch), `epoch ${epoch}`).to.be.closeTo(rate, 6e-6);
    }
  });

  it('restarts likewise on NAS-Bench-201, whose curve ends at 0.001', () => {
    const restarted = { ...REFERENCE_PROGRESSIVE, learningRateRestart: true };
    for (const [epoch, rate] of [
      [49, 0.01338],
      [50, 0.025],
      [75, 0.00803],
    ]) {
      expect(weightLearningRateAt(restarted, epoch), `epoch ${epoch}`).to.be.closeTo(rate, 6e-6);
    }
    expect(weightLearningRateAt(REFERENCE_PROGRESSIVE, 50)).to.be.closeTo(0.013, 1e-6);
    expect(weightLearningRateAt(REFERENCE_PROGRESSIVE, 75)).to.be.closeTo(0.00451, 6e-6);
  });

  it('keeps the recursion’s 1.6 % above the cosine after a warm-up set by hand, as the ImageNet script does', () => {
    const restarted = { ...imagenet, learningRateRestart: true };
    for (const [epoch, rate] of [
      [0, 0.1],
      [4, 0.5],
      [24, 0.26994],
      [25, 0.5],
      [40, 0.0955],
    ]) {
      expect(weightLearningRateAt(restarted, epoch), `epoch ${epoch}`).to.be.closeTo(rate, 1e-5);
    }
    expect(weightLearningRateAt(imagenet, 25)).to.be.closeTo(0.25, 1e-12);
  });

  it('is the same with and without the restart where there is one stage', () => {
    for (const epoch of [0, 1, 50, 99]) {
      const restarted = weightLearningRateAt({ ...REFERENCE, learningRateRestart: true }, epoch);
      expect(restarted).to.be.closeTo(weightLearningRateAt(REFERENCE, epoch), 1e-12);
    }
  });
});

describe('the learning rate of alpha', () => {
  it('falls over the epochs in which alpha learns, and waits while alpha rests in a later stage', () => {
    const falling = { ...cifar, alphaLearningRate: 1, alphaFinalLearningRate: 0 };
    // 15 learning epochs a stage: at epoch 25 half of the 30 are over.
    expect(alphaLearningRateAt(falling, 10)).to.equal(1);
    expect(alphaLearningRateAt(falling, 35)).to.be.closeTo(0.5, 1e-12);
    expect(alphaLearningRateAt(falling, 49)).to.be.closeTo((1 + Math.cos((Math.PI * 29) / 30)) / 2, 1e-12);
  });
});
