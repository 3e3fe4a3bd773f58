// tfjs's own kernels that we replace: values and gradients as tfjs's cpu backend has them, on shapes of every kind.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { error, onEachEngine, random } from './engines.js';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;
interface Case {
  op: Op;
  shapes: number[][];
  /** tfjs itself has no gradient here. */
  forwardOnly?: boolean;
}

const positive = (x: tf.Tensor) => tf.add(tf.abs(x), 0.5);
const binary: Record<string, Op> = {
  add: (a, b) => tf.add(a, b),
  sub: (a, b) => tf.sub(a, b),
  mul: (a, b) => tf.mul(a, b),
  div: (a, b) => tf.div(a, positive(b)),
  maximum: (a, b) => tf.maximum(a, b),
  minimum: (a, b) => tf.minimum(a, b),
  squaredDifference: (a, b) => tf.squaredDifference(a, b),
};
const pairs = [
  [[5], [5]],
  [[2, 3, 5, 7], [7]],
  [[7], [2, 3, 5, 7]],
  [
    [2, 1, 1, 6],
    [2, 4, 3, 6],
  ],
  [
    [3, 1, 5],
    [1, 4, 1],
  ],
  [[], [4, 33]],
  [
    [2, 1, 3, 1, 2, 1],
    [1, 2, 1, 3, 1, 2],
  ], // more loops than the kernel has
  [[0, 3], [3]],
];
const unary: Record<string, Op> = {
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(tf.mul(x, 10)),
  neg: (x) => tf.neg(x),
  square: (x) => tf.square(x),
  sqrt: (x) => tf.sqrt(positive(x)),
  rsqrt: (x) => tf.rsqrt(positive(x)),
  abs: (x) => tf.abs(x),
  step: (x) => tf.step(x, 0.25),
  elu: (x) => tf.elu(x),
  softmax: (x) => tf.softmax(x),
};
const axes: [number[], number[] | undefined][] = [
  [[4, 3, 5, 7], undefined],
  [
    [4, 3, 5, 7],
    [0, 1, 2],
  ],
  [
    [4, 3, 5, 7],
    [1, 2],
  ],
  [[4, 3, 5, 7], [3]],
  [
    [4, 3, 5, 7],
    [0, 2],
  ], // kept axes between reduced ones
  [[2, 70, 130], [1]],
  [[3, 1, 5], [1]],
  [[20000], [0]],
];

const cases: Record<string, Case> = {
  'matMul [5,7]x[7,9]': {
    op: (a, b) => tf.matMul(a, b),
    shapes: [
      [5, 7],
      [7, 9],
    ],
  },
  'matMul [64,64]x[64,10]': {
    op: (a, b) => tf.matMul(a, b),
    shapes: [
      [64, 64],
      [64, 10],
    ],
  },
  'matMul transposed left': {
    op: (a, b) => tf.matMul(a, b, true),
    shapes: [
      [33, 65],
      [33, 17],
    ],
  },
  'matMul transposed right': {
    op: (a, b) => tf.matMul(a, b, false, true),
    shapes: [
      [1, 3],
      [67, 3],
    ],
  },
  'matMul transposed both': {
    op: (a, b) => tf.matMul(a, b, true, true),
    shapes: [
      [3, 4],
      [5, 3],
    ],
  },
  'matMul of a batch': {
    op: (a, b) => tf.matMul(a, b),
    shapes: [
      [2, 3, 4, 5],
      [2, 3, 5, 6],
    ],
  },
  'matMul with one matrix for all': {
    op: (a, b) => tf.matMul(a, b),
    forwardOnly: true,
    shapes: [
      [3, 4, 5],
      [1, 5, 6],
    ],
  },
  'matMul broadcast along one axis': {
    op: (a, b) => tf.matMul(a, b),
    forwardOnly: true,
    shapes: [
      [3, 1, 4, 5],
      [1, 2, 5, 6],
    ],
  },
  'transpose of 4 axes': { op: (x) => tf.transpose(x, [2, 0, 3, 1]), shapes: [[2, 3, 4, 5]] },
  'transpose by default': { op: (x) => tf.transpose(x), shapes: [[7, 5]] },
  'transpose of 6 axes': { op: (x) => tf.transpose(x, [5, 3, 1, 0, 2, 4]), shapes: [[2, 3, 2, 3, 2, 3]] },
  'slice in the middle': { op: (x) => tf.slice(x, [0, 1, 2, 1], [2, 2, -1, 3]), shapes: [[2, 4, 5, 6]] },
  'slice in front': { op: (x) => tf.slice(x, [1], [2]), shapes: [[4, 3]] },
  'slice of nothing': { op: (x) => tf.slice(x, [1, 0], [0, 2]), shapes: [[4, 3]] },
  pad: {
    op: (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [1, 2],
          [3, 0],
          [0, 1],
        ],
        0.5,
      ),
    shapes: [[2, 3, 4, 5]],
  },
  reverse: { op: (x) => tf.reverse(x, [0, 2]), shapes: [[2, 3, 4]] },
  'split of the last axis': {
    op: (a) => {
      const [first, second, third] = tf.split(a, [2, 1, 4], -1);
      return tf.concat([tf.mul(third, 3), first, tf.neg(second)], -1);
    },
    shapes: [[2, 3, 7]],
  },
  'split of an inner axis in equal parts': {
    op: (a) => tf.sub(...(tf.split(a, 2, 1) as [tf.Tensor, tf.Tensor])),
    shapes: [[3, 4, 5]],
  },
  'concat of the last axis': {
    op: (a, b) => tf.concat([a, b, a], -1),
    shapes: [
      [2, 3, 1],
      [2, 3, 4],
    ],
  },
  'concat of the first axis': {
    op: (a, b) => tf.concat([a, b], 0),
    shapes: [
      [2, 3],
      [5, 3],
    ],
  },
  'concat with an empty part': {
    op: (a, b) => tf.concat([a, b], 1),
    shapes: [
      [2, 0],
      [2, 3],
    ],
  },
  addN: {
    op: (a, b, c) => tf.addN([a, b, c]),
    shapes: [
      [3, 5],
      [3, 5],
      [3, 5],
    ],
  },
  'stack and unstack': {
    op: (a, b) => tf.unstack(tf.stack([a, b], 1), 1)[1],
    shapes: [
      [3, 5],
      [3, 5],
    ],
  },
  'depthwise, stride 1': {
    op: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    shapes: [
      [3, 9, 7, 6],
      [3, 3, 6, 1],
    ],
  },
  'depthwise, stride 2': {
    op: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same'),
    shapes: [
      [2, 9, 8, 18],
      [5, 5, 18, 1],
    ],
  },
  'depthwise, stride 3, valid': {
    op: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 3, 'valid'),
    shapes: [
      [1, 11, 10, 67],
      [3, 2, 67, 1],
    ],
  },
  'depthwise, one pixel': {
    op: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    shapes: [
      [1, 1, 1, 1],
      [3, 3, 1, 1],
    ],
  },
  'depthwise, more rows than the kernels take': {
    op: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'valid'),
    shapes: [
      [1, 140, 3, 2],
      [130, 1, 2, 1],
    ],
  },
  'depthwise, two filters a channel': {
    op: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    shapes: [
      [2, 5, 5, 3],
      [3, 3, 3, 2],
    ],
  },
};
for (const [name, op] of Object.entries(binary))
  for (const shapes of pairs) {
    const broadcast = shapes[0].join() !== shapes[1].join();
    const forwardOnly = broadcast && ['maximum', 'minimum', 'squaredDifference'].includes(name);
    cases[`${name} [${shapes.join('] [')}]`] = { op, shapes, forwardOnly };
  }
