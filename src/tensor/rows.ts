// Between a small float32 matrix on the tape and float64 rows in plain JavaScript.
import * as tf from '@tensorflow/tfjs';

const LARGEST_FINITE = 3.4028234663852886e38; // of float32

/** The rows of a matrix, in double precision. Waits for the backend. */
export function toRows(matrix: tf.Tensor2D): Float64Array[] {
  const [count, width] = matrix.shape;
  const values = matrix.dataSync();
  return Array.from({ length: count }, (_, r) =>
    Float64Array.from(values.subarray(r * width, (r + 1) * width)),
  );
}

/** A float32 matrix [rows, width]. Numbers beyond float32's range saturate, so that none becomes infinite; NaN stays. */
export function fromRows(rows: ArrayLike<number>[], width: number): tf.Tensor2D {
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, r) => {
    for (let i = 0; i < width; i++) {
      values[r * width + i] = saturate(row[i]);
    }
  });
  return tf.tensor2d(values, [rows.length, width]);
}

/** The nearest number within float32's finite range; NaN stays, so that a failure is not hidden. */
export function saturate(value: number): number {
  return Math.min(Math.max(value, -LARGEST_FINITE), LARGEST_FINITE);
}
