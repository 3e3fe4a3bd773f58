// Batch normalisation in training and evaluation, and its running statistics, against float64 loops.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  batchNormEval,
  batchNormTrain,
  updateAllRunningStatistics,
  updateRunningStatistics,
} from '../../src/tensor/index.js';
import { onEveryBackend } from './backends.js';
import { expectSameAsNaive, type Nd, noise, relativeError, toTensor, toVariable } from './compare.js';
import { naiveBatchNorm, naiveMoments } from './naive.js';

const shapes = [
  [2, 3, 4, 3],
  [1, 2, 1, 1],
  [3, 1, 1, 5],
  [2, 4, 4, 16],
];

// y alone, for the comparison with the naive function; the by-products are disposed as a caller would.
function normalised(x: tf.Tensor, scale?: tf.Tensor, offset?: tf.Tensor, epsilon?: number): tf.Tensor {
  const options = { scale: scale as tf.Tensor1D, offset: offset as tf.Tensor1D, epsilon };
  const { y, mean, variance } = batchNormTrain(x as tf.Tensor4D, options);
  tf.dispose([mean, variance]);
  return y;
}

// Central differences of step 1e-5 through a root are good to 1e-9 of the largest, and [1,2,1,1] divides by 2.
const tolerance = 1e-4;

onEveryBackend('batchNormTrain', () => {
  for (const shape of shapes) {
    const channels = [shape[3]];
    it(`normalises and differentiates x of shape [${shape}] without scale and offset`, () => {
      expectSameAsNaive(
        (x) => normalised(x),
        (x: Nd) => naiveBatchNorm(x, {}),
        [noise('x', shape)],
        tolerance,
      );
    });

    it(`normalises and differentiates x of shape [${shape}] with scale and offset`, () => {
      expectSameAsNaive(
        (x, scale, offset) => normalised(x, scale, offset),
        (x: Nd, scale: Nd, offset: Nd) => naiveBatchNorm(x, { scale, offset }),
        [noise('x', shape), noise('scale', channels), noise('offset', channels)],
        tolerance,
      );
    });
  }

  it('takes a scale alone, an offset alone, and another epsilon', () => {
    const [x, vector] = [noise('x', [2, 3, 3, 2]), noise('vector', [2])];
    expectSameAsNaive(
      (image, scale) => normalised(image, scale, undefined, 0.1),
      (image: Nd, scale: Nd) => naiveBatchNorm(image, { scale, epsilon: 0.1 }),
      [x, vector],
      tolerance,
    );
    expectSameAsNaive(
      (image, offset) => normalised(image, undefined, offset),
      (image: Nd, offset: Nd) => naiveBatchNorm(image, { offset }),
      [x, vector],
      tolerance,
    );
  });

  it('returns the mean and the biased variance, kept until the caller disposes them', () => {
    const x = noise('x', [2, 3, 4, 3]);
    const expected = naiveMoments(x);
    const result = tf.tidy(() => {
      const { mean, variance } = batchNormTrain(toTensor<tf.Tensor4D>(x));
      return { mean, variance };
    });
    expect(relativeError(result.mean.dataSync(), expected.mean)).to.be.below(1e-6);
    expect(relativeError(result.variance.dataSync(), expected.variance)).to.be.below(1e-6);
    tf.dispose(result);
  });

  it('keeps its digits where the mean is a thousand times the deviation', () => {
    const x = noise('x', [4, 5, 5, 2]);
    x.values.forEach((value, i) => {
      x.values[i] = Math.fround(1000 + value);
    });
    const image = toTensor<tf.Tensor4D>(x);
    const { y, mean, variance } = batchNormTrain(image);
    // float32 holds 1000 to 6e-5; E[x^2] - E[x]^2 would be off by about 0.1.
    expect(relativeError(y.dataSync(), naiveBatchNorm(x, {}).values)).to.be.below(1e-3);
    tf.dispose([image, y, mean, variance]);
  });

  it('leaves nothing behind in a training step inside variableGrads', () => {
    const w = toVariable([1, 2, 3]);
    const x = toTensor<tf.Tensor4D>(noise('x', [2, 3, 4, 3]));
    const level = tf.memory().numTensors;
    for (let step = 0; step < 3; step++) {
      const statistics: tf.Tensor[] = [];
      const { value, grads } = tf.variableGrads(() => {
        const { y, mean, variance } = batchNormTrain(tf.mul(x, tf.sum(w)) as tf.Tensor4D);
        statistics.push(mean, variance);
        return tf.sum(tf.square(y)) as tf.Scalar;
      }, [w]);
      expect(statistics[0].dataSync().length).to.equal(3);
      tf.dispose([value, ...Object.values(grads), ...statistics]);
      expect(tf.memory().numTensors).to.equal(level);
    }
    tf.dispose([w, x]);
  });

  it('refuses one value per channel, whose variance is 0', () => {
    const x = tf.zeros<tf.Rank.R4>([1, 1, 1, 3]);
    expect(() => batchNormTrain(x)).to.throw('more than one value per channel');
    x.dispose();
  });
});

