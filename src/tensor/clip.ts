// Clipping of gradients by their global norm, as torch.nn.utils.clip_grad_norm_.
import * as tf from '@tensorflow/tfjs';

/** sqrt(sum of squares of all elements of all gradients + extraSquaredNorm). */
export function globalNorm(grads: Record<string, tf.Tensor>, extraSquaredNorm = 0): number {
  const tensors = Object.values(grads);
  if (tensors.length === 0) return Math.sqrt(extraSquaredNorm);
  // One read for all: a read per tensor would stall a GPU each time.
  const squares = tf.tidy(() => tf.stack(tensors.map((g) => tf.sum(tf.square(g)))).dataSync());
  let total = extraSquaredNorm;
  for (const square of squares) total += square;
  return Math.sqrt(total);
}

/** maxNorm / (norm + 1e-6) where that is below 1, else 1; maxNorm 0 means no clipping. */
export function clipCoefficient(norm: number, maxNorm: number): number {
  if (maxNorm < 0) throw new Error(`maxNorm is ${maxNorm}: expected a positive number, or 0 for no clipping`);
  // Not Math.min: a NaN norm must reach the parameters' owner as NaN, and an infinite one as 0.
  const coefficient = maxNorm / (norm + 1e-6);
  return maxNorm > 0 && !(coefficient >= 1) ? coefficient : 1;
}

/**
 * Scales all gradients so that their global norm is at most maxNorm; returns new tensors (the caller disposes them)
 * and the norm before clipping.
 */
export function clipByGlobalNorm(
  grads: Record<string, tf.Tensor>,
  maxNorm: number,
  extraSquaredNorm = 0,
): { norm: number; grads: Record<string, tf.Tensor> } {
  const norm = globalNorm(grads, extraSquaredNorm);
  const coefficient = clipCoefficient(norm, maxNorm);
  const clipped = Object.entries(grads).map(([name, g]) => [name, tf.tidy(() => tf.mul(g, coefficient))]);
  return { norm, grads: Object.fromEntries(clipped) };
}
