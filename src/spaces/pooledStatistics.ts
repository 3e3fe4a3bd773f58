// The batch statistics of a whole batch from those of its parts.
import * as tf from '@tensorflow/tfjs';
import type { BatchStatistics } from './layers.js';

/**
 * The statistics of every norm over all parts: the mean of the means, and by the law of total variance the mean of the variances
 * plus the variance of the means, each part by its number of values. They are the whole batch's exactly where the norm's input
 * does not depend on how the batch was cut, as at the first norm of a network. Parts are lists of equal names; they are disposed.
 */
export function pooledStatistics(parts: readonly BatchStatistics[][]): BatchStatistics[] {
  const [first, ...others] = parts;
  if (others.length === 0) return first;
  const names = (part: readonly BatchStatistics[]) => part.map(({ name }) => name).join(', ');
  const odd = others.find((part) => names(part) !== names(first));
  if (odd)
    throw new Error(`parts of a batch have different batch norms: [${names(first)}] and [${names(odd)}]`);
  return first.map(({ name, rows }, i) => {
    const own = parts.map((part) => part[i]);
    const count = own.reduce((sum, statistics) => sum + statistics.count, 0);
    const weighted = (of: (statistics: BatchStatistics) => tf.Tensor) =>
      tf.addN(own.map((statistics) => tf.mul(of(statistics), statistics.count / count)));
    const [mean, variance] = tf.tidy(() => {
      const whole = weighted((statistics) => statistics.mean);
      const spread = weighted(({ mean: own, variance: within }) =>
        tf.add(within, tf.square(tf.sub(own, whole))),
      );
      return [tf.keep(whole), tf.keep(spread)];
    });
    for (const statistics of own) tf.dispose([statistics.mean, statistics.variance]);
    return { name, mean, variance, count, ...(rows && { rows }) };
  });
}
