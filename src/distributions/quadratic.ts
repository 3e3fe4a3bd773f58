// A quadratic loss of the mixing weights, whose expectation under a Dirichlet and that expectation's gradient are exact.
//
// f(theta) = offset + 1/2 (theta - centre)' A (theta - centre). The Dirichlet's second moments are
// E[theta_i theta_j] = (beta_i beta_j + delta_ij beta_i) / (S (S + 1)), so everything about E[f] is in closed form.
import { checkedTotal } from './special.js';

export interface Quadratic {
  /** A, symmetric, [K][K]. */
  matrix: readonly (readonly number[])[];
  /** Where f is stationary, K entries; it need not lie on the simplex. */
  centre: readonly number[];
  /** Added to f: what a loss has that no architecture changes. */
  offset: number;
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** A x. */
const times = ({ matrix }: Quadratic, x: ArrayLike<number>): number[] => matrix.map((row) => dot(row, x));

function checkSize({ matrix, centre }: Quadratic, count: number): void {
  if (matrix.length !== count || matrix.some((row) => row.length !== count) || centre.length !== count) {
    throw new Error(
      `a quadratic of ${count} weights needs a ${count} x ${count} matrix and ${count} entries of its centre, ` +
        `but has ${matrix.length} rows and ${centre.length} entries`,
    );
  }
}

/** f at theta, K entries. */
export function quadraticValue(f: Quadratic, theta: ArrayLike<number>): number {
  checkSize(f, theta.length);
  const away = f.centre.map((c, i) => theta[i] - c);
  return f.offset + dot(away, times(f, away)) / 2;
}

/** d f / d theta, K entries. */
export function quadraticGradient(f: Quadratic, theta: ArrayLike<number>): number[] {
  checkSize(f, theta.length);
  return times(
    f,
    f.centre.map((c, i) => theta[i] - c),
  );
}

/** E[f(theta)] under Dir(beta), exact. */
export function quadraticExpectation(f: Quadratic, beta: ArrayLike<number>): number {
  checkSize(f, beta.length);
  const total = checkedTotal(beta);
  const mean = Array.from(beta, (b) => b / total);
  const towards = times(f, f.centre);
  return f.offset + secondMoment(f, beta, total) / 2 - dot(towards, mean) + dot(towards, f.centre) / 2;
}

/** sum_ij A_ij E[theta_i theta_j]. */
function secondMoment(f: Quadratic, beta: ArrayLike<number>, total: number): number {
  const diagonal = f.matrix.map((row, i) => row[i]);
  return (dot(beta, times(f, beta)) + dot(diagonal, beta)) / (total * (total + 1));
}

/** d E[f(theta)] / d beta, K entries, exact. */
export function quadraticExpectationGradient(f: Quadratic, beta: ArrayLike<number>): Float64Array {
  checkSize(f, beta.length);
  const total = checkedTotal(beta);
  const mean = Array.from(beta, (b) => b / total);
  const towards = times(f, f.centre);
  const [along, moment] = [dot(towards, mean), secondMoment(f, beta, total)];
  const product = times(f, beta);
  return Float64Array.from(beta, (_, k) => {
    const ofMoment = (2 * product[k] + f.matrix[k][k] - moment * (2 * total + 1)) / (total * (total + 1));
    return ofMoment / 2 - (towards[k] - along) / total;
  });
}
