// Eigenvalues: all of a symmetric matrix, and the extreme ones of a matrix that is known by its products only.
import { EigenvalueDecomposition } from 'ml-matrix';
import { normal } from '../random/normal.js';
import type { Stream } from '../random/stream.js';
import { checkFinite, norm } from './hessian.js';

/** Eigenvalues of a symmetric matrix, the largest first. */
export function symmetricEigenvalues(matrix: number[][]): number[] {
  if (matrix.some((row) => row.length !== matrix.length))
    throw new Error(
      `eigenvalues of a matrix with ${matrix.length} rows of ${matrix[0]?.length}: expected a square one`,
    );
  matrix.forEach(checkFinite);
  const { realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  return [...realEigenvalues].sort((a, b) => b - a);
}

export interface ExtremeEigenvalues {
  largest: number;
  smallest: number;
  /** Distance within which a true eigenvalue lies, of each. */
  residuals: { largest: number; smallest: number };
  /** Products that were needed. */
  iterations: number;
}

export interface LanczosOptions {
  stream: Stream;
  /** Most products; never more than the dimension. */
  iterations?: number;
  /** Ends when the larger eigenvalue in magnitude is known to this relative accuracy. */
  tolerance?: number;
}

/**
 * The largest and the smallest eigenvalue of a symmetric matrix of n rows by Lanczos' iteration (1950) from a random vector, each
 * new direction made orthogonal to all before it.
 */
export function extremeEigenvalues(
  times: (v: Float64Array) => Float64Array,
  n: number,
  { stream, iterations = 40, tolerance = 1e-3 }: LanczosOptions,
): ExtremeEigenvalues {
  const scaled = (v: Float64Array, factor: number) => v.map((x) => x * factor);
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  let direction = Float64Array.from({ length: n }, () => normal(stream));
  direction = scaled(direction, 1 / norm(direction));
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  for (;;) {
    basis.push(direction);
    const product = times(direction);
    diagonal.push(dot(product, direction));
    let rest = product;
    // Twice, because rounding undoes the first time.
    for (let pass = 0; pass < 2; pass++)
      for (const earlier of basis) {
        const part = dot(rest, earlier);
        rest = rest.map((x, i) => x - part * earlier[i]);
      }
    const left = norm(rest);
    const found = ritzExtremes(diagonal, beside, left);
    const magnitude = Math.max(Math.abs(found.largest), Math.abs(found.smallest));
    const which = Math.abs(found.largest) === magnitude ? 'largest' : 'smallest';
    const done = basis.length === Math.min(n, iterations) || left <= 1e-12 * magnitude;
    if (done || found.residuals[which] <= tolerance * magnitude)
      return { ...found, iterations: basis.length };
    beside.push(left);
    direction = scaled(rest, 1 / left);
  }
}

/** Extreme eigenvalues of the tridiagonal matrix; the residual is the last component of the eigenvector times what is left. */
function ritzExtremes(
  diagonal: number[],
  beside: number[],
  left: number,
): Omit<ExtremeEigenvalues, 'iterations'> {
  const matrix = diagonal.map((value, i) =>
    diagonal.map((_, j) => (i === j ? value : Math.abs(i - j) === 1 ? beside[Math.min(i, j)] : 0)),
  );
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const at = (better: (a: number, b: number) => boolean) =>
    realEigenvalues.reduce((best, value, i) => (better(value, realEigenvalues[best]) ? i : best), 0);
  const residual = (i: number) => Math.abs(left * eigenvectorMatrix.get(diagonal.length - 1, i));
  const [top, bottom] = [at((a, b) => a > b), at((a, b) => a < b)];
  return {
    largest: realEigenvalues[top],
    smallest: realEigenvalues[bottom],
    residuals: { largest: residual(top), smallest: residual(bottom) },
  };
}
