// The Dirichlet sample of the paper with the score-function gradient (REINFORCE, Williams 1992) in place of the pathwise one.
import {
  concentrationDerivative,
  concentration as concentrationOf,
  sampleMasked,
} from '../../distributions/dirichlet.js';
import { keptIndices } from '../../distributions/pathwiseGradient.js';
import { digammaDifference } from '../../distributions/special.js';
import { fromRows } from '../../tensor/rows.js';
import { expectedDirichlet, pickDirichlet } from './dirichlet.js';
import type { Sampler } from './sampler.js';
import { SAMPLERS } from './traits.js';

const draw: NonNullable<Sampler['draw']> = (alpha, { stream, mask, theta }) =>
  theta ?? alpha.map((row, e) => Array.from(sampleMasked(stream, row.map(concentrationOf), mask?.[e])));

/**
 * d ln Dir(theta | beta) / d alpha_i = (ln theta_i - psi(beta_i) + psi(S)) d beta_i / d alpha_i, S the sum of the kept betas;
 * 0 for pruned operations.
 */
const score: NonNullable<Sampler['score']> = (alpha, theta, mask) =>
  alpha.map((row, e) => {
    const kept = keptIndices(row.length, mask?.[e]);
    const beta = row.map(concentrationOf);
    const total = kept.reduce((sum, i) => sum + beta[i], 0);
    const slope = row.map(() => 0);
    for (const i of kept)
      slope[i] =
        (Math.log(theta[e][i]) + digammaDifference(beta[i], total)) * concentrationDerivative(row[i]);
    return slope;
  });

/**
 * grad_alpha E[L(theta)] = E[(L(theta) - b) grad_alpha ln p(theta | alpha)] for any baseline b that does not depend on theta.
 *
 * It needs the loss alone: no derivative of the supernet in theta, so an architecture step is a forward pass. It is unbiased,
 * and its variance is far above the pathwise gradient's (estimatorVariance measures both), for it does not use how the loss
 * depends on theta. The baseline (see baseline.ts): of several samples a step, the mean loss of the others; of one, the
 * moving average of the losses of the steps before.
 */
export const dirichletScoreSampler: Sampler = {
  name: 'dirichlet-score',
  ...SAMPLERS['dirichlet-score'],
  sample: (alpha, options) => fromRows(draw(alpha.arraySync(), options), alpha.shape[1]),
  expected: expectedDirichlet,
  pick: pickDirichlet,
  draw,
  score,
};
