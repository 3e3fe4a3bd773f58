// Gradient accumulation: the loss of a batch as the mean over its parts, of which one at a time is in memory.
import * as tf from '@tensorflow/tfjs';
import { gradientsApart } from './ownTape.js';
import { withGradient } from './withGradient.js';

/**
 * Where each part of a batch begins and ends: as few parts of at most `most` images as there can be, of nearly equal size. A batch
 * norm needs two images, so that pairs of an odd batch leave a part of three.
 */
export function partsOf(batch: number, most: number): [begin: number, end: number][] {
  const count = Math.max(1, Math.min(Math.ceil(batch / most), Math.floor(batch / 2)));
  const at = (i: number) => Math.floor((i * batch) / count);
  return Array.from({ length: count }, (_, i) => [at(i), at(i + 1)]);
}

export interface LossPart {
  /** Of the whole batch; the shares sum to 1. */
  share: number;
  /** Mean loss of the part's images. Called once. */
  loss: () => tf.Scalar;
}

/**
 * sum_i share_i * loss_i, differentiable in `xs`. Each part's gradients are computed at once and added up, so that nothing of a
 * part but those outlives it. With a single part of share 1 value and gradients are those of the loss itself, to the bit.
 */
export function accumulatedLoss(parts: readonly LossPart[], xs: readonly tf.Tensor[]): tf.Scalar {
  if (parts.length === 0) throw new Error('the loss of a batch in parts needs at least one part');
  if (xs.length === 0 || !tf.engine().isTapeOn())
    return tf.tidy(() => tf.addN(parts.map(({ share, loss }) => tf.mul(tf.tidy(loss), share)))) as tf.Scalar;
  let value: tf.Scalar | undefined;
  let sums: (tf.Tensor | undefined)[] = [];
  for (const { share, loss } of parts) {
    const now = gradientsApart(loss, [...xs], tf.scalar(share));
    const weighted = tf.tidy(() => tf.mul(now.value, share) as tf.Scalar);
    const added = (sum: tf.Tensor | undefined, more: tf.Tensor | undefined) =>
      sum && more ? tf.tidy(() => tf.add(sum, more)) : (sum ?? more);
    const before = { value, sums };
    value = before.value ? (added(before.value, weighted) as tf.Scalar) : weighted;
    sums = xs.map((_, i) => added(before.sums[i], now.grads[i]));
    const kept = new Set<tf.Tensor | undefined>([value, ...sums]);
    const gone = [now.value, weighted, before.value, ...now.grads, ...before.sums];
    tf.dispose(gone.filter((tensor): tensor is tf.Tensor => tensor !== undefined && !kept.has(tensor)));
  }
  const total = value!;
  const reached = xs.map((x, i) => ({ x, gradient: sums[i] })).filter(({ gradient }) => gradient);
  if (reached.length === 0) return total;
  return withGradient<string, tf.Scalar>(
    Object.fromEntries(reached.map(({ x }, i) => [`x${i}`, x])),
    (save) => {
      save(reached.map(({ gradient }) => gradient!));
      return total;
    },
    (dy, saved) =>
      Object.fromEntries(saved.map((gradient, i) => [`x${i}`, () => tf.mul(gradient, dy) as tf.Tensor])),
  );
}
