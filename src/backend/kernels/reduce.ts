// Sums and means over neighbouring axes of float32 tensors.
import { util } from '@tensorflow/tfjs-core';
import type { Attributes, ConditionalKernel, Kernels, TensorInfo } from '../kernel.js';
import { isFloat } from './common.js';
import { sizeOf } from './loops.js';

interface Reduction {
  outer: number;
  reduced: number;
  inner: number;
  outShape: number[];
}

/** The reduction as [outer, reduced, inner]; undefined where kept axes lie between reduced ones. */
function reduction(x: TensorInfo, { axis, keepDims }: Attributes): Reduction | undefined {
  const axes = new Set(util.parseAxisParam(axis ?? x.shape.map((_, i) => i), x.shape));
  const outShape = x.shape.flatMap((size, i) => (axes.has(i) ? (keepDims ? [1] : []) : [size]));
  const real = x.shape.map((_, i) => i).filter((i) => axes.has(i) && x.shape[i] !== 1);
  if (real.length === 0) return { outer: 1, reduced: 1, inner: sizeOf(x.shape), outShape };
  const [first, last] = [real[0], real[real.length - 1]];
  for (let i = first; i <= last; i++) if (!axes.has(i) && x.shape[i] !== 1) return undefined;
  const product = (from: number, to: number) => sizeOf(x.shape.slice(from, to));
  return {
    outer: product(0, first),
    reduced: product(first, last + 1),
    inner: product(last + 1, x.shape.length),
    outShape,
  };
}

function sum(mean: boolean): ConditionalKernel {
  return {
    when: ({ x }, attributes) => isFloat(x) && reduction(x, attributes) !== undefined,
    run: (backend, { x }, attributes) => {
      const { outer, reduced, inner, outShape } = reduction(x, attributes)!;
      const out = backend.output(outShape);
      const addresses = [x, out].map((tensor) => backend.address(tensor));
      const call = (scratch: number) =>
        backend.engine.call('Sum', [scratch, ...addresses, outer, reduced, inner, mean ? 1 / reduced : 1])[0];
      call(backend.scratch(call(0)));
      return out;
    },
  };
}

export const reduce: Kernels = { Sum: sum(false), Mean: sum(true) };
