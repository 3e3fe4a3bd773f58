// tfjs's depthwise convolution and its two gradients, for one filter a channel.
import { backend_util } from '@tensorflow/tfjs-core';
import type { DrnasBackend } from '../backend.js';
import type { Attributes, ConditionalKernel, Kernels, TensorInfo } from '../kernel.js';
import { filterFits, isFloat } from './common.js';

type Shape = readonly number[];

/** The numbers that the three kernels share, in the order of native/depthwise.cpp. */
function geometryOf(x: Shape, w: Shape, { strides, pad, dilations, dimRoundingMode }: Attributes) {
  const info = backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    w as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    true,
  );
  const geometry = [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.filterHeight, info.filterWidth],
    ...[info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth],
    ...[info.padInfo.top, info.padInfo.left, info.outHeight, info.outWidth],
  ];
  return { geometry, outShape: info.outShape };
}

function run(
  backend: DrnasBackend,
  name: string,
  [first, second]: [TensorInfo, TensorInfo],
  outShape: Shape,
  geometry: number[],
): TensorInfo {
  const out = backend.output(outShape);
  const addresses = [first, second, out].map((tensor) => backend.address(tensor));
  const call = (scratch: number) => backend.engine.call(name, [scratch, ...addresses, ...geometry])[0];
  call(backend.scratch(call(0)));
  return out;
}

// A filter of more than 64 rows or columns falls back.
const one = (w: Shape): boolean => w.length === 4 && w[3] === 1 && filterFits(w);

const DepthwiseConv2dNative: ConditionalKernel = {
  when: ({ x, filter }) => isFloat(x) && isFloat(filter) && one(filter.shape),
  run: (backend, { x, filter }, attributes) => {
    const { geometry, outShape } = geometryOf(x.shape, filter.shape, attributes);
    return run(backend, 'DepthwiseForward', [x, filter], outShape, geometry);
  },
};

const DepthwiseConv2dNativeBackpropInput: ConditionalKernel = {
  when: ({ dy, filter }) => isFloat(dy) && isFloat(filter) && one(filter.shape),
  run: (backend, { dy, filter }, attributes) => {
    const { geometry } = geometryOf(attributes.inputShape, filter.shape, attributes);
    return run(backend, 'DepthwiseGradInput', [dy, filter], attributes.inputShape, geometry);
  },
};

const DepthwiseConv2dNativeBackpropFilter: ConditionalKernel = {
  when: ({ x, dy }, { filterShape }) => isFloat(x) && isFloat(dy) && one(filterShape),
  run: (backend, { x, dy }, attributes) => {
    const { geometry } = geometryOf(x.shape, attributes.filterShape, attributes);
    return run(backend, 'DepthwiseGradFilter', [x, dy], attributes.filterShape, geometry);
  },
};

export const depthwise: Kernels = {
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropInput,
  DepthwiseConv2dNativeBackpropFilter,
};
