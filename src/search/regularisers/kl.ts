// The other anchor: lambda times the sum over edges of KL(Dir(beta_edge) || Dir(1)) (201-space/search_model.py:62-72).
import type * as tf from '@tensorflow/tfjs';
import { klToUniform, klToUniformGradient, type Mask } from '../../distributions/dirichlet.js';
import { betaPenalty, type RowsFunction } from './penalties.js';
import type { Regulariser } from './regulariser.js';

const sumOfKl: RowsFunction = {
  value: (rows) => rows.reduce((sum, row) => sum + klToUniform(row), 0),
  gradient: (rows) => rows.map(klToUniformGradient),
};

export function kl(weight: number): Regulariser {
  return { name: 'kl', weight, weightDecay: 0, penalty: (alpha, mask) => klPenalty(alpha, weight, mask) };
}

/**
 * weight * sum over edges of KL(Dir(beta) || Dir(1)), beta = elu(alpha) + 1, alpha [edges, ops]; one Dirichlet per
 * edge, over its kept operations where a mask is given. Forward and backward in float64 from alpha itself.
 */
export function klPenalty(alpha: tf.Tensor2D, weight = 1, mask?: ArrayLike<Mask>): tf.Scalar {
  return betaPenalty(sumOfKl, alpha, weight, mask);
}
