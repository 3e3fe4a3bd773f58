// The relaxation that several samplers share: a softmax over each edge's kept operations of (alpha + noise) / temperature.
import type * as tf from '@tensorflow/tfjs';
import { keptIndices } from '../../distributions/pathwiseGradient.js';
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
  const scaled = kept.map((i) => (logits[i] + (noise?.[i] ?? 0)) / temperature);
  const top = Math.max(...scaled);
  const powers = scaled.map((v) => Math.exp(v - top));
  const total = powers.reduce((a, b) => a + b, 0);
  const row = new Float64Array(logits.length);
  kept.forEach((i, k) => {
    row[i] = powers[k] / total;
  });
  return row;
}

/** The gradient of a loss in a softmax's logits: theta_i (g_i - sum_j theta_j g_j) / temperature, g its gradient in theta. */
export function softmaxGradient(
  theta: ArrayLike<number>,
  upstream: ArrayLike<number>,
  temperature = 1,
): Float64Array {
  return Float64Array.from(theta, (t, i) => {
    let centred = 0;
    for (let j = 0; j < theta.length; j++) centred += theta[j] * (upstream[i] - upstream[j]);
    return (t * centred) / temperature;
  });
}

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
          toRows(dy).map((upstream, e) => softmaxGradient(theta[e], upstream, temperature)),
          width,
        ),
    }),
  );
}
