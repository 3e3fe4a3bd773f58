// Convolution and its two gradients: our ConvNhwc* kernels, and the same under tfjs's standard names.
import { backend_util } from '@tensorflow/tfjs-core';
import type { DrnasBackend } from '../backend.js';
import type { Attributes, ConditionalKernel, Inputs, Kernel, Kernels, TensorInfo } from '../kernel.js';
import { asFloat } from './common.js';
import { finish, plainFinish } from './matMul.js';

/** The numbers that ConvForward, ConvGradInput and ConvGradFilter share; the order is native/conv.cpp's. */
type Geometry = number[];

type Shape = readonly number[];

/** Sizes of a symmetric integer padding, as PyTorch counts them. */
function explicitGeometry(x: Shape, w: Shape, { stride = 1, dilation = 1, pad = 0 }: Attributes): Geometry {
  const [batch, height, width, inputs] = x;
  const [filterHeight, filterWidth, filterInputs, outputs] = w;
  if (x.length !== 4 || w.length !== 4 || inputs !== filterInputs) {
    throw new Error(`a convolution got x [${x}] and w [${w}]; expected x [B,H,W,I] and w [h,w,I,O]`);
  }
  const size = (length: number, filter: number) =>
    Math.max(0, Math.floor((length + 2 * pad - dilation * (filter - 1) - 1) / stride) + 1);
  return [
    ...[batch, height, width, inputs, outputs, filterHeight, filterWidth],
    ...[stride, stride, dilation, dilation, pad, pad, size(height, filterHeight), size(width, filterWidth)],
  ];
}

/** tfjs's own reckoning of the same sizes, from its attributes. */
function tfjsGeometry(
  x: Shape,
  w: Shape,
  attributes: Attributes,
): { geometry: Geometry; outShape: number[] } {
  const { strides, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode } = attributes;
  const info = backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    w as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  const geometry = [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outChannels],
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
    ...[
      info.dilationHeight,
      info.dilationWidth,
      info.padInfo.top,
      info.padInfo.left,
      info.outHeight,
      info.outWidth,
    ],
  ];
  return { geometry, outShape: info.outShape };
}

function run(
  backend: DrnasBackend,
  name: string,
  [first, second]: [TensorInfo, TensorInfo],
  outShape: Shape,
  geometry: Geometry,
): TensorInfo {
  const { engine } = backend;
  const taps = geometry[5] * geometry[6];
  if (taps > 1024)
    throw new Error(`a convolution has a filter of ${taps} taps; 1024 is the most it can take`);
  const bytes = engine.call(name, [0, 0, 0, 0, ...geometry])[0];
  const a = backend.address(asFloat(first, name));
  const b = backend.address(asFloat(second, name));
  const out = backend.output(outShape);
  engine.call(name, [backend.scratch(bytes), a, b, backend.address(out), ...geometry]);
  return out;
}

const outputShape = (geometry: Geometry): number[] => [geometry[0], geometry[13], geometry[14], geometry[4]];

/** {x, w} {stride, dilation, pad} -> y */
const ConvNhwc: Kernel = (backend, { x, w }, attributes) => {
  const geometry = explicitGeometry(x.shape, w.shape, attributes);
  return run(backend, 'ConvForward', [x, w], outputShape(geometry), geometry);
};

/** {dy, w} {stride, dilation, pad, inputShape} -> dx */
const ConvNhwcGradInput: Kernel = (backend, { dy, w }, attributes) => {
  const geometry = explicitGeometry(attributes.inputShape, w.shape, attributes);
  checkUpstream(dy.shape, outputShape(geometry));
  return run(backend, 'ConvGradInput', [dy, w], attributes.inputShape, geometry);
};

/** {x, dy} {stride, dilation, pad, filterShape} -> dw */
const ConvNhwcGradFilter: Kernel = (backend, { x, dy }, attributes) => {
  const geometry = explicitGeometry(x.shape, attributes.filterShape, attributes);
  checkUpstream(dy.shape, outputShape(geometry));
  return run(backend, 'ConvGradFilter', [x, dy], attributes.filterShape, geometry);
};

function checkUpstream(got: Shape, expected: Shape): void {
  if (got.join() !== expected.join()) {
    throw new Error(`the gradient of a convolution got dy [${got}]; expected [${expected}]`);
  }
}

/** Kernels of tfjs whose images are NHWC; NCHW falls back to tfjs's own. */
const Conv2D: Kernel = (backend, { x, filter }, attributes) => {
  const { geometry, outShape } = tfjsGeometry(x.shape, filter.shape, attributes);
  return run(backend, 'ConvForward', [x, filter], outShape, geometry);
};

const Conv2DBackpropInput: Kernel = (backend, { dy, filter }, attributes) => {
  const { geometry } = tfjsGeometry(attributes.inputShape, filter.shape, attributes);
  return run(backend, 'ConvGradInput', [dy, filter], attributes.inputShape, geometry);
};

const Conv2DBackpropFilter: Kernel = (backend, { x, dy }, attributes) => {
  const { geometry } = tfjsGeometry(x.shape, attributes.filterShape, attributes);
  return run(backend, 'ConvGradFilter', [x, dy], attributes.filterShape, geometry);
};

/** tfjs lets dy be larger than the convolution's output (conv2dTranspose does so); its own kernel knows how. */
const plainUpstream = (dy: TensorInfo, x: Shape, w: Shape, attributes: Attributes): boolean =>
  attributes.dataFormat !== 'NCHW' && dy.shape.join() === tfjsGeometry(x, w, attributes).outShape.join();

const onlyNhwc = (_inputs: Inputs, { dataFormat }: Attributes): boolean => dataFormat !== 'NCHW';

const FusedConv2D: ConditionalKernel = {
  when: (inputs, attributes) =>
    onlyNhwc(inputs, attributes) && plainFinish(inputs, attributes, inputs.filter.shape[3]),
  run: (backend, inputs, attributes) =>
    finish(backend, Conv2D(backend, inputs, attributes) as TensorInfo, inputs, attributes),
};

export const conv: Kernels = {
  FusedConv2D,
  ConvNhwc,
  ConvNhwcGradInput,
  ConvNhwcGradFilter,
  Conv2D: { run: Conv2D, when: onlyNhwc },
  Conv2DBackpropInput: {
    run: Conv2DBackpropInput,
    when: ({ dy, filter }, attributes) => plainUpstream(dy, attributes.inputShape, filter.shape, attributes),
  },
  Conv2DBackpropFilter: {
    run: Conv2DBackpropFilter,
    when: ({ x, dy }, attributes) => plainUpstream(dy, x.shape, attributes.filterShape, attributes),
  },
};
