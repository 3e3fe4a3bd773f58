// The split of the training set and the order of an epoch.
import { expect } from 'chai';
import { epochOrder, searchSplit } from '../../src/data/split.js';
import type { Dataset } from '../../src/data/types.js';
import { createStream } from '../../src/random/stream.js';

const withCount = (count: number) => ({ train: { count } }) as Dataset;

describe('searchSplit', () => {
  it('gives the first half to the weights and the second to alpha, in index order', () => {
    const { weights, alpha } = searchSplit(withCount(50_000));
    expect([weights.length, alpha.length]).to.deep.equal([25_000, 25_000]); // train_portion 0.5 of the reference
    expect([weights[0], weights[24_999], alpha[0], alpha[24_999]]).to.deep.equal([0, 24_999, 25_000, 49_999]);
  });

  it('gives the odd image to alpha', () => {
    const { weights, alpha } = searchSplit(withCount(5));
    expect([Array.from(weights), Array.from(alpha)]).to.deep.equal([
      [0, 1],
      [2, 3, 4],
    ]);
  });
});

describe('epochOrder', () => {
  it('is a permutation of the indices that only the stream decides', () => {
    const { alpha } = searchSplit(withCount(200));
    const order = epochOrder(createStream(1, 'epoch', 0), alpha);
    expect(Array.from(order).sort((a, b) => a - b)).to.deep.equal(Array.from(alpha));
    expect(order).to.deep.equal(epochOrder(createStream(1, 'epoch', 0), alpha));
    expect(order).to.not.deep.equal(epochOrder(createStream(1, 'epoch', 1), alpha));
    expect(alpha[0]).to.equal(100); // the argument stays as it was
  });
});
