// Replays a file of Dirichlet numbers recorded from PyTorch and reports the largest relative error of each quantity.
import { concentration } from '../distributions/concentration.js';
import { entropy, mean, variance } from '../distributions/density.js';
import { klToUniform, klToUniformGradient } from '../distributions/kl.js';
import { pathwiseDerivative } from '../distributions/pathwise.js';
import { pathwiseTorch } from '../distributions/pathwiseTorch.js';
import { relativeError } from './file.js';

/** The format of dirichlet.json: rows as plain lists. */
export interface DirichletGolden {
  pathwise: { beta: number[]; theta: number[]; D: number[]; upstream: number[]; gradBeta: number[] }[];
  klToUniform: {
    beta: number[];
    kl: number;
    gradBeta: number[];
    entropy: number;
    mean: number[];
    variance: number[];
  }[];
  concentration: { alpha: number[]; beta: number[] };
}

/**
 * The largest error per quantity, max |got - want| / max |want| over a row's entries, the worst row.
 *
 * `pathwise.D` and `pathwise.gradBeta` use torch's formula and should agree to rounding; `pathwise.exactVsTorch` is
 * the exact D against the file's, for information: torch's own error.
 */
export function replayDirichletGolden(json: unknown): Record<string, number> {
  const golden = json as DirichletGolden;
  const errors: Record<string, number> = {};
  const note = (quantity: string, got: ArrayLike<number>, want: number[], noise?: ArrayLike<number>) => {
    errors[quantity] = Math.max(errors[quantity] ?? 0, relativeError(got, want, noise));
  };
  for (const { beta, theta, D, upstream, gradBeta } of golden.pathwise ?? []) {
    const total = sum(beta);
    const torch = theta.map((x, i) => pathwiseTorch(x, beta[i], total));
    const centre = sum(theta.map((x, i) => x * upstream[i]));
    note('pathwise.D', torch, D);
    note(
      'pathwise.exactVsTorch',
      theta.map((x, i) => pathwiseDerivative(x, beta[i], total)),
      D,
    );
    // At a corner of the simplex g_i - sum theta g is the last bit of a float64 and depends on the order of the sum,
    // which torch chooses by the processor: differences of two such bits say nothing.
    const bits = 2 ** -52 * sum(theta.map((x, i) => Math.abs(x * upstream[i])));
    note(
      'pathwise.gradBeta',
      torch.map((d, i) => d * (upstream[i] - centre)),
      gradBeta,
      torch.map((d) => 2 * Math.abs(d) * bits),
    );
  }
  for (const row of golden.klToUniform ?? []) {
    note('klToUniform.kl', [klToUniform(row.beta)], [row.kl]);
    note('klToUniform.gradBeta', klToUniformGradient(row.beta), row.gradBeta);
    note('klToUniform.entropy', [entropy(row.beta)], [row.entropy]);
    note('klToUniform.mean', mean(row.beta), row.mean);
    note('klToUniform.variance', variance(row.beta), row.variance);
  }
  if (golden.concentration) {
    note('concentration.beta', golden.concentration.alpha.map(concentration), golden.concentration.beta);
  }
  return errors;
}

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
