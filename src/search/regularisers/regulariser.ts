// What keeps the concentrations near the uniform Dirichlet, the anchor: one interface, two ways.
import type * as tf from '@tensorflow/tfjs';
import type { Mask } from '../../distributions/dirichlet.js';
import { kl } from './kl.js';
import { l2 } from './l2.js';

export interface Regulariser {
  readonly name: 'none' | 'l2' | 'kl';
  /** Lambda. */
  readonly weight: number;
  /** Coupled weight decay for the optimiser of alpha: it adds weightDecay * alpha to the gradient before Adam's moments. */
  readonly weightDecay: number;
  /** What is added to the architecture loss, lambda included: differentiable in alpha [edges, ops]. */
  penalty?(alpha: tf.Tensor2D, mask?: ArrayLike<Mask>): tf.Scalar;
}

/** The regulariser of a name and its weight lambda (the paper's: l2, 1e-3). */
export function regulariserOf(name: Regulariser['name'], weight: number): Regulariser {
  if (!(weight >= 0 && weight < Infinity)) {
    throw new Error(`a regulariser's weight must be a number from 0 up, but is ${weight}`);
  }
  switch (name) {
    case 'none':
      return { name, weight: 0, weightDecay: 0 };
    case 'l2':
      return l2(weight);
    case 'kl':
      return kl(weight);
    default:
      throw new Error(`there is no regulariser ${JSON.stringify(name)}: choose none, l2 or kl`);
  }
}
