// The Dirichlet on the tape: concentrations from alpha, and a sample that passes gradients back by the pathwise rule.
import type * as tf from '@tensorflow/tfjs';
import {
  concentrationDerivative,
  concentration as concentrationOf,
  type Mask,
  maskRow,
  type PathwiseRule,
  pathwiseGradient,
  sampleMasked,
} from '../distributions/dirichlet.js';
import type { Stream } from '../random/stream.js';
import { fromRows, toRows } from './rows.js';
import { withGradient } from './withGradient.js';

/** float32's smallest normal number and largest below 1: where a sample or a concentration is cut off, as PyTorch's Dirichlet. */
const SMALLEST = 2 ** -126;
const LARGEST = 1 - 2 ** -24;

/**
 * beta = elu(alpha) + 1 (DrNAS utils.py:170-172) for alpha [edges, ops], positive in float32 for any alpha.
 * Backward: dy for alpha > 0, dy * exp(alpha) otherwise.
 */
export function concentration(alpha: tf.Tensor2D): tf.Tensor2D {
  const rows = toRows(alpha);
  const width = alpha.shape[1];
  return withGradient(
    { alpha },
    () =>
      fromRows(
        rows.map((row) => row.map((v) => Math.max(concentrationOf(v), SMALLEST))),
        width,
      ),
    (dy: tf.Tensor2D) => ({
      alpha: () => {
        const upstream = toRows(dy);
        return fromRows(
          rows.map((row, e) => row.map((v, o) => upstream[e][o] * concentrationDerivative(v))),
          width,
        );
      },
    }),
  );
}

export interface DirichletSampleOptions {
  /** Where the draws come from; not needed with `theta`. */
  stream?: Stream;
  /** Per edge, 1 or true for each operation kept. Pruned entries of the sample are 0 and the rest sum to 1. */
  mask?: ArrayLike<Mask>;
  /** Per edge, a recorded full row to use instead of a draw; the mask is applied to it likewise. */
  theta?: ArrayLike<ArrayLike<number>>;
  /** The scalar derivative of an entry. Default: the exact one; `torchRule` to replay what torch recorded. */
  rule?: PathwiseRule;
}

/**
 * theta [edges, ops], one draw of Dir(beta_e) per row; differentiable in beta by the pathwise gradient (Jankowiak & Obermeyer 2018).
 *
 * Forward and backward work on the float64 sample. The tensor holds it as float32, cut to [2^-126, 1 - 2^-24] as
 * torch does; the gradient still sees the entry that float32 would call 0 or 1.
 * Not differentiable twice.
 */
export function dirichletSample(beta: tf.Tensor2D, options: DirichletSampleOptions): tf.Tensor2D {
  const { stream, mask, theta: recorded, rule } = options;
  const rows = toRows(beta);
  for (const [name, given] of Object.entries({ mask, theta: recorded })) {
    if (given && given.length !== rows.length) {
      throw new Error(`${name} needs one row per edge: ${rows.length}, but has ${given.length}`);
    }
  }
  const theta = rows.map((row, e) => {
    if (recorded) {
      if (recorded[e].length !== row.length) {
        throw new Error(`row ${e} of theta needs ${row.length} entries, but has ${recorded[e].length}`);
      }
      return maskRow(recorded[e], mask?.[e]);
    }
    if (!stream) throw new Error('a Dirichlet sample needs a stream to draw from, or a recorded theta');
    return sampleMasked(stream, row, mask?.[e]);
  });
  const width = beta.shape[1];
  return withGradient(
    { beta },
    () => fromRows(theta.map(toSinglePrecision), width),
    (dy: tf.Tensor2D) => ({
      beta: () => {
        const upstream = toRows(dy);
        return fromRows(
          rows.map((row, e) => pathwiseGradient(theta[e], row, upstream[e], mask?.[e], rule)),
          width,
        );
      },
    }),
  );
}

/** Entries strictly inside (0, 1) stay there in float32; a pruned entry stays 0 and a sole survivor 1. */
function toSinglePrecision(row: Float64Array): Float64Array {
  return row.map((t) => (t > 0 && t < 1 ? Math.min(Math.max(t, SMALLEST), LARGEST) : t));
}
