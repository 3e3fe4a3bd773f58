// The paper's sampler: theta ~ Dirichlet(elu(alpha) + 1) on each edge, with the pathwise gradient; and its mean.
import * as tf from '@tensorflow/tfjs';
import { concentration as concentrationOf, sampleDirichlet } from '../../distributions/dirichlet.js';
import { concentration, dirichletSample } from '../../tensor/dirichlet.js';
import type { Sampler } from './sampler.js';
import { SAMPLERS } from './traits.js';

/** Rows of weights times mask, divided by their sum. */
function normalisedRows(rows: number[][], mask?: number[][]): number[][] {
  return rows.map((row, e) => {
    const kept = row.map((v, o) => (mask && !mask[e][o] ? 0 : v));
    const total = kept.reduce((a, b) => a + b, 0);
    return kept.map((v) => v / total);
  });
}

/** Index of the largest entry; ties go to the first. */
export const argMax = (row: ArrayLike<number>): number =>
  Array.from(row).reduce((best, v, i, all) => (v > all[best] ? i : best), 0);

/** The Dirichlet's mean, beta / sum(beta) over the kept operations of each row. */
export const expectedDirichlet: Sampler['expected'] = (alpha, mask) =>
  normalisedRows(
    alpha.map((row) => row.map(concentrationOf)),
    mask,
  );

/** The largest entry of one Dirichlet sample an edge. */
export const pickDirichlet: Sampler['pick'] = (alpha, { stream, mask }) =>
  alpha.map((row, e) => {
    const theta = sampleDirichlet(stream.split(e), row.map(concentrationOf));
    return argMax(theta.map((v, o) => (mask && !mask[e][o] ? -1 : v)));
  });

/** Rows of a tensor times mask, divided by their sums. */
export function renormalised(rows: tf.Tensor2D, mask: number[][]): tf.Tensor2D {
  const kept = tf.mul(rows, tf.tensor2d(mask));
  return tf.div(kept, tf.sum(kept, 1, true));
}

/** One sample an edge and forward pass, shared by all cells and images (201-space/search_model.py:122). */
export const dirichletSampler: Sampler = {
  name: 'dirichlet',
  ...SAMPLERS.dirichlet,
  sample: (alpha, { wholeRows, mask, ...draw }) => {
    const beta = concentration(alpha);
    if (!mask || !wholeRows) return dirichletSample(beta, { mask, ...draw });
    return renormalised(dirichletSample(beta, draw), mask);
  },
  expected: expectedDirichlet,
  pick: pickDirichlet,
};

/** The ablation without sampling: theta is the Dirichlet's mean, beta / sum(beta). */
export const dirichletMeanSampler: Sampler = {
  name: 'dirichlet-mean',
  ...SAMPLERS['dirichlet-mean'],
  sample: (alpha, { mask }) => {
    const beta = concentration(alpha);
    if (mask) return renormalised(beta, mask);
    return tf.div(beta, tf.sum(beta, 1, true));
  },
  expected: expectedDirichlet,
  pick: pickDirichlet,
};
