// tfjs's element-wise kernels on float32, with broadcasting.
import { backend_util } from '@tensorflow/tfjs-core';
import type { DrnasBackend } from '../backend.js';
import type { ConditionalKernel, Kernel, Kernels, TensorInfo } from '../kernel.js';
import { isFloat, sameShape } from './common.js';
import { broadcastStrides, type Loops, loopsOver, sizeOf } from './loops.js';

/** Functions by their number in native/elementwise.cpp. */
const binaryFunctions = {
  Add: 0,
  Sub: 1,
  Multiply: 2,
  RealDiv: 3,
  Maximum: 4,
  Minimum: 5,
  SquaredDifference: 6,
};
const unaryFunctions = { Relu: 0, Step: 1, Neg: 2, Square: 3, Sqrt: 4, Rsqrt: 5, Relu6: 6, Abs: 7 };

function binaryLoops(a: TensorInfo, b: TensorInfo): { outShape: number[]; loops: Loops | undefined } {
  const outShape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const operands = [a.shape, b.shape, outShape].map((shape) => broadcastStrides(shape, outShape));
  return { outShape, loops: loopsOver(outShape, operands) };
}

/** out = f(a, b); `out` may be `a`. */
export function binaryInto(
  backend: DrnasBackend,
  name: keyof typeof binaryFunctions,
  [a, b, out]: [TensorInfo, TensorInfo, TensorInfo],
  loops: Loops,
): void {
  if (sizeOf(out.shape) === 0) return;
  const addresses = [a, b, out].map((tensor) => backend.address(tensor));
  backend.engine.call('Binary', [
    binaryFunctions[name],
    ...addresses,
    ...loops.sizes,
    ...loops.strides.flat(),
  ]);
}

/** a[..., c] += b[c], in place. */
export function addBias(backend: DrnasBackend, a: TensorInfo, b: TensorInfo): void {
  const { loops } = binaryLoops(a, b);
  binaryInto(backend, 'Add', [a, b, a], loops!);
}

function binary(name: keyof typeof binaryFunctions): ConditionalKernel {
  return {
    when: ({ a, b }) =>
      isFloat(a) && isFloat(b) && (sameShape(a, b) || binaryLoops(a, b).loops !== undefined),
    run: (backend, { a, b }) => {
      const { outShape, loops } = binaryLoops(a, b);
      const out = backend.output(outShape);
      binaryInto(backend, name, [a, b, out], loops!);
      return out;
    },
  };
}

/** out = f(x); `out` may be `x`. */
export function unaryInto(
  backend: DrnasBackend,
  name: keyof typeof unaryFunctions,
  [x, out]: [TensorInfo, TensorInfo],
  parameter = 0,
): void {
  const addresses = [x, out].map((tensor) => backend.address(tensor));
  backend.engine.call('Unary', [unaryFunctions[name], ...addresses, sizeOf(x.shape), parameter]);
}

function unary(name: keyof typeof unaryFunctions): ConditionalKernel {
  return {
    when: ({ x }) => isFloat(x),
    run: (backend, { x }, { alpha = 0 }) => {
      const out = backend.output(x.shape);
      unaryInto(backend, name, [x, out], alpha);
      return out;
    },
  };
}

const AddN: ConditionalKernel = {
  when: (inputs) => Object.values(inputs).every(isFloat),
  run: (backend, inputs) => {
    const terms = Object.values(inputs);
    const out = backend.output(terms[0].shape);
    const addresses = terms.map((tensor) => backend.address(tensor));
    backend.engine.call('AddN', [backend.address(out), sizeOf(out.shape), terms.length, ...addresses]);
    return out;
  },
};

function filled(backend: DrnasBackend, shape: readonly number[], value: number): TensorInfo {
  const out = backend.output(shape);
  backend.engine.call('Fill', [backend.address(out), sizeOf(shape), value]);
  return out;
}

const Fill: ConditionalKernel = {
  when: (_, { dtype, value }) => (dtype ?? 'float32') === 'float32' && typeof value === 'number',
  run: (backend, _, { shape, value }) => filled(backend, shape, value),
};

const like = (value: number): ConditionalKernel => ({
  when: ({ x }) => isFloat(x),
  run: ((backend, { x }) => filled(backend, x.shape, value)) as Kernel,
});

const names = <T extends string>(table: Record<T, number>) => Object.keys(table) as T[];

export const elementwise: Kernels = {
  ...Object.fromEntries(names(binaryFunctions).map((name) => [name, binary(name)])),
  ...Object.fromEntries(names(unaryFunctions).map((name) => [name, unary(name)])),
  ...{ AddN, Fill, ZerosLike: like(0), OnesLike: like(1) },
};
