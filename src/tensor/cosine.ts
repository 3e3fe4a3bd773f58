// Cosine learning-rate schedule with a linear warm-up.

export interface CosineOptions {
  /** Rate at epoch 0 (after a warm-up: the rate it warms up to). */
  initial: number;
  /** Rate approached at the last epoch. */
  final: number;
  /** Length of the cosine, warm-up included. */
  epochs: number;
  /** The first so many epochs run at initial*(epoch+1)/warmup. Default 0. */
  warmup?: number;
}

/**
 * final + (initial - final) * (1 + cos(pi * epoch/epochs)) / 2, PyTorch's CosineAnnealingLR. A warm-up replaces the
 * first epochs of the curve and does not delay it, as in the official DARTS-space/train_search_imagenet.py.
 *
 * @param epoch counted from 0; may be fractional or a step, in the unit of `epochs`. Past the end: `final`.
 */
export function cosineLearningRate(epoch: number, options: CosineOptions): number {
  const { initial, final, epochs, warmup = 0 } = options;
  if (!(epochs > 0)) throw new Error(`a schedule over ${epochs} epochs: expected more than 0`);
  if (epoch < warmup) return initial * Math.min(1, (epoch + 1) / warmup);
  const phase = Math.min(epoch / epochs, 1);
  return final + ((initial - final) * (1 + Math.cos(Math.PI * phase))) / 2;
}
