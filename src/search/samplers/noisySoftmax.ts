// The relaxation that several samplers share: a softmax over each edge's kept operations of (alpha + noise) / temperature.
import type * as tf from '@tensorflow/tfjs';
import { keptIndices } from '../../distributions/pathwiseGradient.js';
import { softmax, softmaxGradient } from '../../distributions/softmax.js';
import type { Stream } from '../../random/stream.js';
import { fromRows, toRows } from '../../tensor/rows.js';
import { withGradient } from '../../tensor/withGradient.js';

type Rows = ArrayLike<number>[];

/** Independent draws for every entry, pruned ones too, row by row. */
export const noiseRows = (rows: Rows, stream: Stream, one: (stream: Stream) => number): Float64Array[] =>
  rows.map((row) => Float64Array.from(row, () => one(stream)));

/** softmax((logits + noise) / temperature) of one row over what the mask keeps; the others get 0. */
export function softmaxRow(
  logits: ArrayLike<number>,
  {
    noise,
    temperature = 1,
    mask,
  }: { noise?: ArrayLike<number>; temperature?: number; mask?: ArrayLike<number> },
): Float64Array {
  const kept = keptIndices(logits.length, mask);
  const weights = softmax(kept.map((i) => (logits[i] + (noise?.[i] ?? 0)) / temperature));
  const row = new Float64Array(logits.length);
  kept.forEach((i, k) => {
    row[i] = weights[k];
  });
  return row;
}

/** The gradient of a loss in alpha where theta = softmax((alpha + noise) / temperature), `upstream` its gradient in theta. */
export const noisySoftmaxGradient = (
  theta: ArrayLike<number>,
  upstream: ArrayLike<number>,
  temperature = 1,
): Float64Array => softmaxGradient(theta, upstream).map((g) => g / temperature);

/**
 * theta [edges, ops] = softmax((alpha + noise) / temperature), differentiable in alpha. `theta` gives recorded rows instead:
 * the gradient depends on nothing but them. Forward and backward in double precision on the host.
 */
export function noisySoftmax(
  alpha: tf.Tensor2D,
  options: { noise?: Rows; theta?: Rows; temperature?: number; mask?: number[][] },
): tf.Tensor2D {
  const { noise, temperature, mask, theta: recorded } = options;
  const theta: Rows =
    recorded ??
    toRows(alpha).map((row, e) => softmaxRow(row, { noise: noise?.[e], temperature, mask: mask?.[e] }));
  const width = alpha.shape[1];
  return withGradient(
    { alpha },
    () => fromRows(theta, width),
    (dy: tf.Tensor2D) => ({
      alpha: () =>
        fromRows(
          toRows(dy).map((upstream, e) => noisySoftmaxGradient(theta[e], upstream, temperature)),
          width,
        ),
    }),
  );
}
