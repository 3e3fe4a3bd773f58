// ReLU, depthwise convolution, 1x1 convolution and the statistics of the batch norm behind them, as one kernel each way.
import type { DrnasBackend } from '../backend.js';
import type { Attributes, Inputs, Kernel, Kernels, TensorInfo } from '../kernel.js';
import { asFloat, filterFits, perChannel } from './common.js';

interface Sizes {
  /** The numbers that both kernels share, in the order of native/separable.h. */
  shape: number[];
  /** Of y [batch, height, width, outputs]. */
  output: number[];
}

function sizesOf(
  name: string,
  x: TensorInfo,
  depthwise: TensorInfo | undefined,
  pointwise: TensorInfo,
  attributes: Attributes,
): Sizes {
  const { stride = 1, dilation = 1, pad = 0 } = attributes;
  const [batch, height, width, channels] = x.shape;
  const [rows, columns] = depthwise ? depthwise.shape : [1, 1];
  const outputs = pointwise.shape[3];
  const fits = pointwise.shape.join() === `1,1,${channels},${outputs}`;
  const deep =
    !depthwise ||
    (depthwise.shape.join() === `${rows},${columns},${channels},1` && filterFits(depthwise.shape));
  if (x.shape.length !== 4 || !fits || !deep) {
    const filters = `${depthwise ? `[${depthwise.shape}] and ` : ''}[${pointwise.shape}]`;
    throw new Error(
      `${name} got x [${x.shape}] and filters ${filters}; ` +
        'expected x [B,H,W,C], [h,w,C,1] with h and w from 1 to 64, and [1,1,C,O]',
    );
  }
  const size = (length: number, filter: number) =>
    Math.max(0, Math.floor((length + 2 * pad - dilation * (filter - 1) - 1) / stride) + 1);
  const [outHeight, outWidth] = [size(height, rows), size(width, columns)];
  if (!depthwise && (stride !== 1 || pad !== 0)) {
    throw new Error(`${name} got stride ${stride} and padding ${pad} without a depthwise filter`);
  }
  if (outHeight < 1 || outWidth < 1) {
    throw new Error(
      `${name}: a filter of ${rows} x ${columns} does not fit into images of ${height} x ${width} padded by ${pad}`,
    );
  }
  const filter = depthwise ? [rows, columns] : [0, 0];
  return {
    shape: [
      ...[batch, height, width, channels, ...filter, stride, stride, dilation, dilation],
      ...[pad, pad, outHeight, outWidth, outputs],
    ],
    output: [batch, outHeight, outWidth, outputs],
  };
}

const addressOf = (backend: DrnasBackend, name: string, tensor: TensorInfo | undefined): number =>
  tensor ? backend.address(asFloat(tensor, name)) : 0;

/** Calls a kernel with the scratch that it asks for. */
function call(backend: DrnasBackend, name: string, args: number[]): void {
  const bytes = backend.engine.call(name, [0, ...args])[0];
  backend.engine.call(name, [backend.scratch(bytes), ...args]);
}

/** Addresses of the batch norm in front. */
function inputNorm(backend: DrnasBackend, name: string, inputs: Inputs): number[] {
  const { x, inMean, inVariance, inScale, inOffset } = inputs;
  return perChannel(backend, name, x.shape[3], { inMean, inVariance, inScale, inOffset });
}

/**
 * {x, pointwise, depthwise?, inMean?, inVariance?, inScale?, inOffset?} {stride, dilation, pad, epsilon} -> [y, mean, variance].
 * in*: a batch norm in front of the ReLU; the variance is the biased one.
 */
