// Configurations: the reference's values, presets as differences, refusals by name.
import { expect } from 'chai';
import {
  checkConfig,
  differencesFromReference,
  REFERENCE,
  type SearchConfig,
  searchConfig,
} from '../../src/search/config.js';

describe('searchConfig', () => {
  // Values of the official NAS-Bench-201 script, 201-space/train_search.py:30-61, 134-195.
  it('gives the official script’s settings at paper scale', () => {
    const config = searchConfig('paper');
    expect(config).to.deep.include({
      channels: 16,
      cellsPerStage: 5,
      k: 1,
      epochs: 100,
      batchSize: 64,
      stepsPerEpoch: null,
    });
    expect(config.weightLearningRate).to.deep.equal({ initial: 0.025, final: 0.001, warmupEpochs: 0 });
    expect(config).to.deep.include({
      momentum: 0.9,
      weightDecay: 3e-4,
      clipNorm: 5,
      alphaLearningRate: 3e-4,
      frozenEpochs: 0,
    });
    expect(config.alphaBetas).to.deep.equal([0.5, 0.999]);
    expect(config).to.deep.include({
      regulariser: 'l2',
      regulariserWeight: 1e-3,
      sampler: 'dirichlet',
      seed: 2,
    });
  });

  it('calls a changed preset custom, but not one with another seed', () => {
    expect(searchConfig('laptop', { seed: 3 }).scale).to.equal('laptop');
    expect(searchConfig('laptop', { k: 2 }).scale).to.equal('custom');
  });

  const refusals: [string, Partial<SearchConfig>, RegExp][] = [
    ['a k that does not divide C', { k: 3 }, /k = 3 does not divide the 8 channels/],
    ['a negative number of epochs', { epochs: -1 }, /epochs is -1/],
    ['a batch of one image', { batchSize: 1 }, /batchSize is 1.*batch norm/],
    ['an unknown sampler', { sampler: 'gumble' as 'softmax' }, /sampler is "gumble".*dirichlet/],
    [
      'one number for the learning rate',
      { weightLearningRate: 0.1 as never },
      /weightLearningRate is 0.1.*initial/,
    ],
    [
      'a learning rate without its end',
      { weightLearningRate: { initial: 0.1, warmupEpochs: 0 } as never },
      /weightLearningRate.*"final"/,
    ],
    ['a beta of 1', { alphaBetas: [0.5, 1] }, /alphaBetas is \[0.5,1\].*below 1/],
    [
      'a search in which alpha never learns',
      { epochs: 5 },
      /frozenEpochs is 5, expected fewer than the 5 epochs/,
    ],
    ['a NaN', { alphaLearningRate: Number.NaN }, /alphaLearningRate/],
  ];
  for (const [what, overrides, pattern] of refusals) {
    it(`refuses ${what} and says what would do`, () => {
      expect(() => searchConfig('laptop', overrides)).to.throw(pattern);
    });
  }

  it('refuses a setting that does not exist', () => {
    expect(() => checkConfig({ ...REFERENCE, lambda: 1 } as unknown as SearchConfig)).to.throw(
      /"lambda" does not exist/,
    );
  });

  it('lists what differs from the official script, and nothing that the script does not have', () => {
    expect(differencesFromReference(searchConfig('paper'))).to.deep.equal([]);
    const changed = differencesFromReference(
      searchConfig('paper', { k: 4, bandSamples: 5, evaluationImages: 1 }),
    );
    expect(changed).to.deep.equal([{ setting: 'k', here: '4', reference: '1' }]);
  });
});
