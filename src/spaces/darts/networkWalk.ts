// The stand-alone DARTS network, said once in terms of layers; tensors, sizes and exported graphs each carry it out.
import type { Genotype } from './genotype.js';
import {
  auxiliaryCell,
  auxiliaryPool,
  isReduction,
  type NetworkShape,
  STEM_MULTIPLIER,
} from './networkShape.js';
import { edgeStride, type Layer, layersOf, type Operation } from './operations.js';

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
  /** Computes a part of the network, of which nothing but the result stays. */
  scope(part: () => Value): Value;
}

/** ReLU, two strided 1x1 convolutions on grids shifted by one pixel, concatenated, batch norm (DARTS-space/operations.py:177-192). */
function factorizedReduce<V>(machine: LayerMachine<V>, x: V, name: string, channels: number): V {
  if (machine.side(x) % 2) {
    throw new Error(
      `${name} cannot halve an image of ${machine.side(x)} pixels a side: every image that is halved needs an even side, ` +
        'e.g. 32 (cifar) or 224 (imagenet)',
    );
  }
  if (channels % 2)
    throw new Error(
      `${name} makes ${channels} channels of two halves: use an even number of channels in the network`,
    );
  const active = machine.relu(x);
  const half: Convolution = { size: [1, 1], channels: channels / 2, stride: [2, 2], pad: 0 };
  const halves = [
    machine.convolution(active, `${name}.conv_1`, half),
    machine.convolution(machine.shifted(active), `${name}.conv_2`, half),
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
function runOperation<V>(
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

function runCell<V>(
  machine: LayerMachine<V>,
  inputs: [V, V],
  genotype: Genotype,
  options: { name: string; channels: number; reduction: boolean; afterReduction: boolean; poolNorm: boolean },
): V {
  const { name, channels, reduction, afterReduction, poolNorm } = options;
  const reluConvNorm = (x: V, at: string) => {
    const stage = { pointwise: { name: `${at}.op.1`, channels }, norm: `${at}.op.2` };
    const whole = machine.separable?.(x, [stage], { dropPath: false });
    if (whole !== undefined) return whole;
    const wide = machine.convolution(machine.relu(x), `${at}.op.1`, { size: [1, 1], channels });
    return machine.batchNorm(wide, `${at}.op.2`, true);
  };
  const states = [
    afterReduction
      ? factorizedReduce(machine, inputs[0], `${name}.preprocess0`, channels)
      : reluConvNorm(inputs[0], `${name}.preprocess0`),
    reluConvNorm(inputs[1], `${name}.preprocess1`),
  ];
  const edges = reduction ? genotype.reduce : genotype.normal;
  for (let node = 0; 2 * node < edges.length; node++) {
    const terms = [2 * node, 2 * node + 1].map((e) => {
      const [operation, source] = edges[e];
      return runOperation(machine, states[source], operation, {
        name: `${name}._ops.${e}`,
        channels,
        stride: edgeStride(source, reduction),
        poolNorm,
      });
    });
    states.push(machine.add(terms));
  }
  const concat = reduction ? genotype.reduceConcat : genotype.normalConcat;
  return machine.concat(concat.map((state) => states[state]));
}

/** The two images that the first cell takes (DARTS-space/model.py:124-128, 169-182). */
function runStem<V>(machine: LayerMachine<V>, x: V, { stem, channels }: NetworkShape): [V, V] {
  if (stem === 'cifar') {
    const wide = machine.convolution(x, 'stem.0', { size: [3, 3], channels: STEM_MULTIPLIER * channels });
    const s = machine.batchNorm(wide, 'stem.1', true);
    return [s, s];
  }
  const halve = (input: V, name: string, width: number) =>
    machine.convolution(input, name, { size: [3, 3], channels: width, stride: [2, 2] });
  const a = machine.batchNorm(halve(x, 'stem0.0', channels / 2), 'stem0.1', true);
  const b = machine.batchNorm(halve(machine.relu(a), 'stem0.3', channels), 'stem0.4', true);
  const c = machine.batchNorm(halve(machine.relu(b), 'stem1.1', channels), 'stem1.2', true);
  return [b, c];
}

/** The auxiliary head (DARTS-space/model.py:64-109); ImageNet's has no second batch norm. */
function runAuxiliary<V>(machine: LayerMachine<V>, x: V, { stem, classes }: NetworkShape): V {
  const name = 'auxiliary_head.features';
  const pooled = machine.pool(machine.relu(x), 'avg', { ...auxiliaryPool(machine.side(x)), pad: 0 });
  const narrow = machine.convolution(pooled, `${name}.2`, { size: [1, 1], channels: 128 });
  const a = machine.relu(machine.batchNorm(narrow, `${name}.3`, true));
  const wide = machine.convolution(a, `${name}.5`, { size: [2, 2], channels: 768, pad: 0 });
  const b = machine.relu(stem === 'cifar' ? machine.batchNorm(wide, `${name}.6`, true) : wide);
  return machine.classify(b, 'auxiliary_head.classifier', classes);
}

export interface WalkOptions {
  /** Whether the head's logits are wanted, where there is one. */
  auxiliary: boolean;
  /**
   * The ReLU of the reference's head works in place (DARTS-space/model.py:69), which changes the image that the rest of the
   * network sees. A further cell starts with a ReLU and does not notice; a classifier right behind the head, in networks of
   * up to three cells, is trained on other values than it sees at evaluation. Default false; true replays that.
   */
  reluInPlace?: boolean;
}

/**
 * The network of a genotype on images x. The reference ends with AvgPool2d(7) on ImageNet, which is the mean over all pixels
 * at 224 x 224; here it always is that mean.
 */
export function walkNetwork<V>(
  machine: LayerMachine<V>,
  genotype: Genotype,
  shape: NetworkShape,
  x: V,
  { auxiliary, reluInPlace = false }: WalkOptions,
): { logits: V; auxiliary?: V } {
  let [before, last] = runStem(machine, x, shape);
  let channels = shape.channels;
  // ImageNet's stem halves the image between its two outputs, as a reduction cell does.
  let afterReduction = shape.stem === 'imagenet';
  const poolNorm = shape.poolNorm ?? true;
  let auxiliaryLogits: V | undefined;
  for (let i = 0; i < shape.cells; i++) {
    const reduction = isReduction(i, shape);
    if (reduction) channels *= 2;
    const inputs: [V, V] = [before, last];
    const options = { name: `cells.${i}`, channels, reduction, afterReduction, poolNorm };
    const output = machine.scope(() => runCell(machine, inputs, genotype, options));
    [before, last] = [last, output];
    afterReduction = reduction;
    if (auxiliary && shape.auxiliary && i === auxiliaryCell(shape)) {
      auxiliaryLogits = machine.scope(() => runAuxiliary(machine, output, shape));
      if (reluInPlace) last = machine.relu(output);
    }
  }
  return { logits: machine.classify(last, 'classifier', shape.classes), auxiliary: auxiliaryLogits };
}
