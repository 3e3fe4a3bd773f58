// The shapes that tfjs's standard kernels give, without their values: what a composition of them keeps in memory.
import { backend_util, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';

type Inputs = Record<string, TensorInfo>;
// biome-ignore lint/suspicious/noExplicitAny: the attributes of a tfjs kernel are untyped by nature
type Attributes = Record<string, any>;
type Shape = readonly number[];

/** A new tensor's shape and type. */
export interface Made {
  shape: number[];
  dtype?: TensorInfo['dtype'];
}
/** `of` is a tensor whose memory the result shares. */
export type SizeKernel = (
  inputs: Inputs,
  attributes: Attributes,
) => Made | Made[] | { of: TensorInfo; as: Made };

const made = (shape: Shape, dtype: TensorInfo['dtype'] = 'float32'): Made => ({ shape: [...shape], dtype });
const first = (inputs: Inputs): TensorInfo => Object.values(inputs)[0];
const like: SizeKernel = (inputs) => made(first(inputs).shape, first(inputs).dtype);
const broadcast =
  (dtype?: TensorInfo['dtype']): SizeKernel =>
  ({ a, b }) =>
    made(backend_util.assertAndGetBroadcastShape(a.shape, b.shape), dtype ?? a.dtype);

const reduced: SizeKernel = ({ x }, { axis, keepDims }) => {
  const axes = new Set(util.parseAxisParam(axis ?? x.shape.map((_, i) => i), x.shape));
  return made(
    x.shape.flatMap((size, i) => (axes.has(i) ? (keepDims ? [1] : []) : [size])),
    x.dtype,
  );
};
const product: SizeKernel = ({ a, b }, { transposeA, transposeB }) => {
  const [ra, rb] = [a.shape.length, b.shape.length];
  const outer = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return made([...outer, a.shape[ra - (transposeA ? 1 : 2)], b.shape[rb - (transposeB ? 2 : 1)]]);
};
type Four = [number, number, number, number];
const convolution =
  (depthwise: boolean): SizeKernel =>
  ({ x, filter }, { strides, pad, dilations, dimRoundingMode }) =>
    made(
      backend_util.computeConv2DInfo(
        x.shape as Four,
        filter.shape as Four,
        strides,
        dilations ?? 1,
        pad,
        dimRoundingMode,
        depthwise,
      ).outShape,
    );
const pool: SizeKernel = ({ x }, { filterSize, strides, pad, dimRoundingMode }) =>
  made(
    backend_util.computePool2DInfo(x.shape as Four, filterSize, strides, 1, pad, dimRoundingMode).outShape,
  );
const ofAttribute =
  (name: string): SizeKernel =>
  (_, attributes) =>
    made(attributes[name]);
const shared =
  (shape: (x: TensorInfo, attributes: Attributes) => number[]): SizeKernel =>
  ({ x }, attributes) => ({ of: x, as: made(shape(x, attributes), x.dtype) });

const named = (names: string, kernel: SizeKernel): Record<string, SizeKernel> =>
  Object.fromEntries(names.split(' ').map((name) => [name, kernel]));

export const sizeKernels: Record<string, SizeKernel> = {
  ...named(
    'Relu Relu6 Step Neg Square Sqrt Rsqrt Exp Expm1 Log Log1p Abs Sign Sigmoid Tanh Elu Softplus',
    like,
  ),
  ...named(
    'Reciprocal Floor ClipByValue ZerosLike OnesLike Softmax LogSoftmax Reverse Cumsum LogicalNot',
    like,
  ),
  ...named('Add Sub Multiply RealDiv Maximum Minimum SquaredDifference Pow FloorDiv Mod', broadcast()),
  ...named('Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr', broadcast('bool')),
  ...named('Sum Mean Max Min Prod All Any', reduced),
  ArgMax: (inputs, attributes) => ({ ...(reduced(inputs, attributes) as Made), dtype: 'int32' }),
  AddN: like,
  Select: ({ t }) => made(t.shape, t.dtype),
  BatchMatMul: product,
  _FusedMatMul: product,
  Conv2D: convolution(false),
  DepthwiseConv2dNative: convolution(true),
  ...named('Conv2DBackpropFilter DepthwiseConv2dNativeBackpropFilter', ofAttribute('filterShape')),
  ...named('Conv2DBackpropInput DepthwiseConv2dNativeBackpropInput', ofAttribute('inputShape')),
  ...named('MaxPool AvgPool', pool),
  ...named('MaxPoolGrad AvgPoolGrad', ({ input }) => made(input.shape)),
  Identity: shared((x) => x.shape),
  Reshape: shared((x, { shape }) => util.inferFromImplicitShape(shape, util.sizeFromShape(x.shape))),
  ExpandDims: ({ input }, { dim }) => {
    const shape = [...input.shape];
    shape.splice(dim < 0 ? shape.length + dim + 1 : dim, 0, 1);
    return { of: input, as: made(shape, input.dtype) };
  },
  Cast: ({ x }, { dtype }) =>
    x.dtype === dtype ? { of: x, as: made(x.shape, dtype) } : made(x.shape, dtype),
  Slice: ({ x }, { begin, size }) => made(slice_util.parseSliceParams(x as never, begin, size)[1], x.dtype),
  StridedSlice: ({ x }, a) =>
    made(
      slice_util.sliceInfo(
        x.shape,
        ...([a.begin, a.end, a.strides, a.beginMask, a.endMask] as const),
        ...([a.ellipsisMask, a.newAxisMask, a.shrinkAxisMask] as const),
      ).finalShape,
      x.dtype,
    ),
  Concat(inputs, { axis }) {
    const shapes = Object.values(inputs).map(({ shape }) => shape);
    const along = util.parseAxisParam(axis, shapes[0])[0];
    return made(backend_util.computeOutShape(shapes, along), first(inputs).dtype);
  },
  SplitV({ x }, { numOrSizeSplits, axis }) {
    const along = util.parseAxisParam(axis, x.shape)[0];
    return backend_util.prepareSplitSize(x as never, numOrSizeSplits, along).map((size) =>
      made(
        x.shape.map((whole, i) => (i === along ? size : whole)),
        x.dtype,
      ),
    );
  },
  Pack(inputs, { axis }) {
    const { shape, dtype } = first(inputs);
    const whole = [...shape];
    whole.splice(axis < 0 ? whole.length + axis + 1 : axis, 0, Object.keys(inputs).length);
    return made(whole, dtype);
  },
  Unpack({ value }, { axis }) {
    const along = util.parseAxisParam(axis, value.shape)[0];
    const part = value.shape.filter((_, i) => i !== along);
    return Array.from({ length: value.shape[along] }, () => made(part, value.dtype));
  },
  Tile: ({ x }, { reps }) =>
    made(
      x.shape.map((size, i) => size * reps[i]),
      x.dtype,
    ),
  Transpose: ({ x }, { perm }: { perm?: number[] }) =>
    made(perm ? perm.map((axis) => x.shape[axis]) : [...x.shape].reverse(), x.dtype),
  PadV2: ({ x }, { paddings }) =>
    made(
      x.shape.map((size, i) => size + paddings[i][0] + paddings[i][1]),
      x.dtype,
    ),
  Fill: (_, { shape, dtype }) => made(shape, dtype),
  OneHot: ({ indices }, { depth, dtype }) => made([...indices.shape, depth], dtype),
  Range: (_, { start, stop, step, dtype }) => made([Math.max(0, Math.ceil((stop - start) / step))], dtype),
  GatherV2: ({ x, indices }, { axis }) =>
    made([...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)], x.dtype),
};
