// The paper's anchor: (lambda / 2) ||alpha||^2, which pulls alpha to 0 and so beta to 1 (architect.py:17-22).
import type { Regulariser } from './regulariser.js';

/**
 * Only a number for the optimiser: the gradient lambda * alpha goes through Adam's normalisation, as in the official
 * code, so the pull is not simply lambda. A penalty in the loss would give the same gradient.
 */
export function l2(weight: number): Regulariser {
  return { name: 'l2', weight, weightDecay: weight };
}
