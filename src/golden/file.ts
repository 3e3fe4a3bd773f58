// Golden files: gzipped JSON with numbers of the reference implementation, in PyTorch's layouts.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs';

export interface GoldenTensor {
  shape: number[];
  data: number[];
}

/** A quantity's largest error, max|got - want| / max|want|, against its tolerance; null where it is for information. */
export type Errors = Record<string, { error: number; tolerance: number | null }>;

export function readGolden(path: string): Record<string, unknown> {
  const bytes = readFileSync(path);
  try {
    return JSON.parse((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8'));
  } catch (error) {
    throw new Error(`${path} is not a golden file (gzipped JSON): ${(error as Error).message}`);
  }
}

/** A PyTorch tensor in this kit's layout: N,C,H,W to NHWC; O,I,H,W to HWIO; linear O,I to I,O; vectors as they are. */
export function fromTorch(golden: GoldenTensor, kind: 'activation' | 'parameter'): tf.Tensor {
  return tf.tidy(() => {
    const t = tf.tensor(golden.data, golden.shape);
    if (golden.shape.length === 2 && kind === 'parameter') return tf.transpose(t);
    if (golden.shape.length !== 4) return t;
    return tf.transpose(t, kind === 'activation' ? [0, 2, 3, 1] : [2, 3, 1, 0]);
  });
}

/**
 * Largest deviation of `got` from `want`, less each entry's `noise`, relative to the largest magnitude in `want`
 * (absolute where that is 0). Anything that is not finite is an infinite error.
 */
export function relativeError(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  noise?: ArrayLike<number>,
): number {
  if (got.length !== want.length) {
    throw new Error(`${got.length} values where the golden file has ${want.length}`);
  }
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < want.length; i++) {
    // NaN must not pass as "no difference".
    if (!Number.isFinite(got[i]) || !Number.isFinite(want[i])) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, Math.abs(got[i] - want[i]) - (noise?.[i] ?? 0));
    scale = Math.max(scale, Math.abs(want[i]));
  }
  return difference / (scale || 1);
}

/** Error of one of our tensors against a golden one. */
export function tensorError(got: tf.Tensor, want: GoldenTensor, kind: 'activation' | 'parameter'): number {
  const expected = fromTorch(want, kind);
  const error = relativeError(got.dataSync(), expected.dataSync());
  expected.dispose();
  return error;
}

/** Keeps the largest error of each quantity. */
export function collectErrors(): {
  errors: Errors;
  add: (quantity: string, error: number, tolerance: number) => void;
} {
  const errors: Errors = {};
  return {
    errors,
    add(quantity, error, tolerance) {
      const before = errors[quantity]?.error ?? 0;
      errors[quantity] = { error: Math.max(before, error), tolerance };
    },
  };
}
