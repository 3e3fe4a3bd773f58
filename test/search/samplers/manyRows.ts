// Samples of one edge by the thousand in a single call: every row of a matrix is an independent edge with the same alpha.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createStream } from '../../../src/random/stream.js';
import type { SamplerName } from '../../../src/search/config.js';
import type { Draw } from '../../../src/search/samplers/sampler.js';
import { samplerOf } from '../../../src/search/samplers/samplerOf.js';

/** Draws a test compares, and by how many standard errors its mean may differ. */
export const DRAWS = 6000;
export const ERRORS = 4.5;

const repeated = (row: number[], count: number) => Array.from({ length: count }, () => row);

/** theta [count, ops] of one edge. */
export function samplesOf(
  name: SamplerName,
  row: number[],
  count: number,
  draw: Partial<Draw> = {},
): number[][] {
  const given = { stream: createStream(1, 'samples', name), ...draw };
  return tf.tidy(() =>
    samplerOf(name)
      .sample(tf.tensor2d(repeated(row, count)), given)
      .arraySync(),
  );
}

/**
 * Gradients in alpha of a loss that is summed over edges, one an edge, by the sampler's tape. `loss` maps theta [count, ops] to a
 * scalar: the sum of the edges' losses.
 */
export function gradientsOf(
  name: SamplerName,
  row: number[],
  loss: (theta: tf.Tensor2D) => tf.Scalar,
  count: number,
  { scale, ...draw }: Partial<Draw> & { scale?: number } = {},
): number[][] {
  const given = { stream: createStream(2, 'gradients', name), ...draw };
  const sampler = samplerOf(name, { logisticNormalScale: scale });
  return tf.tidy(() => {
    const gradient = tf.grad((alpha: tf.Tensor) => loss(sampler.sample(alpha as tf.Tensor2D, given)));
    return (gradient(tf.tensor2d(repeated(row, count))) as tf.Tensor2D).arraySync();
  });
}

/** Mean of each column with its standard error. */
export function meanOf(rows: readonly (readonly number[])[]): { mean: number[]; error: number[] } {
  const n = rows.length;
  const mean = rows[0].map((_, j) => rows.reduce((sum, row) => sum + row[j], 0) / n);
  const error = mean.map((m, j) =>
    Math.sqrt(rows.reduce((sum, row) => sum + (row[j] - m) ** 2, 0) / (n - 1) / n),
  );
  return { mean, error };
}

/** Expects the rows' mean to be `want` within ERRORS standard errors. */
export function agree(rows: readonly (readonly number[])[], want: readonly number[]): void {
  const { mean, error } = meanOf(rows);
  want.forEach((w, i) =>
    expect(mean[i], `entry ${i}, of standard error ${error[i]}`).to.be.closeTo(w, ERRORS * error[i]),
  );
}
