// Which of PyTorch's four formulas for the pathwise derivative is in force where, how often, and how far each is off.
import { betaPathwise, pathwiseTorch, sampleDirichlet, torchBranch } from '../distributions/dirichlet.js';
import type { Stream } from '../random/stream.js';

export type Branch = ReturnType<typeof torchBranch>;

/** In the order in which torch asks for them. */
export const BRANCHES: readonly Branch[] = ['small', 'large', 'saddle', 'rational'];

export const BRANCH_TITLES: Record<Branch, string> = {
  small: 'series at x = 0 (10 terms)',
  large: 'series at x = 1 (8 terms)',
  saddle: 'saddle point',
  rational: 'rational fit',
};

/** |torch / exact - 1| at x = theta_i, a = beta_i and total = sum of beta, torch's formula in float64. */
export function torchError(x: number, a: number, total: number): number {
  return Math.abs(pathwiseTorch(x, a, total) / betaPathwise(x, 1 - x, a, total - a) - 1);
}

export interface BranchUse {
  branch: Branch;
  /** Of all entries of all samples. */
  share: number;
  /** Largest and mean relative error of torch's formula there; 0 where it was never used. */
  worst: number;
  mean: number;
}

/** How often each branch is taken for samples of Dir(beta), and its error there. */
export function branchUse(beta: readonly number[], stream: Stream, draws: number): BranchUse[] {
  const total = beta.reduce((a, b) => a + b, 0);
  const found = Object.fromEntries(BRANCHES.map((branch) => [branch, { count: 0, sum: 0, worst: 0 }]));
  for (let n = 0; n < draws; n++) {
    sampleDirichlet(stream, beta).forEach((x, i) => {
      const of = found[torchBranch(x, beta[i], total)];
      const error = torchError(x, beta[i], total);
      of.count++;
      of.sum += error;
      of.worst = Math.max(of.worst, error);
    });
  }
  return BRANCHES.map((branch) => {
    const { count, sum, worst } = found[branch];
    return { branch, share: count / (draws * beta.length), worst, mean: count ? sum / count : 0 };
  });
}

/** The branch on a grid over (x, a) for one sum of concentrations: index into BRANCHES, rows by a. */
export function branchMap(total: number, size = 120): { x: number[]; a: number[]; branch: number[][] } {
  const x = Array.from({ length: size }, (_, i) => (i + 0.5) / size);
  const a = x.map((share) => share * total);
  return { x, a, branch: a.map((v) => x.map((u) => BRANCHES.indexOf(torchBranch(u, v, total)))) };
}

/** Along x at one concentration a: the error and its branch. */
export function errorAlong(
  a: number,
  total: number,
  points = 400,
): { x: number; branch: Branch; error: number }[] {
  return Array.from({ length: points }, (_, i) => {
    const x = (i + 0.5) / points;
    return { x, branch: torchBranch(x, a, total), error: torchError(x, a, total) };
  });
}
