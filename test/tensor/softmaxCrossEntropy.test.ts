// Cross entropy and accuracy against float64 loops, and at the extremes of float32.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { accuracy, countCorrect, softmaxCrossEntropy } from '../../src/tensor/index.js';
import { onEveryBackend } from './backends.js';
import { expectSameAsNaive, type Nd, noise } from './compare.js';

function naiveLoss({ shape, values }: Nd, labels: number[], smoothing: number): Nd {
  const [batch, classes] = shape;
  let total = 0;
  for (let b = 0; b < batch; b++) {
    const row = [...values.slice(b * classes, (b + 1) * classes)];
    const top = Math.max(...row);
    const logSum = top + Math.log(row.reduce((sum, z) => sum + Math.exp(z - top), 0));
    row.forEach((z, c) => {
      total += ((c === labels[b] ? 1 - smoothing : 0) + smoothing / classes) * (logSum - z);
    });
  }
  return { shape: [], values: Float64Array.of(total / batch) };
}

onEveryBackend('softmaxCrossEntropy', () => {
  for (const [batch, classes, smoothing] of [
    [4, 10, 0],
    [1, 2, 0],
    [3, 5, 0.1],
    [7, 120, 0],
  ]) {
    it(`is the mean of ${batch} rows over ${classes} classes with smoothing ${smoothing}`, () => {
      const labels = Array.from({ length: batch }, (_, b) => (b * 3 + 1) % classes);
      const tensor = tf.tensor1d(labels, 'int32');
      expectSameAsNaive(
        (logits) => softmaxCrossEntropy(logits as tf.Tensor2D, tensor, { smoothing }),
        (logits: Nd) => naiveLoss(logits, labels, smoothing),
        [noise('logits', [batch, classes])],
      );
      tensor.dispose();
    });
  }

  it('stays finite for logits of a thousand', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([1000, -1000, 0, -1000, 1000, 0], [2, 3]);
      const { value, grad } = tf.valueAndGrad((z: tf.Tensor2D) =>
        softmaxCrossEntropy(z, tf.tensor1d([0, 0], 'int32')),
      )(logits);
      // Row 1: certain and right, loss 0. Row 2: certain and wrong by 2000. Mean 1000.
      expect(value.dataSync()[0]).to.equal(1000);
      expect([...grad.dataSync()]).to.deep.equal([0, 0, 0, -0.5, 0.5, 0]);
    });
  });

  it('reports a NaN as a NaN, so that a diverging run is seen', () => {
    tf.tidy(() => {
      const loss = softmaxCrossEntropy(tf.tensor2d([Number.NaN, 1], [1, 2]), tf.tensor1d([1], 'int32'));
      expect(loss.dataSync()[0]).to.be.NaN;
    });
  });

  it('does not take a label that is no class for a small loss', () => {
    tf.tidy(() => {
      const attempt = (label: number) => () => {
        const loss = softmaxCrossEntropy(tf.zeros([2, 3]), tf.tensor1d([0, label], 'int32')).dataSync()[0];
        if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
      };
      expect(attempt(2)).not.to.throw();
      expect(attempt(3)).to.throw();
      expect(attempt(-1)).to.throw();
    });
  });

  it('refuses labels of another type or length', () => {
    tf.tidy(() => {
      const logits = tf.zeros<tf.Rank.R2>([2, 3]);
      expect(() => softmaxCrossEntropy(logits, tf.tensor1d([0, 1], 'float32'))).to.throw('expected int32');
      expect(() => softmaxCrossEntropy(logits, tf.tensor1d([0], 'int32'))).to.throw('got [2,3] and [1]');
    });
  });
});

onEveryBackend('accuracy', () => {
  it('counts labels among the k largest', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([3, 2, 1, 0, 0, 1, 2, 3, 5, 9, 7, 8], [3, 4]);
      const labels = tf.tensor1d([0, 2, 2], 'int32');
      expect([1, 2, 3, 4].map((k) => countCorrect(logits, labels, k))).to.deep.equal([1, 2, 3, 3]);
      expect(accuracy(logits, labels)).to.equal(1 / 3);
    });
  });

  it('gives ties to the lower class and no credit for NaN', () => {
    tf.tidy(() => {
      const labels = tf.tensor1d([0, 1, 2], 'int32');
      // An untrained head gives equal scores: an argmax answers class 0 for all of them.
      expect(countCorrect(tf.zeros([3, 3]), labels)).to.equal(1);
      expect(countCorrect(tf.fill([3, 3], Number.NaN), labels)).to.equal(0);
      expect(() => countCorrect(tf.zeros([3, 3]), labels, 4)).to.throw('top-4 of 3 classes');
    });
  });
});
