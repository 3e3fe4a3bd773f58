// The gradient of a loss through a Dirichlet sample with respect to its concentrations, with pruned operations left out.
import { betaPathwise } from './pathwise.js';

/** The scalar D of one entry from x, y = 1 - x and the Beta's a, b: the exact one, or another for comparison. */
export type PathwiseRule = (x: number, y: number, a: number, b: number) => number;

/** 1 or true where an operation is kept, 0 or false where it is pruned. */
export type Mask = ArrayLike<number | boolean>;

/**
 * d loss / d beta for one row: grad_i = D(theta_i, beta_i, S) (g_i - sum_j theta_j g_j) (Jankowiak & Obermeyer 2018).
 *
 * With a mask, theta's kept entries are renormalised first. By the Dirichlet's sub-composition property they are a
 * sample of Dir(beta_kept), so their gradient is that distribution's, and a pruned entry's is 0.
 *
 * @param theta a sample, K entries; masked or not, it is normalised over the kept ones
 * @param upstream d loss / d theta, K entries
 */
export function pathwiseGradient(
  theta: ArrayLike<number>,
  beta: ArrayLike<number>,
  upstream: ArrayLike<number>,
  mask?: Mask,
  rule: PathwiseRule = betaPathwise,
): Float64Array {
  const gradient = new Float64Array(beta.length);
  const kept = keptIndices(beta.length, mask);
  let total = 0;
  for (const i of kept) total += theta[i];
  for (const i of kept) {
    // Everything that would be 1 - theta_i or S - beta_i is summed over the others instead: near a corner of the
    // simplex the differences have no digits left.
    let y = 0;
    let b = 0;
    let centred = 0;
    for (const j of kept) {
      if (j === i) continue;
      y += theta[j];
      b += beta[j];
      centred += theta[j] * (upstream[i] - upstream[j]);
    }
    // A row whose only kept operation is i has weight 1 whatever beta is.
    if (b > 0) gradient[i] = (rule(theta[i] / total, y / total, beta[i], b) * centred) / total;
  }
  return gradient;
}

/** The indices that a mask keeps, all without one; an error where it keeps none. */
export function keptIndices(count: number, mask?: Mask): number[] {
  if (mask && mask.length !== count) {
    throw new Error(`a mask needs one entry per operation, ${count}, but has ${mask.length}`);
  }
  const kept: number[] = [];
  for (let i = 0; i < count; i++) if (!mask || mask[i]) kept.push(i);
  if (kept.length === 0) throw new Error('a mask must keep at least one operation of every edge');
  return kept;
}
