// Gamma-family special functions: @stdlib's, and the difference of digammas that subtraction would spoil.
import digamma from '@stdlib/math-base-special-digamma';
import gammaln from '@stdlib/math-base-special-gammaln';
import trigamma from '@stdlib/math-base-special-trigamma';

export { digamma, gammaln, trigamma };

/**
 * psi(to) - psi(from), both positive, accurate relative to itself even where they are close together.
 * `gap` is to - from; give it where it is known better than the subtraction tells.
 *
 * Recurrence up to 10, each step's difference in closed form, then the difference of the asymptotic series
 * ln x - 1/(2x) - sum B_2k / (2k x^2k).
 */
export function digammaDifference(from: number, to: number, gap: number = to - from): number {
  let sum = 0;
  while (from < 10 || to < 10) {
    sum += gap / from / to;
    from += 1;
    to += 1;
  }
  const logarithm = Math.abs(gap) < 0.5 * from ? Math.log1p(gap / from) : Math.log(to / from);
  return sum + logarithm + gap / (2 * from * to) + tail(from) - tail(to);
}

/** sum of B_2k / (2k x^2k), k = 1..7: below 1e-17 of the leading 1/x from x = 10 on. */
function tail(x: number): number {
  const z = 1 / (x * x);
  return (
    z * (1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132 - z * (691 / 32760 - z / 12))))))
  );
}

/** ln of the multivariate beta function: sum of ln Gamma(beta_i), less ln Gamma of their sum. */
export function logMultivariateBeta(beta: ArrayLike<number>): number {
  let sum = 0;
  let logs = 0;
  for (let i = 0; i < beta.length; i++) {
    sum += beta[i];
    logs += gammaln(beta[i]);
  }
  return logs - gammaln(sum);
}

/** The sum of a row; an error that names the entry where one is not a positive finite concentration. */
export function checkedTotal(beta: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < beta.length; i++) {
    if (!(beta[i] > 0 && beta[i] < Infinity)) {
      throw new Error(`Dirichlet concentrations must be positive and finite, but entry ${i} is ${beta[i]}`);
    }
    total += beta[i];
  }
  if (beta.length === 0) throw new Error('a Dirichlet distribution needs at least one concentration');
  return total;
}
