// Average, maximum and global pooling against float64 loops.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { avgPool2d, globalAveragePool, maxPool2d, type PoolOptions } from '../../src/tensor/index.js';
import { onEveryBackend } from './backends.js';
import { expectSameAsNaive, type Nd, noise } from './compare.js';
import { largest, mean, naivePool } from './naive.js';

const cases: { name: string; x: number[]; options: PoolOptions }[] = [
  { name: 'avg_pool_3x3 of NAS-Bench-201', x: [2, 5, 4, 3], options: { size: 3, stride: 1, pad: 1 } },
  { name: 'stride 2 on an odd image', x: [2, 7, 5, 3], options: { size: 3, stride: 2, pad: 1 } },
  { name: 'stride 2 on an even image', x: [1, 6, 8, 5], options: { size: 3, stride: 2, pad: 1 } },
  { name: 'a shortcut of 2x2 without padding', x: [2, 6, 4, 3], options: { size: 2 } },
  { name: 'pixels left over', x: [1, 7, 5, 1], options: { size: 2 } },
  { name: 'a window of 5 with stride 3', x: [1, 8, 9, 2], options: { size: 5, stride: 3 } },
  { name: 'a 1x1 image', x: [1, 1, 1, 1], options: { size: 3, stride: 1, pad: 1 } },
  { name: 'an even window with padding', x: [1, 5, 4, 2], options: { size: 2, stride: 1, pad: 1 } },
];

onEveryBackend('avgPool2d', (backend) => {
  for (const { name, x, options } of cases) {
    it(`averages the valid cells for ${name}`, () => {
      const { size, stride = size, pad = 0 } = options;
      expectSameAsNaive(
        (image) => avgPool2d(image as tf.Tensor4D, options),
        (image: Nd) => naivePool(image, size, stride, pad, mean),
        [noise('x', x)],
      );
    });
  }

  it("tfjs's padded avgPool gradient divides by k*k at the border: ours divides by the valid count", () => {
    tf.tidy(() => {
      const x = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
      // Each of the four windows covers all four pixels and divides by 4: every pixel gets 4 * 1/4.
      const ours = tf.grad((image) => avgPool2d(image as tf.Tensor4D, { size: 3, stride: 1, pad: 1 }).sum())(
        x,
      );
      expect([...ours.dataSync()]).to.deep.equal([1, 1, 1, 1]);
      // Where this changes, tfjs was mended, and the reason for our own gradient is gone.
      if (backend !== 'cpu' && backend !== 'wasm') return;
      const stock = tf.grad((image) => tf.avgPool(image as tf.Tensor4D, 3, 1, 1).sum())(x);
      expect(stock.dataSync()[0]).to.be.closeTo(4 / 9, 1e-6);
    });
  });
});

onEveryBackend('maxPool2d', (backend) => {
  for (const { name, x, options } of cases) {
    it(`takes the largest valid cell for ${name}`, () => {
      const { size, stride = size, pad = 0 } = options;
      // All negative, so that a zero in the padding would win.
      const negative = noise('x', x);
      negative.values.forEach((value, i) => {
        negative.values[i] = Math.fround(value - 2);
      });
      expectSameAsNaive(
        (image) => maxPool2d(image as tf.Tensor4D, options),
        (image: Nd) => naivePool(image, size, stride, pad, largest),
        [negative],
      );
    });
  }

  it("tfjs's wasm maxPool gradient is 0 where a whole window is negative: ours is not", () => {
    tf.tidy(() => {
      const x = tf.tensor4d([-4, -3, -2, -1], [1, 2, 2, 1]);
      const ours = tf.grad((image) => maxPool2d(image as tf.Tensor4D, { size: 2 }).sum())(x);
      expect([...ours.dataSync()]).to.deep.equal([0, 0, 0, 1]);
      // Where this changes, tfjs was mended, and the composition for wasm can go.
      if (backend !== 'wasm') return;
      const stock = tf.grad((image) => tf.maxPool(image as tf.Tensor4D, 2, 2, 'valid').sum())(x);
      expect([...stock.dataSync()]).not.to.deep.equal([0, 0, 0, 1]);
    });
  });

  it('sends the gradient of a tie to the first maximum', () => {
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
      const grad = tf.grad((image) => maxPool2d(image as tf.Tensor4D, { size: 2 }).sum())(x);
      expect([...grad.dataSync()]).to.deep.equal([1, 0, 0, 0]);
    });
  });
});

onEveryBackend('globalAveragePool', () => {
  it('is the mean over pixels', () => {
    expectSameAsNaive(
      (image) => globalAveragePool(image as tf.Tensor4D),
      (image: Nd) => ({ ...naivePool(image, 4, 4, 0, mean), shape: [2, 3] }),
      [noise('x', [2, 4, 4, 3])],
    );
  });
});

describe('pools', () => {
  it('refuse padding wider than half a window, where a window could hold padding only', () => {
    const x = tf.zeros<tf.Rank.R4>([1, 4, 4, 1]);
    expect(() => avgPool2d(x, { size: 2, pad: 2 })).to.throw('at most half the size');
    expect(() => maxPool2d(x, { size: 0 })).to.throw('size 0');
    x.dispose();
  });
});
