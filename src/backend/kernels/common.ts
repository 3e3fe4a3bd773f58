// Small checks that the kernels share.
import type { DrnasBackend } from '../backend.js';
import type { Inputs, TensorInfo } from '../kernel.js';

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

/** Whether the depthwise kernels take a filter [rows, columns, ...]: kMaxWidth of native/depthwise_rows.h. */
export const filterFits = ([rows, columns]: readonly number[]): boolean =>
  [rows, columns].every((size) => size >= 1 && size <= 64);

/** Addresses of the tensors, after checking that each is float32 and has a value for each channel; 0 where absent. */
export function perChannel(
  backend: DrnasBackend,
  kernel: string,
  channels: number,
  tensors: Inputs,
): number[] {
  return Object.entries(tensors).map(([name, tensor]) => {
    if (!tensor) return 0;
    if (elements(tensor.shape) !== channels) {
      throw new Error(
        `${kernel} got ${name} of shape [${tensor.shape}]; expected [${channels}], a value for each channel`,
      );
    }
    return backend.address(asFloat(tensor, kernel));
  });
}

/** Addresses of a cell's mean and variance [rows, channels], after checking that both are there and of that shape. */
export function perRow(
  backend: DrnasBackend,
  kernel: string,
  expected: readonly number[],
  statistics: readonly (TensorInfo | undefined)[],
): number[] {
  return statistics.map((tensor) => {
    if (tensor?.shape.join() === expected.join()) return backend.address(asFloat(tensor, kernel));
    const got = tensor ? `[${tensor.shape}]` : 'one of them alone';
    throw new Error(`${kernel} got running mean and variance ${got}; expected both, of shape [${expected}]`);
  });
}
