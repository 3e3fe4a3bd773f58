// ReLU, depthwise convolution, 1x1 convolution and batch norm as one op, against the plain composition.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { composed, type SeparableStage, separableNorm } from '../../src/tensor/separable.js';
import { onEveryBackend } from './backends.js';
import { relativeError } from './compare.js';

interface Case {
  title: string;
  x: [number, number, number, number];
  /** filter size (0: none), outputs, stride, dilation, affine */
  stages: [number, number, number, number, boolean][];
  dropping?: boolean;
}

const cases: Case[] = [
  {
    title: 'sep_conv of 36 channels',
    x: [4, 8, 8, 36],
    stages: [
      [3, 36, 1, 1, true],
      [3, 36, 1, 1, true],
    ],
  },
  {
    title: 'strided sep_conv 5x5',
    dropping: true,
    x: [3, 8, 8, 8],
    stages: [
      [5, 8, 2, 1, true],
      [5, 8, 1, 1, true],
    ],
  },
  { title: 'dil_conv 5x5', x: [2, 7, 5, 6], stages: [[5, 6, 1, 2, false]] },
  {
    title: 'strided dil_conv 3x3 of 17 channels, with drop-path',
    dropping: true,
    x: [5, 9, 7, 17],
    stages: [[3, 17, 2, 2, true]],
  },
  { title: 'preprocessing, 1x1 alone', x: [2, 5, 3, 12], stages: [[0, 5, 1, 1, true]] },
  { title: 'one row of two channels', x: [6, 1, 9, 2], stages: [[3, 3, 1, 1, true]] },
  {
    title: 'a single pixel a image, 67 channels',
    x: [3, 1, 1, 67],
    stages: [
      [3, 67, 1, 1, true],
      [5, 4, 1, 1, false],
    ],
  },
  {
    title: 'three stages, first without depthwise',
    x: [2, 6, 6, 10],
    stages: [
      [0, 20, 1, 1, false],
      [7, 20, 1, 1, true],
      [3, 9, 2, 1, true],
    ],
  },
  { title: 'more rows than a chunk of statistics', x: [1, 40, 40, 16], stages: [[3, 16, 1, 1, true]] },
];

/** The value, and the gradients of x and all weights, of a weighted sum of z. */
function everything(run: typeof composed, { x: shape, stages: sizes, dropping }: Case) {
  return tf.tidy(() => {
    let seed = 1;
    const random = (dims: number[], scale = 1) => tf.randomNormal(dims, 0, scale, 'float32', seed++);
    const x = random(shape);
    let channels = shape[3];
    const weights: tf.Tensor[] = [];
    const layout = sizes.map(([size, outputs, , , affine]) => {
      const made = {
        depthwise: size ? random([size, size, channels, 1], 1 / size) : undefined,
        pointwise: random([1, 1, channels, outputs], channels ** -0.5),
        scale: affine ? random([outputs]) : undefined,
        offset: affine ? random([outputs]) : undefined,
      };
      channels = outputs;
      return Object.entries(made).flatMap(([name, tensor]) => {
        if (!tensor) return [];
        weights.push(tensor);
        return [[name, weights.length] as const];
      });
    });
    const f = (...inputs: tf.Tensor[]) => {
      const stages = sizes.map(([, , stride, dilation], i) => ({
        ...Object.fromEntries(layout[i].map(([name, index]) => [name, inputs[index]])),
        stride,
        dilation,
      })) as unknown as SeparableStage[];
      const { y, statistics } = run(inputs[0] as tf.Tensor4D, stages, { keep });
      for (const { mean, variance } of statistics) {
        recorded.push(mean.dataSync().slice() as Float32Array, variance.dataSync().slice() as Float32Array);
        tf.dispose([mean, variance]);
      }
      return tf.sum(tf.mul(y, tf.randomNormal(y.shape, 0, 1, 'float32', 99))) as tf.Scalar;
    };
    const recorded: Float32Array[] = [];
    // Some images are dropped, the others scaled up.
    const keep = dropping
      ? tf.tensor1d(Array.from({ length: shape[0] }, (_, i) => (i % 3 === 1 ? 0 : 1.5)))
      : undefined;
    const { value, grads } = tf.valueAndGrads(f)([x, ...weights]);
    return [...recorded, ...[value, ...grads].map((t) => t.dataSync().slice() as Float32Array)];
  });
}

