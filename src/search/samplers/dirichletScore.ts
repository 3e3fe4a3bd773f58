// The Dirichlet sample of the paper with the score-function gradient (REINFORCE, Williams 1992) in place of the pathwise one.
import { concentrationDerivative, concentration as concentrationOf } from '../../distributions/dirichlet.js';
import { keptIndices } from '../../distributions/pathwiseGradient.js';
import { logGammas } from '../../distributions/sample.js';
import { scoreOfLogs } from '../../distributions/score.js';
import { logSoftmax } from '../../distributions/softmax.js';
import { fromRows } from '../../tensor/rows.js';
import { expectedDirichlet, pickDirichlet } from './dirichlet.js';
import type { Sampler } from './sampler.js';
import { SAMPLERS } from './traits.js';

/**
 * A draw, and its score d ln Dir(theta | beta) / d alpha_i = (ln theta_i - psi(beta_i) + psi(S)) d beta_i / d alpha_i, S the sum of
 * the kept betas; both 0 for pruned operations. The logarithms are the draw's own: with beta = 1e-4 most weights are below
 * what a number can hold, and ln of such a weight cut off would have another mean.
 */
const scored: NonNullable<Sampler['scored']> = (alpha, { stream, mask, theta: recorded }) => {
  const rows = alpha.map((row, e) => {
    const kept = keptIndices(row.length, mask?.[e]);
    const beta = row.map(concentrationOf);
    const logs = recorded ? recorded[e].map(Math.log) : logGammas(stream, beta);
    const logTheta = logSoftmax(kept.map((i) => logs[i]));
    const inBeta = scoreOfLogs(
      logTheta,
      kept.map((i) => beta[i]),
    );
    const [theta, score] = [row.map(() => 0), row.map(() => 0)];
    kept.forEach((i, k) => {
      theta[i] = Math.exp(logTheta[k]);
      // A sole survivor weighs 1 whatever its concentration is.
      if (kept.length > 1) score[i] = inBeta[k] * concentrationDerivative(row[i]);
    });
    return { theta, score };
  });
  return { theta: rows.map(({ theta }) => theta), score: rows.map(({ score }) => score) };
};

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
  sample: (alpha, draw) => fromRows(draw.theta ?? scored(alpha.arraySync(), draw).theta, alpha.shape[1]),
  expected: expectedDirichlet,
  pick: pickDirichlet,
  scored,
};
