// Depthwise convolution against float64 loops, at the strides and dilations of the DARTS space and odd ones.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { type ConvolutionOptions, depthwiseConv2d } from '../../src/tensor/index.js';
import { onEveryBackend } from './backends.js';
import { expectSameAsNaive, type Nd, noise } from './compare.js';
import { naiveConv2d } from './naive.js';

const cases: { name: string; x: number[]; kernel: number; options?: ConvolutionOptions; pad: number }[] = [
  { name: 'sep_conv_3x3', x: [2, 5, 4, 3], kernel: 3, pad: 1 },
  { name: 'sep_conv_5x5 with stride 2', x: [2, 7, 6, 3], kernel: 5, options: { stride: 2 }, pad: 2 },
  {
    name: 'dil_conv_3x3: dilation > 1 has a gradient (tensorflow/tfjs#7906)',
    x: [2, 6, 5, 5],
    kernel: 3,
    options: { dilation: 2 },
    pad: 2,
  },
  {
    name: 'dil_conv_3x3 of a reduction cell (stride 2, dilation 2), which tfjs refuses',
    x: [2, 8, 7, 3],
    kernel: 3,
    options: { stride: 2, dilation: 2 },
    pad: 2,
  },
  {
    name: 'dil_conv_5x5 of a reduction cell',
    x: [1, 9, 8, 2],
    kernel: 5,
    options: { stride: 2, dilation: 2 },
    pad: 4,
  },
  {
    name: 'stride 2 with dilation 3',
    x: [1, 10, 9, 2],
    kernel: 3,
    options: { stride: 2, dilation: 3 },
    pad: 3,
  },
  { name: 'an even filter', x: [1, 5, 4, 1], kernel: 2, options: { stride: 2, pad: 1 }, pad: 1 },
  { name: 'a 1x1 image and batch 1', x: [1, 1, 1, 5], kernel: 3, pad: 1 },
  { name: 'a 1x1 filter', x: [2, 3, 3, 5], kernel: 1, pad: 0 },
];

onEveryBackend('depthwiseConv2d', () => {
  for (const { name, x, kernel, options = {}, pad } of cases) {
    it(`equals the sum over taps for ${name}`, () => {
      const { stride = 1, dilation = 1 } = options;
      expectSameAsNaive(
        (image, filter) => depthwiseConv2d(image as tf.Tensor4D, filter as tf.Tensor4D, options),
        (image: Nd, filter: Nd) => naiveConv2d(image, filter, stride, dilation, pad, true),
        [noise('x', x), noise('w', [kernel, kernel, x[3], 1])],
      );
    });
  }
});

describe('depthwiseConv2d', () => {
  it('takes one filter per channel', () => {
    const x = tf.zeros<tf.Rank.R4>([1, 4, 4, 3]);
    const w = tf.zeros<tf.Rank.R4>([3, 3, 3, 2]);
    expect(() => depthwiseConv2d(x, w)).to.throw('[rows, columns, channels, 1]');
    tf.dispose([x, w]);
  });
});
