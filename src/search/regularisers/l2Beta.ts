// The l2 anchor on the concentrations themselves, as we recall the paper's text (unverified): lambda * ||beta - 1||^2 in the loss.
import { betaPenalty, type RowsFunction } from './penalties.js';
import type { Regulariser } from './regulariser.js';

const squaredDistance: RowsFunction = {
  value: (rows) => rows.reduce((sum, row) => sum + row.reduce((own, beta) => own + (beta - 1) ** 2, 0), 0),
  gradient: (rows) => rows.map((row) => row.map((beta) => 2 * (beta - 1))),
};

/**
 * lambda * sum over all edges and operations of (beta - 1)^2, beta = elu(alpha) + 1. The official code decays alpha instead
 * (l2.ts), with half of that factor and the distance of alpha to 0: for alpha > 0 the distances agree, below they do not, for beta
 * cannot fall under 0, so a large negative alpha is hardly pulled back here (the gradient vanishes with exp(alpha)).
 */
export const l2Beta = (weight: number): Regulariser => ({
  name: 'l2-beta',
  weight,
  weightDecay: 0,
  penalty: (alpha, mask) => betaPenalty(squaredDistance, alpha, weight, mask),
});
