// What keeps the concentrations near the uniform Dirichlet, the anchor: one interface, two ways.
import type * as tf from '@tensorflow/tfjs';
import type { Mask } from '../../distributions/dirichlet.js';
import type { RegulariserName } from '../config.js';
import type { SamplerTraits } from '../samplers/traits.js';
import { entropy } from './entropy.js';
import { kl } from './kl.js';
import { klJoint } from './klJoint.js';
import { l2 } from './l2.js';
import { l2Beta } from './l2Beta.js';
import { normBeta } from './normBeta.js';

export interface Regulariser {
  readonly name: RegulariserName;
  /** Lambda. */
  readonly weight: number;
  /** Coupled weight decay for the optimiser of alpha: it adds weightDecay * alpha to the gradient before Adam's moments. */
  readonly weightDecay: number;
  /** What is added to the architecture loss, lambda included: differentiable in alpha [edges, ops]. */
  penalty?(alpha: tf.Tensor2D, mask?: ArrayLike<Mask>): tf.Scalar;
}

/** Each name with a line for the command line, and whether it is about concentrations, which only Dirichlet samplers have. */
export const REGULARISERS: Readonly<Record<RegulariserName, { ofBeta: boolean; summary: string }>> = {
  none: { ofBeta: false, summary: 'no anchor' },
  l2: { ofBeta: false, summary: 'the official code: weight decay of alpha by Adam' },
  kl: { ofBeta: true, summary: 'KL(Dir(beta) || Dir(1)), summed over edges' },
  'l2-beta': { ofBeta: true, summary: '||beta - 1||^2, as the paper has it (unverified)' },
  'norm-beta': { ofBeta: true, summary: '||beta - 1||, not squared' },
  'kl-joint': { ofBeta: true, summary: 'KL of one Dirichlet over all edges, as NASLib' },
  entropy: { ofBeta: false, summary: 'ln K less the entropy of the expected mixture' },
};

export const REGULARISER_NAMES = Object.keys(REGULARISERS) as RegulariserName[];

/**
 * The regulariser of a name and its weight lambda (the paper's: l2, 1e-3). `family` is what the sampler takes alpha for; entropy,
 * which is of the expected mixture, depends on it, and may have a negative weight.
 */
export function regulariserOf(
  name: RegulariserName,
  weight: number,
  family: SamplerTraits['family'] = 'dirichlet',
): Regulariser {
  if (!((weight >= 0 || name === 'entropy') && Math.abs(weight) < Infinity)) {
    throw new Error(`a regulariser's weight must be a number from 0 up, but is ${weight}`);
  }
  switch (name) {
    case 'none':
      return { name, weight: 0, weightDecay: 0 };
    case 'l2':
      return l2(weight);
    case 'kl':
      return kl(weight);
    case 'l2-beta':
      return l2Beta(weight);
    case 'norm-beta':
      return normBeta(weight);
    case 'kl-joint':
      return klJoint(weight);
    case 'entropy':
      return entropy(weight, family);
    default:
      throw new Error(
        `there is no regulariser ${JSON.stringify(name)}: choose one of ${REGULARISER_NAMES.join(', ')}`,
      );
  }
}
