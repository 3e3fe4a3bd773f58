// A Hessian from gradients: central differences, a step that is checked, and what the asymmetry says of the error.
import { SingularValueDecomposition } from 'ml-matrix';

/** The gradient of a function of n numbers. */
export type Gradient = (point: Float64Array) => Float64Array;

/**
 * Steps that are tried: halves, because the truncation error falls with the square of the step. They are large: a gradient
 * through ReLUs jumps wherever a unit switches, and the fewer of them switch in between, the more of the difference is chance.
 */
export const STEPS = [1.6, 0.8, 0.4, 0.2, 0.1, 0.05, 0.025] as const;

/** Refuses a derivative that is not a number: decompositions of such matrices fail without a reason, or give NaN. */
export function checkFinite(values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new Error('the Hessian has entries that are not finite: the network has diverged');
}

export const norm = (v: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i];
  return Math.sqrt(sum);
};

/**
 * Hessian times direction, by central differences: (g(p + s u) - g(p - s u)) / 2s with u the direction's unit vector, then
 * scaled back. Two gradients.
 */
export function hessianTimes(
  gradient: Gradient,
  point: Float64Array,
  direction: ArrayLike<number>,
  step: number,
): Float64Array {
  const length = norm(direction);
  if (length === 0) return new Float64Array(point.length);
  const at = (sign: number) => gradient(point.map((p, i) => p + (sign * step * direction[i]) / length));
  const ahead = at(1);
  const behind = at(-1);
  const product = ahead.map((a, i) => ((a - behind[i]) * length) / (2 * step));
  checkFinite(product);
  return product;
}

export interface StepCheck {
  step: number;
  /** Change of Hessian times direction when the step is halved, relative; null for the smallest step. */
  change: number | null;
}

/**
 * The step among STEPS at which halving it changes Hessian times `direction` least: larger ones see higher derivatives,
 * smaller ones the jumps of the gradient and rounding. Twice as many gradients as there are steps.
 */
export function chooseStep(
  gradient: Gradient,
  point: Float64Array,
  direction: ArrayLike<number>,
  steps: readonly number[] = STEPS,
): { step: number; checks: StepCheck[] } {
  const products = steps.map((step) => hessianTimes(gradient, point, direction, step));
  const checks = steps.map((step, i): StepCheck => {
    if (i + 1 === steps.length) return { step, change: null };
    const next = products[i + 1];
    const difference = norm(products[i].map((v, j) => v - next[j]));
    return { step, change: difference / Math.max(norm(next), Number.MIN_VALUE) };
  });
  const best = checks.reduce(
    (b, { change }, i) => (change !== null && change < checks[b].change! ? i : b),
    0,
  );
  return { step: steps[best], checks };
}

export interface DifferenceHessian {
  /** [n][n] Symmetric: the mean of the differences and their transpose. */
  matrix: number[][];
  /**
   * Spectral norm of half of the difference to the transpose. Independent errors of the entries put as much into it as into the
   * symmetric part, so eigenvalues may be off by about so much (Weyl).
   */
  error: number;
  /** Frobenius norms of the two parts, one over the other. */
  asymmetry: number;
}

/** All second derivatives at the point: row i from the gradients at p ± step e_i, 2n gradients. */
export function differenceHessian(gradient: Gradient, point: Float64Array, step: number): DifferenceHessian {
  const n = point.length;
  const rows = Array.from({ length: n }, (_, i) => {
    const unit = new Float64Array(n);
    unit[i] = 1;
    return hessianTimes(gradient, point, unit, step);
  });
  const part = (sign: number) =>
    rows.map((row, i) => Array.from(row, (value, j) => (value + sign * rows[j][i]) / 2));
  const matrix = part(1);
  const odd = part(-1);
  const size = Math.max(norm(matrix.flat()), Number.MIN_VALUE);
  return { matrix, error: new SingularValueDecomposition(odd).norm2, asymmetry: norm(odd.flat()) / size };
}
