// Kernels that move values without computing: slices, pads, transposes, reversals and concatenations.
import { backend_util, slice_util, util } from '@tensorflow/tfjs-core';
import type { DrnasBackend } from '../backend.js';
import type { Attributes, ConditionalKernel, Inputs, Kernels, TensorInfo } from '../kernel.js';
import { type Loops, loopsOver, sizeOf, stridesOf } from './loops.js';

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);
const fourBytes = ({ dtype }: TensorInfo): boolean => dtype === 'float32' || dtype === 'int32';

interface Move {
  outShape: number[];
  /** The loops, with the strides of x and of the output. */
  loops: Loops | undefined;
  /** Where the first element lies in x and in the output. */
  from: number;
  to: number;
}

function copy(backend: DrnasBackend, x: TensorInfo, out: TensorInfo, { loops, from, to }: Move): void {
  if (sizeOf(loops!.sizes) === 0) return;
  const addresses = [backend.address(x) + 4 * from, backend.address(out) + 4 * to];
  backend.engine.call('Copy', [...addresses, ...loops!.sizes, ...loops!.strides.flat()]);
}

function moving(plan: (x: TensorInfo, attributes: Attributes) => Move): ConditionalKernel {
  return {
    when: ({ x }: Inputs, attributes) => fourBytes(x) && plan(x, attributes).loops !== undefined,
    run: (backend, { x }, attributes) => {
      const move = plan(x, attributes);
      const out = backend.output(move.outShape, x.dtype as 'float32' | 'int32');
      copy(backend, x, out, move);
      return out;
    },
  };
}

const Slice = moving((x, { begin, size }) => {
  const [first, outShape] = slice_util.parseSliceParams(x as never, begin, size);
  slice_util.assertParamsValid(x as never, first, outShape);
  const strides = stridesOf(x.shape);
  return {
    outShape,
    loops: loopsOver(outShape, [strides, stridesOf(outShape)]),
    from: dot(first, strides),
    to: 0,
  };
});

/** The gradient of a concatenation: parts along one axis, each a slice. */
const SplitV: ConditionalKernel = {
  when: ({ x }) => fourBytes(x),
  run: (backend, { x }, { numOrSizeSplits, axis }) => {
    const along = util.parseAxisParam(axis, x.shape)[0];
    const sizes = backend_util.prepareSplitSize(x as never, numOrSizeSplits, along);
    const inner = sizeOf(x.shape.slice(along + 1));
    const outer = sizeOf(x.shape.slice(0, along));
    let from = 0;
    return sizes.map((size) => {
      const outShape = x.shape.map((whole, i) => (i === along ? size : whole));
      const out = backend.output(outShape, x.dtype as 'float32' | 'int32');
      const length = size * inner;
      const strides = [
        [x.shape[along] * inner, 1],
        [length, 1],
      ];
      copy(backend, x, out, { outShape, loops: loopsOver([outer, length], strides), from, to: 0 });
      from += length;
      return out;
    });
  },
};

const Transpose = moving((x, { perm }: { perm?: number[] }) => {
  const strides = stridesOf(x.shape);
  const order = perm ?? x.shape.map((_, i) => x.shape.length - 1 - i);
  const outShape = order.map((axis) => x.shape[axis]);
  const read = order.map((axis) => strides[axis]);
  return { outShape, loops: loopsOver(outShape, [read, stridesOf(outShape)]), from: 0, to: 0 };
});

const Reverse = moving((x, { dims }) => {
  const axes = new Set(util.parseAxisParam(dims, x.shape));
  const strides = stridesOf(x.shape);
  const read = strides.map((stride, axis) => (axes.has(axis) ? -stride : stride));
  const from = x.shape.reduce(
    (sum, size, axis) => sum + (axes.has(axis) ? (size - 1) * strides[axis] : 0),
    0,
  );
  return { outShape: x.shape, loops: loopsOver(x.shape, [read, strides]), from, to: 0 };
});

function padding(x: TensorInfo, paddings: [number, number][]): Move {
  const outShape = x.shape.map((size, axis) => size + paddings[axis][0] + paddings[axis][1]);
  const strides = stridesOf(outShape);
  const before = paddings.map(([left]) => left);
  return {
    outShape,
    loops: loopsOver(x.shape, [stridesOf(x.shape), strides]),
    from: 0,
    to: dot(before, strides),
  };
}

const PadV2: ConditionalKernel = {
  when: ({ x }, { paddings }) => x.dtype === 'float32' && padding(x, paddings).loops !== undefined,
  run: (backend, { x }, { paddings, constantValue = 0 }) => {
    const move = padding(x, paddings);
    const out = backend.output(move.outShape);
    backend.engine.call('Fill', [backend.address(out), sizeOf(move.outShape), constantValue]);
    copy(backend, x, out, move);
    return out;
  },
};

const Concat: ConditionalKernel = {
  when: (inputs) => {
    const parts = Object.values(inputs);
    return parts.every((part) => fourBytes(part) && part.dtype === parts[0].dtype);
  },
  run: (backend, inputs, attributes) => {
    const parts = Object.values(inputs);
    const axis = util.parseAxisParam(attributes.axis, parts[0].shape)[0];
    const shapes = parts.map((part) => part.shape);
    backend_util.assertParamsConsistent(shapes, axis);
    const outShape = backend_util.computeOutShape(shapes, axis);
    const out = backend.output(outShape, parts[0].dtype as 'float32' | 'int32');
    const inner = sizeOf(outShape.slice(axis + 1));
    const outer = sizeOf(outShape.slice(0, axis));
    let to = 0;
    for (const part of parts) {
      const length = part.shape[axis] * inner;
      const strides = [
        [length, 1],
        [outShape[axis] * inner, 1],
      ];
      copy(backend, part, out, { outShape, loops: loopsOver([outer, length], strides), from: 0, to });
      to += length;
    }
    return out;
  },
};

export const layout: Kernels = { Slice, SplitV, Transpose, Reverse, PadV2, Concat };