const SeparableNorm: Kernel = (backend, inputs, attributes) => {
  const name = 'SeparableNorm';
  const { x, pointwise, depthwise } = inputs;
  const { shape, output } = sizesOf(name, x, depthwise, pointwise, attributes);
  const outputs = [backend.output(output), backend.output([output[3]]), backend.output([output[3]])];
  const at = (tensor: TensorInfo | undefined) => addressOf(backend, name, tensor);
  call(backend, 'SeparableForward', [
    ...[at(x), ...inputNorm(backend, name, inputs)],
    ...[depthwise, pointwise, ...outputs].map(at),
    ...[attributes.epsilon, ...shape],
  ]);
  return outputs;
};

/**
 * {dz, y, mean, variance, scale?, keep?} and SeparableNorm's inputs, its attributes and needs ('all' or 'input') -> [gradient of what
 * the ReLU sees, dPointwise, dScale and dOffset unless given, dDepthwise?, dInScale?, dInOffset?], of which `input` gives the first alone; z is
 * the batch norm of y. The last two belong to the norm in front: as {dScale, dOffset} they spare its own call the sums.
 */
const SeparableNormGrad: Kernel = (backend, inputs, attributes) => {
  const name = 'SeparableNormGrad';
  const { dz, y, mean, variance, scale, keep, x, pointwise, depthwise, inMean } = inputs;
  const { shape, output } = sizesOf(name, x, depthwise, pointwise, attributes);
  for (const [what, { shape: got }] of Object.entries({ dz, y }))
    if (got.join() !== output.join()) throw new Error(`${name} got ${what} [${got}]; expected [${output}]`);
  const dx = backend.output(x.shape);
  const made = (like: readonly number[]) => (attributes.needs === 'input' ? undefined : backend.output(like));
  const dPointwise = made(pointwise.shape);
  const summed = inputs.dScale !== undefined && inputs.dOffset !== undefined;
  const [dScale, dOffset] = summed ? [inputs.dScale, inputs.dOffset] : [made([output[3]]), made([output[3]])];
  const dDepthwise = depthwise && made(depthwise.shape);
  const [dInScale, dInOffset] = inMean ? [made(inMean.shape), made(inMean.shape)] : [];
  const at = (tensor: TensorInfo | undefined) => addressOf(backend, name, tensor);
  call(backend, 'SeparableGrad', [
    ...[at(dz), at(y), ...perChannel(backend, name, output[3], { mean, variance, scale })],
    ...[at(x), ...inputNorm(backend, name, inputs), at(depthwise), at(pointwise)],
    ...[dx, dDepthwise, dPointwise, dScale, dOffset].map(at),
    ...[attributes.epsilon, summed ? 1 : 0, ...[dInScale, dInOffset, keep].map(at), ...shape],
  ]);
  const ofNorm = summed ? [] : [dScale, dOffset];
  return [dx, dPointwise, ...ofNorm, dDepthwise, dInScale, dInOffset].filter(
    (tensor): tensor is TensorInfo => tensor !== undefined,
  );
};

/** {y, mean, variance, scale?, offset?, keep? [batch]} {epsilon} -> z, the batch norm of y, each image times its `keep`. */
const SeparableNormalise: Kernel = (backend, inputs, { epsilon }) => {
  const name = 'SeparableNormalise';
  const { y, mean, variance, scale, offset, keep } = inputs;
  const [batch, height, width, channels] = y.shape;
  if (keep && keep.shape.reduce((a, b) => a * b, 1) !== batch)
    throw new Error(`${name} got keep [${keep.shape}]; expected one value for each of ${batch} images`);
  const z = backend.output(y.shape);
  const args = [
    ...[y, z].map((tensor) => addressOf(backend, name, tensor)),
    ...perChannel(backend, name, channels, { mean, variance, scale, offset }),
    addressOf(backend, name, keep),
  ];
  const sizes = [batch, height * width, channels, epsilon];
  const bytes = backend.engine.call(name, [...args, ...sizes, 0])[11];
  backend.engine.call(name, [...args, ...sizes, backend.scratch(bytes)]);
  return z;
};

export const separable: Kernels = { SeparableNorm, SeparableNormGrad, SeparableNormalise };
