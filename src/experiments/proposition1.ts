// Proposition 1 of the paper by numbers: E[f(theta)] against the bound with the trace of the Hessian, for quadratic f.
//
// As we recall the paper (unverified): with ||beta - 1||_2 <= delta, the Dirichlet replaced by its Laplace approximation in the softmax basis, and
// the Hessian in mu positive semi-definite, E[f] is approximately bounded below by
//   f~(mu) + 1/2 * (1 / (1 + delta)) (1 - 1/K) * tr(grad^2_mu f~(mu)),   f~(mu) = f(softmax(mu)),
// where the paper's bracket (1/(1+delta))(1-2/K) + (1/K)(1/(1+delta)) is written as one factor.
import {
  type Quadratic,
  quadraticExpectation,
  quadraticGradient,
  quadraticValue,
  sampleDirichlet,
  sampleSoftmaxBasis,
  softmaxBasis,
} from '../distributions/dirichlet.js';
import { normal } from '../random/normal.js';
import type { Stream } from '../random/stream.js';

/** (1 / (1 + delta)) (1 - 1/K): what half the trace is multiplied by. */
export const boundFactor = (delta: number, count: number): number => (1 - 1 / count) / (1 + delta);

/** ||beta - 1||_2. */
export const distanceToAnchor = (beta: readonly number[]): number => Math.hypot(...beta.map((b) => b - 1));

/** The Hessian of f(softmax(mu)) in mu at softmax(mu) = p, [K][K]; its rows sum to 0. */
export function softmaxHessian(f: Quadratic, p: ArrayLike<number>): number[][] {
  const slope = quadraticGradient(f, p);
  const level = slope.reduce((sum, g, i) => sum + g * p[i], 0);
  const count = slope.length;
  // J = diag(p) - p p' is softmax's Jacobian; J A J is the curvature that A brings ...
  const jacobian = slope.map((_, i) => slope.map((_, j) => (i === j ? p[i] : 0) - p[i] * p[j]));
  const product = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) =>
    a.map((row) => b[0].map((_, j) => row.reduce((sum, v, k) => sum + v * b[k][j], 0)));
  const curvature = product(product(jacobian, f.matrix), jacobian);
  // ... and the slope in theta brings that of softmax itself.
  const away = slope.map((g) => g - level);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      curvature[i][j] += (i === j ? p[i] * away[i] : 0) - p[i] * p[j] * (away[i] + away[j]);
    }
  }
  return curvature;
}

/** Whether a symmetric matrix has no negative eigenvalue, but for rounding: by elimination. */
export function isPositiveSemidefinite(matrix: readonly (readonly number[])[], tolerance = 1e-10): boolean {
  const rest = matrix.map((row) => [...row]);
  const scale = Math.max(...rest.map((row, i) => Math.abs(row[i])), 0);
  for (let k = 0; k < rest.length; k++) {
    const pivot = rest[k][k];
    if (pivot < -tolerance * scale) return false;
    if (pivot <= tolerance * scale) {
      // A diagonal of 0 allows no entry beside it.
      if (rest.some((row, i) => i > k && Math.abs(row[k]) > Math.sqrt(tolerance) * scale)) return false;
      continue;
    }
    for (let i = k + 1; i < rest.length; i++) {
      const factor = rest[i][k] / pivot;
      for (let j = k; j < rest.length; j++) rest[i][j] -= factor * rest[k][j];
    }
  }
  return true;
}

export interface BoundCheck {
  beta: number[];
  delta: number;
  /** Whether the Hessian in mu is positive semi-definite, as the proposition asks. */
  convex: boolean;
  trace: number;
  /** E[f] under the Dirichlet: in closed form, and by Monte-Carlo with its standard error. */
  exact: number;
  monteCarlo: number;
  standardError: number;
  /** E[f] under the Laplace approximation by Monte-Carlo, and to second order in its noise: f~ + tr(Sigma H) / 2. */
  laplace: number;
  laplaceError: number;
  secondOrder: number;
  /** f~(mu): without any regularisation; and the proposition's right side. */
  atMean: number;
  bound: number;
}

/** Both sides of the proposition for f and Dir(beta). `delta` is beta's own distance unless a larger one is given. */
export function checkBound(
  f: Quadratic,
  beta: readonly number[],
  stream: Stream,
  draws: number,
  delta = distanceToAnchor(beta),
): BoundCheck {
  if (delta < distanceToAnchor(beta) - 1e-12) {
    throw new Error(
      `delta ${delta} is below the distance of [${beta.join(', ')}] to 1, ${distanceToAnchor(beta)}`,
    );
  }
  const basis = softmaxBasis(beta);
  const total = beta.reduce((a, b) => a + b, 0);
  const mean = beta.map((b) => b / total);
  const hessian = softmaxHessian(f, mean);
  const trace = hessian.reduce((sum, row, i) => sum + row[i], 0);
  const atMean = quadraticValue(f, mean);
  const average = (draw: () => Float64Array) => {
    let [sum, squares] = [0, 0];
    for (let n = 0; n < draws; n++) {
      const away = quadraticValue(f, draw()) - atMean;
      sum += away;
      squares += away * away;
    }
    // Rounding can take the variance of a constant below 0.
    const variance = Math.max(0, squares / draws - (sum / draws) ** 2);
    return { value: atMean + sum / draws, error: Math.sqrt(variance / draws) };
  };
  const [dirichlet, approximate] = [stream.split('dirichlet'), stream.split('laplace')];
  const sampled = average(() => sampleDirichlet(dirichlet, beta));
  const laplace = average(() => sampleSoftmaxBasis(approximate, basis));
  const spread = hessian.reduce((sum, row, i) => sum + row[i] * basis.variance[i], 0);
  return {
    ...{ beta: [...beta], delta, trace, atMean },
    convex: isPositiveSemidefinite(hessian),
    exact: quadraticExpectation(f, beta),
    ...{ monteCarlo: sampled.value, standardError: sampled.error },
    ...{ laplace: laplace.value, laplaceError: laplace.error },
    secondOrder: atMean + spread / 2,
    bound: atMean + (boundFactor(delta, beta.length) * trace) / 2,
  };
}

/** Half the squared distance of theta from a point: A is the identity. */
export const squaredDistance = (centre: readonly number[]): Quadratic => ({
  matrix: centre.map((_, i) => centre.map((_, j) => (i === j ? 1 : 0))),
  centre,
  offset: 0,
});

/**
 * A random f of K weights with positive semi-definite A = B B' / K, B standard normal, stationary at `around` plus
 * normal noise of deviation `shift`: with little noise its Hessian in mu is positive semi-definite, with much it is not.
 */
export function randomQuadratic(stream: Stream, around: readonly number[], shift: number): Quadratic {
  const count = around.length;
  const factor = around.map(() => around.map(() => normal(stream)));
  const matrix = factor.map((a) => factor.map((b) => a.reduce((sum, v, k) => sum + v * b[k], 0) / count));
  return { matrix, centre: around.map((p) => p + shift * normal(stream)), offset: 0 };
}
