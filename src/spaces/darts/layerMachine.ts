// How the layers of a DARTS operation run, said once for whatever carries them out: tensors, sizes and exported graphs.
import { type Layer, layersOf, type Operation } from './operations.js';

export interface Convolution {
  /** [rows, columns]. */
  size: [number, number];
  /** Output channels; a depthwise convolution keeps its input's. */
  channels: number;
  depthwise?: boolean;
  /** [rows, columns]. Default [1, 1]. */
  stride?: [number, number];
  dilation?: number;
  /** Default 'same': dilation * (size - 1) / 2 on each side. */
  pad?: 'same' | 0;
}

/** Names and options of layers that follow each other: ReLU, `depthwise`, 1x1 convolution, batch norm. */
export interface SeparableLayers {
  depthwise?: { name: string; options: Convolution };
  pointwise: { name: string; channels: number };
  norm: string;
}

/** What carries out the layers of a network on values of some kind: tensors, their sizes, or names in a graph. */
export interface LayerMachine<Value> {
  relu(x: Value): Value;
  convolution(x: Value, name: string, options: Convolution): Value;
  /** `affine`: with trainable scale and offset. */
  batchNorm(x: Value, name: string, affine: boolean): Value;
  /** Padding never wins a maximum and is left out of an average. */
  pool(x: Value, type: 'max' | 'avg', options: { size: number; stride: number; pad: number }): Value;
  /** The image without its first row and column. */
  shifted(x: Value): Value;
  concat(values: Value[]): Value;
  add(values: Value[]): Value;
  /** The image times 0, every `stride`-th row and column of it. */
  zero(x: Value, stride: number): Value;
  /** Drops the whole branch for some samples, in training. */
  dropPath(x: Value): Value;
  /** Mean over all pixels, then a linear layer with bias. */
  classify(x: Value, name: string, classes: number): Value;
  /** Side of a square image in pixels. */
  side(x: Value): number;
  /**
   * ReLU, depthwise convolution (or none), 1x1 convolution and affine batch norm of each stage in turn, where the machine has
   * all of them as one, and drop-path behind them where it is asked for; undefined where it has not, and the layers are carried
   * out one by one.
   */
  separable?(x: Value, stages: SeparableLayers[], options: { dropPath: boolean }): Value | undefined;
  /** Computes a part of the network from values, of which nothing but the result stays. */
  scope(inputs: Value[], part: (inputs: Value[]) => Value): Value;
}

/** ReLU, two strided 1x1 convolutions on grids shifted by one pixel, concatenated, batch norm (DARTS-space/operations.py:177-192). */
export function factorizedReduce<V>(machine: LayerMachine<V>, x: V, name: string, channels: number): V {
  if (machine.side(x) % 2) {
    throw new Error(
      `${name} cannot halve an image of ${machine.side(x)} pixels a side: every image that is halved needs an even side, ` +
        'e.g. 32 (cifar) or 224 (imagenet)',
    );
  }
  const active = machine.relu(x);
  const half = (width: number): Convolution => ({ size: [1, 1], channels: width, stride: [2, 2], pad: 0 });
  const halves = [
    machine.convolution(active, `${name}.conv_1`, half(Math.floor(channels / 2))),
    machine.convolution(machine.shifted(active), `${name}.conv_2`, half(Math.ceil(channels / 2))),
  ];
  return machine.batchNorm(machine.concat(halves), `${name}.bn`, true);
}

function runLayer<V>(machine: LayerMachine<V>, x: V, layer: Layer, name: string, channels: number): V {
  switch (layer.kind) {
    case 'relu':
      return machine.relu(x);
    case 'pool':
      return machine.pool(x, layer.pool, { size: 3, stride: layer.stride, pad: 1 });
    case 'depthwise':
      return machine.convolution(x, `${name}.${layer.name}`, depthwiseOptions(layer, channels));
    case 'convolution':
      return machine.convolution(x, `${name}.${layer.name}`, {
        size: layer.size,
        stride: layer.stride,
        channels,
      });
    case 'batchNorm':
      return machine.batchNorm(x, `${name}.${layer.name}`, true);
    case 'factorizedReduce':
      return factorizedReduce(machine, x, name, channels);
    case 'zero':
      return machine.zero(x, layer.stride);
  }
}

const depthwiseOptions = (layer: Layer & { kind: 'depthwise' }, channels: number): Convolution => {
  const { size, stride, dilation } = layer;
  return { size: [size, size], stride: [stride, stride], channels, dilation, depthwise: true };
};

/** The layers as stages of ReLU, depthwise convolution, 1x1 convolution and batch norm; undefined where they are others. */
function separableStages(layers: Layer[], name: string, channels: number): SeparableLayers[] | undefined {
  const stages: SeparableLayers[] = [];
  for (let i = 0; i < layers.length; i += 4) {
    const [relu, depthwise, pointwise, norm] = layers.slice(i, i + 4);
    if (relu.kind !== 'relu' || depthwise?.kind !== 'depthwise') return undefined;
    if (pointwise?.kind !== 'convolution' || pointwise.size.join() !== '1,1' || norm?.kind !== 'batchNorm')
      return undefined;
    stages.push({
      depthwise: { name: `${name}.${depthwise.name}`, options: depthwiseOptions(depthwise, channels) },
      pointwise: { name: `${name}.${pointwise.name}`, channels },
      norm: `${name}.${norm.name}`,
    });
  }
  return stages.length > 0 ? stages : undefined;
}

/** An operation of an edge; the batch norm of a pool has no weights, and is left out where the shape says so. */
export function runOperation<V>(
  machine: LayerMachine<V>,
  x: V,
  operation: Operation,
  options: { name: string; channels: number; stride: number; poolNorm: boolean },
): V {
  const { name, channels, stride, poolNorm } = options;
  const layers = layersOf(operation, stride);
  const stages = separableStages(layers, name, channels);
  const whole = stages && machine.separable?.(x, stages, { dropPath: true });
  if (whole !== undefined) return whole;
  const pooling = layers[0]?.kind === 'pool';
  const result = layers.reduce((h, layer) => {
    if (layer.kind !== 'batchNorm' || !pooling) return runLayer(machine, h, layer, name, channels);
    return poolNorm ? machine.batchNorm(h, `${name}.${layer.name}`, false) : h;
  }, x);
  // The reference drops every branch but the identity (DARTS-space/model.py:53-58).
  return layers.length > 0 ? machine.dropPath(result) : result;
}

/** ReLU, 1x1 convolution and batch norm: how a cell takes an input of its own size. */
export function reluConvNorm<V>(machine: LayerMachine<V>, x: V, name: string, channels: number): V {
  const stage = { pointwise: { name: `${name}.op.1`, channels }, norm: `${name}.op.2` };
  const whole = machine.separable?.(x, [stage], { dropPath: false });
  if (whole !== undefined) return whole;
  const wide = machine.convolution(machine.relu(x), `${name}.op.1`, { size: [1, 1], channels });
  return machine.batchNorm(wide, `${name}.op.2`, true);
}