onEveryBackend('separableNorm', () => {
  for (const problem of cases) {
    it(`is the composition: ${problem.title}`, () => {
      const ours = everything(separableNorm, problem);
      const plain = everything(composed, problem);
      expect(ours.length).to.equal(plain.length);
      ours.forEach((values, i) => {
        expect(relativeError(values, plain[i]), `quantity ${i} of ${ours.length}`).to.be.below(2e-4);
      });
    });
  }

  it('needs only the input’s gradient where it is told so, the same as with all', () => {
    const x = tf.randomNormal<tf.Rank.R4>([2, 5, 5, 6], 0, 1, 'float32', 1);
    const depthwise = tf.randomNormal<tf.Rank.R4>([3, 3, 6, 1], 0, 1, 'float32', 2);
    const pointwise = tf.randomNormal<tf.Rank.R4>([1, 1, 6, 5], 0, 1, 'float32', 3);
    const gradient = (needs: 'all' | 'input') =>
      tf.tidy(() =>
        tf
          .grad((input) => {
            const { y, statistics } = separableNorm(input as tf.Tensor4D, [{ depthwise, pointwise }], {
              needs,
            });
            for (const { mean, variance } of statistics) tf.dispose([mean, variance]);
            return tf.sum(y.mul(tf.randomNormal(y.shape, 0, 1, 'float32', 4)));
          })(x)
          .dataSync()
          .slice(),
      );
    const all = gradient('all');
    expect(gradient('input')).to.deep.equal(all);
    expect(Math.max(...all)).to.be.above(0.01);
    tf.dispose([x, depthwise, pointwise]);
  });

  it('refuses what does not fit', () => {
    const x = tf.zeros<tf.Rank.R4>([1, 4, 4, 3]);
    expect(() => separableNorm(x, [])).to.throw('at least one stage');
    const pointwise = tf.zeros<tf.Rank.R4>([1, 1, 4, 4]);
    expect(() => separableNorm(x, [{ pointwise }])).to.throw(
      '3 channels got pointwise [1,1,4,4]: expected [1,1,3,4]',
    );
    tf.dispose([x, pointwise]);
  });

  it('refuses all stages before the first is computed, so that nothing is left behind', () => {
    tf.tidy(() => {
      const x = tf.ones<tf.Rank.R4>([1, 2, 2, 3]);
      const depthwise = tf.ones<tf.Rank.R4>([3, 3, 3, 1]);
      const pointwise = tf.ones<tf.Rank.R4>([1, 1, 3, 3]);
      const stage: SeparableStage = { depthwise, pointwise };
      const refused = (second: SeparableStage, message: string) =>
        expect(() => separableNorm(x, [stage, { ...stage, ...second }])).to.throw(message);
      refused({ pointwise, stride: 2 }, 'more than one value per channel');
      refused({ pointwise, scale: tf.ones([2]) }, '3 channels got scale [2]: expected [3]');
      refused({ pointwise, offset: tf.ones([4]) }, 'got offset [4]: expected [3]');
      refused({ pointwise, depthwise: tf.ones([3, 5, 3, 1]) }, 'got depthwise [3,5,3,1]: expected [3,3,3,1]');
      expect(() => separableNorm(x, [stage], { keep: tf.ones([2]) })).to.throw('one for each of 1 images');
      // Images without a pixel: dividing by their number would end the process.
      expect(() => separableNorm(tf.ones([2, 0, 4, 3]), [stage])).to.throw('does not fit into 0 pixels');
      expect(() => separableNorm(tf.ones([2, 4, 0, 3]), [{ pointwise }])).to.throw(
        'does not fit into 0 pixels',
      );
    });
  });
});
