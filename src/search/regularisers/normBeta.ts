// The plain norm in the place of its square: lambda * ||beta - 1||, the same pull at any distance (as confopt takes alpha's norm).
import { betaPenalty, type RowsFunction } from './penalties.js';
import type { Regulariser } from './regulariser.js';

const distance: RowsFunction = {
  value: (rows) => Math.hypot(...rows.flatMap((row) => Array.from(row, (beta) => beta - 1))),
  gradient(rows) {
    const norm = distance.value(rows);
    return rows.map((row) => row.map((beta) => (norm === 0 ? 0 : (beta - 1) / norm)));
  },
};

/**
 * lambda * ||beta - 1||_2, one norm over all edges and operations, beta = elu(alpha) + 1; ConfigurableOptimizer's own option is
 * the norm of alpha (oneshot/regularizer.py:83 there), which is the same thing for positive alphas. The gradient has length
 * lambda wherever beta is, so the anchor is stronger than the square's near 1 and weaker far from it. At beta = 1 the norm has no
 * derivative; its gradient there is defined as 0.
 */
export const normBeta = (weight: number): Regulariser => ({
  name: 'norm-beta',
  weight,
  weightDecay: 0,
  penalty: (alpha, mask) => betaPenalty(distance, alpha, weight, mask),
});
