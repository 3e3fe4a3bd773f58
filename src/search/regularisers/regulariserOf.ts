// The regularisers by their names.
import type { SamplerTraits } from '../samplers/traits.js';
import { entropy } from './entropy.js';
import { kl } from './kl.js';
import { klJoint } from './klJoint.js';
import { l2 } from './l2.js';
import { l2Beta } from './l2Beta.js';
import { normBeta } from './normBeta.js';
import type { Regulariser } from './regulariser.js';
import { REGULARISER_NAMES, type RegulariserName } from './traits.js';

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
