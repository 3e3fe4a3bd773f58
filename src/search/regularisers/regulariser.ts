// What keeps the concentrations near the uniform Dirichlet, the anchor: one interface, two ways.
import type * as tf from '@tensorflow/tfjs';
import type { Mask } from '../../distributions/dirichlet.js';
import type { RegulariserName } from './traits.js';

export interface Regulariser {
  readonly name: RegulariserName;
  /** Lambda. */
  readonly weight: number;
  /** Coupled weight decay for the optimiser of alpha: it adds weightDecay * alpha to the gradient before Adam's moments. */
  readonly weightDecay: number;
  /** What is added to the architecture loss, lambda included: differentiable in alpha [edges, ops]. */
  penalty?(alpha: tf.Tensor2D, mask?: ArrayLike<Mask>): tf.Scalar;
}
