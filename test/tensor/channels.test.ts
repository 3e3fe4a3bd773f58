// Channel shuffle, partial channels, and the mixed sum that skips dead branches.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { channelShuffle, linear, splitChannels, weightedSum } from '../../src/tensor/index.js';
import { onEveryBackend } from './backends.js';
import { expectSameAsNaive, type Nd, noise, zeros } from './compare.js';

onEveryBackend('channelShuffle', () => {
  for (const [channels, groups] of [
    [6, 2],
    [6, 3],
    [8, 4],
    [5, 5],
    [3, 1],
  ]) {
    it(`interleaves ${channels} channels in ${groups} groups: out[j*K+g] = in[g*(C/K)+j]`, () => {
      const each = channels / groups;
      const naive = (x: Nd) => {
        const y = zeros(x.shape);
        for (let pixel = 0; pixel < x.values.length; pixel += channels)
          for (let g = 0; g < groups; g++)
            for (let j = 0; j < each; j++) y.values[pixel + j * groups + g] = x.values[pixel + g * each + j];
        return y;
      };
      expectSameAsNaive((x) => channelShuffle(x as tf.Tensor4D, groups), naive, [
        noise('x', [2, 2, 3, channels]),
      ]);
    });
  }

  it('is undone by a shuffle of channels/groups groups', () => {
    tf.tidy(() => {
      const x = tf.range(0, 24).reshape([1, 2, 1, 12]) as tf.Tensor4D;
      const back = channelShuffle(channelShuffle(x, 4), 3);
      expect([...back.dataSync()]).to.deep.equal([...x.dataSync()]);
    });
  });

  it('refuses groups that do not divide the channels', () => {
    const x = tf.zeros<tf.Rank.R4>([1, 1, 1, 6]);
    expect(() => channelShuffle(x, 4)).to.throw('6 channels in 4 groups');
    x.dispose();
  });
});

onEveryBackend('splitChannels', () => {
  it('sends the first C/k channels one way and the rest the other, and the gradients back', () => {
    // Differently weighted, so that a gradient that went to the wrong half shows.
    const naive = (x: Nd) => ({
      shape: x.shape,
      values: x.values.map((value, i) => value * (i % 6 < 2 ? 3 : 5)),
    });
    const op = (x: tf.Tensor) => {
      const [active, bypass] = splitChannels(x as tf.Tensor4D, 3);
      expect([active.shape[3], bypass!.shape[3]]).to.deep.equal([2, 4]);
      return tf.concat([tf.mul(active, 3), tf.mul(bypass!, 5)], 3);
    };
    expectSameAsNaive(op, naive, [noise('x', [2, 1, 3, 6])]);
  });

  it('has no bypass for k = 1, and refuses a k that does not divide the channels', () => {
    const x = tf.ones<tf.Rank.R4>([1, 1, 1, 4]);
    const [active, bypass] = splitChannels(x, 1);
    expect(bypass).to.equal(undefined);
    expect(active.shape).to.deep.equal([1, 1, 1, 4]);
    expect(() => splitChannels(x, 3)).to.throw('1/3 of 4 channels');
    tf.dispose([active, x]);
  });
});

onEveryBackend('weightedSum', () => {
  it('sums live branches, with gradients to branches and weights, and never calls a dead one', () => {
    const dead = () => {
      throw new Error('a dead branch was computed');
    };
    const op = (x: tf.Tensor, weights: tf.Tensor) =>
      weightedSum(
        [
          null,
          () => x.clone() as tf.Tensor4D,
          () => tf.square(x) as tf.Tensor4D,
          dead,
          () => tf.neg(x) as tf.Tensor4D,
        ],
        weights as tf.Tensor1D,
        { mask: [1, 1, 1, 0, 1] },
      );
    const naive = (x: Nd, { values: w }: Nd) => ({
      shape: x.shape,
      values: x.values.map((v) => w[1] * v + w[2] * v * v - w[4] * v),
    });
    expectSameAsNaive(op, naive, [noise('x', [1, 2, 2, 3]), noise('weights', [5])]);
  });

  it('skips plain weights of 0', () => {
    tf.tidy(() => {
      const calls: number[] = [];
      const branch = (i: number) => () => {
        calls.push(i);
        return tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
      };
      const sum = weightedSum([branch(0), branch(1), branch(2)], [2, 0, 3]);
      expect(sum.dataSync()[0]).to.equal(5);
      expect(calls).to.deep.equal([0, 2]);
    });
  });

  it('says what is missing where all branches are dead or the counts differ', () => {
    const empty = weightedSum([null], [1], { empty: () => tf.zeros<tf.Rank.R4>([1, 1, 1, 2]) });
    expect(empty.shape).to.deep.equal([1, 1, 1, 2]);
    empty.dispose();
    expect(() => weightedSum([null], [1])).to.throw('no branch is alive');
    expect(() => weightedSum([null], [1, 2])).to.throw('1 branches need as many weights');
  });
});

onEveryBackend('linear', () => {
  it('is x w + b with its gradients', () => {
    const naive = (x: Nd, w: Nd, b: Nd) => {
      const y = zeros([3, 2]);
      for (let i = 0; i < 3; i++)
        for (let o = 0; o < 2; o++) {
          y.values[i * 2 + o] = b.values[o];
          for (let k = 0; k < 4; k++) y.values[i * 2 + o] += x.values[i * 4 + k] * w.values[k * 2 + o];
        }
      return y;
    };
    expectSameAsNaive((x, w, b) => linear(x as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D), naive, [
      noise('x', [3, 4]),
      noise('w', [4, 2]),
      noise('b', [2]),
    ]);
  });
});