onEveryBackend('batchNormEval', () => {
  it('normalises by the given statistics and differentiates, with and without scale and offset', () => {
    const shape = [2, 3, 2, 3];
    const moments = { mean: [0.1, -0.2, 0.3], variance: [0.5, 2, 1] };
    const statistics = { mean: tf.tensor1d(moments.mean), variance: tf.tensor1d(moments.variance) };
    const [scale, offset] = [noise('scale', [3]), noise('offset', [3])];
    expectSameAsNaive(
      (x, a, b) =>
        batchNormEval(x as tf.Tensor4D, { ...statistics, scale: a as tf.Tensor1D, offset: b as tf.Tensor1D }),
      (x: Nd, a: Nd, b: Nd) => naiveBatchNorm(x, { moments, scale: a, offset: b }),
      [noise('x', shape), scale, offset],
    );
    expectSameAsNaive(
      (x) => batchNormEval(x as tf.Tensor4D, statistics),
      (x: Nd) => naiveBatchNorm(x, { moments }),
      [noise('x', shape)],
    );
    tf.dispose(statistics);
  });
});

onEveryBackend('updateRunningStatistics', () => {
  it('moves by the momentum, with the unbiased variance', () => {
    const running = { mean: toVariable([0, 0]), variance: toVariable([1, 1]) };
    const batch = { mean: tf.tensor1d([1, -2]), variance: tf.tensor1d([3, 0.5]) };
    for (let step = 0; step < 2; step++) updateRunningStatistics(running, batch, 5);
    // From 0: 0.1 m, then 0.9*0.1 m + 0.1 m = 0.19 m. From 1: 0.81 + 0.19 * v * 5/4.
    const variance = [0.81 + (0.19 * 3 * 5) / 4, 0.81 + (0.19 * 0.5 * 5) / 4];
    expect(relativeError(running.mean.dataSync(), [0.19, -0.38])).to.be.below(1e-6);
    expect(relativeError(running.variance.dataSync(), variance)).to.be.below(1e-6);
    tf.dispose([running.mean, running.variance, batch.mean, batch.variance]);
  });

  it('of many batch norms at once gives the same bits as one by one', () => {
    const made = () =>
      [3, 17, 36].map((channels, i) => ({
        running: {
          mean: toVariable([...noise(`rm${i}`, [channels]).values]),
          variance: toVariable([...noise(`rv${i}`, [channels]).values]),
        },
        batch: { mean: toTensor(noise(`m${i}`, [channels])), variance: toTensor(noise(`v${i}`, [channels])) },
        count: 7 + i,
      }));
    const [together, single] = [made(), made()];
    for (let step = 0; step < 3; step++) {
      updateAllRunningStatistics(together);
      for (const { running, batch, count } of single) updateRunningStatistics(running, batch, count);
    }
    together.forEach(({ running }, i) => {
      expect(running.mean.dataSync()).to.deep.equal(single[i].running.mean.dataSync());
      expect(running.variance.dataSync()).to.deep.equal(single[i].running.variance.dataSync());
    });
    tf.dispose([together, single] as unknown as tf.TensorContainer);
  });

  it('needs two values', () => {
    const running = { mean: toVariable([0]), variance: toVariable([1]) };
    expect(() => updateRunningStatistics(running, running, 1)).to.throw('at least 2 values');
    tf.dispose([running.mean, running.variance]);
  });
});
