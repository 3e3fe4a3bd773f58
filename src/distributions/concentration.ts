// From a free real parameter alpha to a positive concentration beta = elu(alpha) + 1 (DrNAS utils.py:170-172).

const SMALLEST_NORMAL = 2.2250738585072014e-308;

/**
 * beta = alpha + 1 for alpha > 0, exp(alpha) otherwise.
 *
 * exp is taken directly: (exp(alpha) - 1) + 1 would round to 0 below alpha = -37 (-17 in float32), which is no
 * concentration at all.
 */
export function concentration(alpha: number): number {
  return alpha > 0 ? alpha + 1 : Math.max(Math.exp(alpha), SMALLEST_NORMAL);
}

/** d beta / d alpha: 1 for alpha > 0, exp(alpha) otherwise. */
export function concentrationDerivative(alpha: number): number {
  return alpha > 0 ? 1 : Math.exp(alpha);
}
