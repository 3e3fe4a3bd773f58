// Pooling: our AvgPool2d with its gradient, and tfjs's average and maximum pools (whose AvgPoolGrad is wrong at borders).
import { backend_util } from '@tensorflow/tfjs-core';
import type { DrnasBackend } from '../backend.js';
import type { Attributes, ConditionalKernel, Inputs, Kernel, Kernels, TensorInfo } from '../kernel.js';
import { asFloat, isFloat } from './common.js';

/** The numbers that the pooling kernels share, in the order of native/pool.cpp. */
type Geometry = number[];
type Shape = readonly number[];

function explicitGeometry(x: Shape, { size, stride = 1, pad = 0 }: Attributes): Geometry {
  if (x.length !== 4) throw new Error(`a pool got x [${x}]; expected [batch, height, width, channels]`);
  const [batch, height, width, channels] = x;
  const out = (length: number) => Math.max(0, Math.floor((length + 2 * pad - size) / stride) + 1);
  return [
    ...[batch, height, width, channels, size, size, stride, stride, 1, 1, pad, pad],
    ...[out(height), out(width)],
  ];
}

function tfjsGeometry(
  x: Shape,
  { filterSize, strides, pad, dimRoundingMode, dilations = 1 }: Attributes,
): Geometry {
  const shape = x as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, dilations, pad, dimRoundingMode);
  return [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.filterHeight, info.filterWidth],
    ...[info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth],
    ...[info.padInfo.top, info.padInfo.left, info.outHeight, info.outWidth],
  ];
}

function forward(
  backend: DrnasBackend,
  name: 'AvgPool' | 'MaxPool',
  x: TensorInfo,
  geometry: Geometry,
): TensorInfo {
  const y = backend.output([geometry[0], geometry[12], geometry[13], geometry[3]]);
  backend.engine.call(name, [backend.address(asFloat(x, name)), backend.address(y), ...geometry]);
  return y;
}

function backward(
  backend: DrnasBackend,
  name: 'AvgPoolGrad' | 'MaxPoolGrad',
  inputs: TensorInfo[],
  inputShape: Shape,
  geometry: Geometry,
): TensorInfo {
  const expected = [geometry[0], geometry[12], geometry[13], geometry[3]];
  if (inputs[0].shape.join() !== expected.join()) {
    throw new Error(`${name} got dy [${inputs[0].shape}]; expected [${expected}]`);
  }
  const dx = backend.output(inputShape);
  const addresses = [...inputs.map((tensor) => backend.address(asFloat(tensor, name))), backend.address(dx)];
  const call = (scratch: number) => backend.engine.call(name, [scratch, ...addresses, ...geometry])[0];
  call(backend.scratch(call(0)));
  return dx;
}

/** {x} {size, stride, pad} -> y */
const AvgPool2d: Kernel = (backend, { x }, attributes) =>
  forward(backend, 'AvgPool', x, explicitGeometry(x.shape, attributes));

/** {dy} {size, stride, pad, inputShape} -> dx */
const AvgPool2dGrad: Kernel = (backend, { dy }, attributes) =>
  backward(
    backend,
    'AvgPoolGrad',
    [dy],
    attributes.inputShape,
    explicitGeometry(attributes.inputShape, attributes),
  );

const image = (tensor: TensorInfo): boolean => isFloat(tensor) && tensor.shape.length === 4;

/** A window of one cell that keeps the shape is the identity to tfjs, whatever the padding. */
const identity = (x: TensorInfo, attributes: Attributes): boolean => {
  const geometry = tfjsGeometry(x.shape, attributes);
  return geometry[4] * geometry[5] === 1 && geometry[1] === geometry[12] && geometry[2] === geometry[13];
};

const AvgPool: ConditionalKernel = {
  when: ({ x }: Inputs, attributes) => image(x) && !identity(x, attributes),
  run: (backend, { x }, attributes) => forward(backend, 'AvgPool', x, tfjsGeometry(x.shape, attributes)),
};

const MaxPool: ConditionalKernel = {
  when: ({ x }: Inputs, attributes) => image(x) && !identity(x, attributes),
  run: (backend, { x }, attributes) => forward(backend, 'MaxPool', x, tfjsGeometry(x.shape, attributes)),
};

const AvgPoolGrad: ConditionalKernel = {
  when: ({ dy, input }: Inputs) => image(dy) && image(input),
  run: (backend, { dy, input }, attributes) =>
    backward(backend, 'AvgPoolGrad', [dy], input.shape, tfjsGeometry(input.shape, attributes)),
};

const MaxPoolGrad: ConditionalKernel = {
  when: ({ dy, input }: Inputs) => image(dy) && image(input),
  run: (backend, { dy, input }, attributes) =>
    backward(backend, 'MaxPoolGrad', [dy, input], input.shape, tfjsGeometry(input.shape, attributes)),
};

export const pool: Kernels = { AvgPool2d, AvgPool2dGrad, AvgPool, AvgPoolGrad, MaxPool, MaxPoolGrad };
