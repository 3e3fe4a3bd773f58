// Pruning at a stage boundary.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createStream } from '../../../src/random/stream.js';
import { prune, removePruned } from '../../../src/search/progressive/prune.js';
import { disposeLayers } from '../../../src/spaces/layers.js';
import { nasbench201Space } from '../../../src/spaces/nasbench201/space.js';

describe('prune', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  const alpha = [
    [0.3, -0.2, 0.1, 0.5, -0.4],
    [-3, -1, -2, -5, -4],
  ];

  it('keeps the largest raw alphas of each row with their values and sets the others to exactly 0', () => {
    expect(prune(alpha, 3)).to.deep.equal({
      alpha: [
        [0.3, 0, 0.1, 0.5, 0],
        [-3, -1, -2, 0, 0],
      ],
      mask: [
        [1, 0, 1, 1, 0],
        [1, 1, 1, 0, 0],
      ],
    });
  });

  it('never revives what was pruned before, although its 0 exceeds the kept negative alphas', () => {
    const first = prune(alpha, 3);
    const second = prune(first.alpha, 2, first.mask);
    expect(second.mask[1]).to.deep.equal([0, 1, 1, 0, 0]);
    expect(second.alpha[1]).to.deep.equal([0, -1, -2, 0, 0]);
  });

  it('keeps the first of equal alphas', () => {
    expect(prune([[1, 1, 1]], 2).mask).to.deep.equal([[1, 1, 0]]);
  });

  it('refuses to keep more operations than are left', () => {
    const { alpha: left, mask } = prune(alpha, 2);
    expect(() => prune(left, 3, mask)).to.throw(/cannot keep 3 operations of row 0: it has 2 left/);
  });

  it('frees the weights of pruned operations in every cell (the reference only masks them)', () => {
    const net = nasbench201Space.create(
      { channels: 8, cellsPerStage: 1, classes: 10, imageSize: 8, imageChannels: 3, k: 4 },
      createStream(0),
    );
    const tensors = tf.memory().numTensors;
    const mask = Array.from({ length: 6 }, (_, r) => [1, 1, r === 0 ? 0 : 1, r === 5 ? 0 : 1, 0]);
    const removed = removePruned(nasbench201Space, net, mask);
    // One 1x1 and one 3x3 kernel in each of the three cells; skips and pools have no weights.
    expect(removed).to.deep.equal([
      ...[0, 2, 4].map((cell) => `cells.${cell}.edges.1<-0.2.op.1.weight`),
      ...[0, 2, 4].map((cell) => `cells.${cell}.edges.3<-2.3.op.1.weight`),
    ]);
    for (const name of removed) expect(net.parameters).not.to.have.property(name);
    expect(tf.memory().numTensors).to.equal(tensors - 6);
    disposeLayers(net);
  });
});
