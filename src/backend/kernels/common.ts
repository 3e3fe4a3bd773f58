// Small checks that the kernels share.
import type { TensorInfo } from '../kernel.js';

/** The tensor, if it is float32. */
export function asFloat(tensor: TensorInfo, kernel: string): TensorInfo {
  if (tensor.dtype !== 'float32') {
    throw new Error(
      `${kernel} got a tensor of dtype ${tensor.dtype}, shape [${tensor.shape}]; expected float32`,
    );
  }
  return tensor;
}

export const isFloat = (tensor: TensorInfo): boolean => tensor.dtype === 'float32';

export const sameShape = (a: TensorInfo, b: TensorInfo): boolean =>
  a.shape.length === b.shape.length && a.shape.every((size, i) => size === b.shape[i]);

export const elements = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);
