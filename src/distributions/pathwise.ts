// The derivative of a Beta quantile in its first parameter, exact: the scalar inside DrNAS's pathwise gradient (Jankowiak & Obermeyer 2018).
//
// D(x, a, T) = -(dF/da) / (f (1 - x)), F and f the CDF and density of Beta(a, b), b = T - a (Jankowiak and Obermeyer
// 2018). The incomplete beta function has two expansions in positive terms, one from each end,
//   F     = x^a y^b / (a B(a, b)) * sum_n t_n,   t_n = x^n (a + b)_n / (a + 1)_n,   y = 1 - x,
//   1 - F = x^a y^b / (b B(a, b)) * sum_n s_n,   s_n = y^n (a + b)_n / (b + 1)_n,
// and their logarithmic derivatives in a give
//   D = (x / a) sum_n t_n (-ln x + psi(a + 1 + n) - psi(a + b + n))         from below,
//   D = (x / b) sum_n s_n ( ln x + psi(a + b + n) - psi(a))                 from above.
// Where the first bracket is positive all are, and nothing cancels. That holds for the sum from below when
// x <= exp(psi(a + 1) - psi(a + b)), for the sum from above when x >= exp(psi(a) - psi(a + b)): for every x, for one
// of them at least.
import { digammaDifference } from './special.js';

/**
 * D(x, a, total): how a sample's entry x reacts to its own concentration a, per unit of (delta_ij - theta_i).
 * Relative error below 1e-9 for a and total - a from 1e-3 to several 1e3 and any x in (0, 1).
 *
 * @param oneMinusX the complement, where it is known better than by subtraction (1 - 1e-30 is 1 as a double).
 */
export function pathwiseDerivative(x: number, a: number, total: number, oneMinusX = 1 - x): number {
  return betaPathwise(x, oneMinusX, a, total - a);
}

/** The same from both coordinates (x + y = 1) and both parameters of the Beta, so that a tiny y or b keeps its digits. */
export function betaPathwise(x: number, y: number, a: number, b: number): number {
  if (!(a > 0 && b > 0 && x >= 0 && y >= 0 && x <= 1 && y <= 1)) {
    throw new Error(
      `the pathwise derivative needs x in [0, 1] and a, b > 0, but got x ${x}, 1 - x ${y}, a ${a}, b ${b}`,
    );
  }
  if (x === 0) return 0; // the limit
  const logX = x > 0.5 ? Math.log1p(-y) : Math.log(x);
  const total = a + b;
  const fromBelow = digammaDifference(total, a + 1, 1 - b) - logX; // the first brackets
  const fromAbove = digammaDifference(a, total, b) + logX;
  const below = (tries: boolean) => (x / a) * expansion(x, total, a + 1, fromBelow, b - 1, tries);
  const above = (tries: boolean) => (x / b) * expansion(y, total, b + 1, fromAbove, undefined, tries);

  if (fromBelow > 0 && (fromAbove <= 0 || x < 0.5)) {
    // Near x = 1 the positive sum is slow; there the other one often converges at once and loses few digits.
    const quick = x > SLOW ? above(true) : Number.NaN;
    return Number.isNaN(quick) ? below(false) : quick;
  }
  const quick = y > SLOW ? below(true) : Number.NaN;
  return Number.isNaN(quick) ? above(false) : quick;
}

/** From here on a geometric series takes hundreds of terms. */
const SLOW = 0.95;
const PRECISION = 1e-13;
/** A quicker sum may lose six of sixteen digits to cancellation, no more. */
const CANCELLATION = 1e-6;

/**
 * sum_n z^n (p)_n / (q)_n * bracket_n, where bracket_n grows by gap / ((p + n)(q + n)), or by 1 / (p + n) without gap.
 * With `tries` it gives up (NaN) where the terms cancel too much.
 */
function expansion(
  z: number,
  p: number,
  q: number,
  first: number,
  gap: number | undefined,
  tries: boolean,
): number {
  if (tries && z * p > 40) return Number.NaN; // terms up to e^40: hopeless
  let term = 1;
  let bracket = first;
  let sum = first;
  let size = Math.abs(first);
  for (let n = 0; n < 1e6; n++) {
    const ratio = (z * (p + n)) / (q + n);
    term *= ratio;
    bracket += gap === undefined ? 1 / (p + n) : gap / ((p + n) * (q + n));
    const part = term * bracket;
    sum += part;
    size += Math.abs(part);
    // What is left is at most a geometric series of the larger of this ratio and its limit.
    if (Math.abs(part) <= PRECISION * (1 - Math.max(ratio, z)) * Math.abs(sum)) break;
  }
  return tries && Math.abs(sum) < CANCELLATION * size ? Number.NaN : sum;
}
