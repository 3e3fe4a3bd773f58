// Statistics of a batch from those of its parts.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { BatchStatistics } from '../../src/spaces/layers.js';
import { pooledStatistics } from '../../src/spaces/pooledStatistics.js';

describe('pooledStatistics', () => {
  before(() => tf.setBackend('cpu'));

  /** Mean and population variance of numbers, as a batch norm of one channel has them. */
  const of = (values: number[], name = 'norm'): BatchStatistics => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    return { name, mean: tf.tensor1d([mean]), variance: tf.tensor1d([variance]), count: values.length };
  };
  const free = (statistics: BatchStatistics[]) =>
    tf.dispose(statistics.flatMap(({ mean, variance }) => [mean, variance]));

  it('are those of all values together, parts of unequal size too, which are freed', () => {
    const before = tf.memory().numTensors;
    const pooled = pooledStatistics([[of([1, 2])], [of([4, 9, 0])]]);
    const whole = of([1, 2, 4, 9, 0]);
    expect([pooled[0].name, pooled[0].count]).to.deep.equal(['norm', 5]);
    expect(pooled[0].mean.dataSync()[0]).to.be.closeTo(whole.mean.dataSync()[0], 1e-6);
    expect(pooled[0].variance.dataSync()[0]).to.be.closeTo(whole.variance.dataSync()[0], 1e-5);
    free([whole, ...pooled]);
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('are refused where a part lacks a norm, or has another', () => {
    const [a, b, c, d] = [of([1]), of([2]), of([3]), of([4], 'other')];
    expect(() => pooledStatistics([[a, b], [c]])).to.throw('[norm, norm] and [norm]');
    expect(() => pooledStatistics([[a], [c, b]])).to.throw('[norm] and [norm, norm]');
    expect(() => pooledStatistics([[a], [d]])).to.throw('[norm] and [other]');
    free([a, b, c, d]);
  });
});
