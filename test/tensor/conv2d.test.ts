// Convolution against float64 loops: any stride, dilation, padding and filter, value and both gradients.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { type ConvolutionOptions, conv2d } from '../../src/tensor/index.js';
import { onEveryBackend } from './backends.js';
import { expectSameAsNaive, type Nd, noise } from './compare.js';
import { naiveConv2d } from './naive.js';

interface Case {
  name: string;
  x: number[];
  w: number[];
  options?: ConvolutionOptions;
  /** The padding that `options` amounts to. */
  pad: number | [number, number];
}

const cases: Case[] = [
  { name: 'a 3x3 filter', x: [2, 5, 4, 3], w: [3, 3, 3, 5], pad: 1 },
  { name: 'a 1x1 filter', x: [2, 3, 4, 5], w: [1, 1, 5, 3], pad: 0 },
  { name: 'a 1x1 filter with stride 2', x: [2, 5, 4, 3], w: [1, 1, 3, 2], options: { stride: 2 }, pad: 0 },
  { name: 'a 1x1 image and batch 1', x: [1, 1, 1, 1], w: [3, 3, 1, 1], pad: 1 },
  { name: 'one channel and five filters of 5x5', x: [1, 4, 6, 1], w: [5, 5, 1, 5], pad: 2 },
  { name: 'stride 2 on an odd image', x: [2, 7, 5, 3], w: [3, 3, 3, 4], options: { stride: 2 }, pad: 1 },
  { name: 'stride 2 on an even image', x: [2, 6, 8, 3], w: [3, 3, 3, 4], options: { stride: 2 }, pad: 1 },
  {
    name: 'stride 3 that leaves pixels over',
    x: [1, 8, 9, 2],
    w: [2, 2, 2, 3],
    options: { stride: 3, pad: 0 },
    pad: 0,
  },
  { name: 'an even filter with padding 1', x: [2, 4, 5, 3], w: [2, 2, 3, 1], options: { pad: 1 }, pad: 1 },
  {
    name: 'a 4x4 filter with stride 2',
    x: [1, 6, 7, 2],
    w: [4, 4, 2, 3],
    options: { stride: 2, pad: 2 },
    pad: 2,
  },
  { name: 'a 1x7 filter (unequal padding)', x: [1, 4, 8, 2], w: [1, 7, 2, 3], pad: [0, 3] },
  { name: 'no padding', x: [2, 5, 5, 3], w: [3, 3, 3, 2], options: { pad: 0 }, pad: 0 },
  {
    name: 'more padding than the filter needs',
    x: [1, 3, 3, 2],
    w: [1, 1, 2, 2],
    options: { pad: 2 },
    pad: 2,
  },
  {
    name: 'dilation > 1: it has a gradient (tensorflow/tfjs#7906)',
    x: [2, 6, 7, 3],
    w: [3, 3, 3, 4],
    options: { dilation: 2 },
    pad: 2,
  },
  {
    name: 'stride 2 with dilation 2, which tfjs refuses',
    x: [2, 7, 8, 3],
    w: [3, 3, 3, 4],
    options: { stride: 2, dilation: 2 },
    pad: 2,
  },
  {
    name: 'stride 2 with dilation 3',
    x: [1, 9, 10, 2],
    w: [3, 3, 2, 3],
    options: { stride: 2, dilation: 3 },
    pad: 3,
  },
  {
    name: 'stride 4 with dilation 2',
    x: [1, 9, 11, 2],
    w: [3, 3, 2, 3],
    options: { stride: 4, dilation: 2 },
    pad: 2,
  },
  {
    name: 'stride 2 with dilation 4',
    x: [1, 9, 11, 2],
    w: [3, 3, 2, 3],
    options: { stride: 2, dilation: 4 },
    pad: 4,
  },
];

onEveryBackend('conv2d', (backend) => {
  for (const { name, x, w, options = {}, pad } of cases) {
    it(`equals the sum over taps for ${name}`, () => {
      const { stride = 1, dilation = 1 } = options;
      const naive = (image: Nd, filter: Nd) => naiveConv2d(image, filter, stride, dilation, pad, false);
      const op = (image: tf.Tensor, filter: tf.Tensor) =>
        conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, options);
      expectSameAsNaive(op as (...t: tf.Tensor[]) => tf.Tensor, naive as (...n: Nd[]) => Nd, [
        noise('x', x),
        noise('w', w),
      ]);
    });
  }

  it('computes no filter gradient where only the image is differentiated', () => {
    tf.tidy(() => {
      const x = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
      const w = tf.ones<tf.Rank.R4>([3, 3, 2, 2]);
      const kernelsRun = (gradient: () => void) => {
        const engine = tf.engine();
        const original = engine.runKernel;
        let count = 0;
        engine.runKernel = function (
          this: ReturnType<typeof tf.engine>,
          ...args: Parameters<typeof original>
        ) {
          count++;
          return original.apply(this, args);
        } as typeof original;
        try {
          gradient();
        } finally {
          engine.runKernel = original;
        }
        return count;
      };
      const conv = (a: tf.Tensor, b: tf.Tensor) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D);
      const image = kernelsRun(() => tf.grad((a) => conv(a, w))(x));
      const both = kernelsRun(() => tf.grads(conv)([x, w]));
      expect(image, backend).to.be.below(both);
    });
  });
});

describe('conv2d', () => {
  it('says which shapes do not fit together', () => {
    const x = tf.zeros<tf.Rank.R4>([1, 4, 4, 3]);
    const w = tf.zeros<tf.Rank.R4>([3, 3, 2, 4]);
    expect(() => conv2d(x, w))
      .to.throw('[1,4,4,3]')
      .with.property('message')
      .that.includes('[3,3,2,4]');
    tf.dispose([x, w]);
  });

  it("refuses 'same' padding for an even filter, whose halves would differ", () => {
    const x = tf.zeros<tf.Rank.R4>([1, 4, 4, 3]);
    const w = tf.zeros<tf.Rank.R4>([2, 2, 3, 4]);
    expect(() => conv2d(x, w)).to.throw("no symmetric 'same' padding");
    tf.dispose([x, w]);
  });

  it('refuses a window that is larger than the padded image', () => {
    const x = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
    const w = tf.zeros<tf.Rank.R4>([3, 3, 1, 1]);
    expect(() => conv2d(x, w, { pad: 0 })).to.throw('does not fit into 2 pixels');
    expect(() => conv2d(x, w, { stride: 1.5 })).to.throw('stride is 1.5');
    tf.dispose([x, w]);
  });
});