for (const [name, op] of Object.entries(unary)) cases[`${name} [3,4,67]`] = { op, shapes: [[3, 4, 67]] };
for (const [shape, axis] of axes) {
  cases[`sum [${shape}] over ${axis}`] = { op: (x) => tf.sum(x, axis), shapes: [shape] };
  cases[`mean [${shape}] over ${axis}, kept`] = { op: (x) => tf.mean(x, axis, true), shapes: [shape] };
}

const evaluate = ({ op, shapes, forwardOnly }: Case): { arrays: Float32Array[]; shape: number[] } =>
  tf.tidy(() => {
    const inputs = shapes.map((shape, i) => random(shape, 10 + i));
    const y = op(...inputs);
    const dy = random(y.shape, 20);
    const gradients = forwardOnly ? [] : tf.grads(op)(inputs, dy);
    const arrays = [y, ...gradients].map((tensor) => tensor.dataSync() as Float32Array);
    return { arrays, shape: y.shape };
  });

onEachEngine("tfjs's kernels", (name) => {
  let expected: Record<string, ReturnType<typeof evaluate>>;
  before(async () => {
    await tf.setBackend('cpu');
    expected = Object.fromEntries(Object.entries(cases).map(([title, c]) => [title, evaluate(c)]));
    await tf.setBackend(name);
  });

  for (const [title, c] of Object.entries(cases)) {
    it(`are tfjs's own in ${title}, forward and backward`, () => {
      const got = evaluate(c);
      expect(got.shape).to.deep.equal(expected[title].shape);
      got.arrays.forEach((array, i) => {
        // Sums of up to 20,000 float32 values, which tfjs adds one by one.
        expect(error(array, expected[title].arrays[i]), `output ${i}`).to.be.below(2e-6);
      });
    });
  }

  it('lets a NaN through relu, maximum and sums', () => {
    const x = tf.tensor1d([Number.NaN, 1, -1]);
    for (const y of [tf.relu(x), tf.maximum(x, 0), tf.maximum(tf.scalar(0), x), tf.step(x)]) {
      expect([...y.dataSync()].map(Number.isNaN)).to.deep.equal([true, false, false]);
    }
    expect(tf.sum(x).dataSync()[0]).to.be.NaN;
  });

  it('computes integers as tfjs does', () => {
    const [a, b] = [tf.tensor1d([7, -3, 2], 'int32'), tf.tensor1d([2, 2, 2], 'int32')];
    expect([...tf.add(a, b).dataSync()]).to.deep.equal([9, -1, 4]);
    expect([...tf.sum(a).dataSync()]).to.deep.equal([6]);
    expect(tf.slice(a, [1], [2]).dtype).to.equal('int32');
    expect([...tf.concat([a, b]).dataSync()]).to.deep.equal([7, -3, 2, 2, 2, 2]);
  });

  it('fuses bias and activation as tfjs does', async () => {
    const run = () =>
      tf.tidy(() => {
        const x = random([2, 5, 5, 3], 1) as tf.Tensor4D;
        const filter = random([3, 3, 3, 6], 2) as tf.Tensor4D;
        const bias = random([6], 3);
        const results = (['linear', 'relu', 'relu6', 'elu'] as const).flatMap((activation) => [
          tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation }),
          tf.fused.matMul({
            a: random([4, 5], 4) as tf.Tensor2D,
            b: random([5, 6], 5) as tf.Tensor2D,
            bias,
            activation,
          }),
        ]);
        return results.map((tensor) => tensor.dataSync());
      });
    const ours = run();
    await tf.setBackend('cpu');
    const theirs = run();
    await tf.setBackend(name);
    ours.forEach((array, i) => {
      expect(error(array, theirs[i]), `result ${i}`).to.be.below(2e-6);
    });
  });
});
