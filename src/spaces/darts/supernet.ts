// The weight-sharing supernet of the DARTS space (DARTS-space/model_search.py, model_search_imagenet.py).
import type { Stream } from '../../random/stream.js';
import { type LayerBuilder, type Layers, layerBuilder } from '../layers.js';
import { STATISTICS_ROWS } from './cell.js';
import { weightShapes } from './edge.js';
import { isReduction, STEM_MULTIPLIER } from './networkShape.js';
import { EDGES, edgeStride, layersOf, NODES, type Operation } from './operations.js';

export interface SupernetShape {
  /** Channels of each node in the first cells (C); doubled in each reduction cell. */
  channels: number;
  cells: number;
  /** One k-th of the channels goes through the mixed operations. */
  k: number;
  classes: number;
  /** Side of the images in pixels, and their colour channels. */
  imageSize: number;
  imageChannels: number;
  /** `cifar` keeps the image's size; `imagenet` divides it by 8 in three strided convolutions. */
  stem: 'cifar' | 'imagenet';
  /** Candidates of an edge, in the column order of alpha. */
  operations: readonly Operation[];
}

/** The statistics of a cell's batch norms on edges are packed as [14 * 9, C/k] under `cells.i.edges`. */
export interface Supernet extends Layers {
  shape: SupernetShape;
}

/** Channels that the stem gives to the first cell, with either stem (that of the stand-alone imagenet network gives C). */
export const stemWidth = ({ channels }: Pick<SupernetShape, 'channels'>): number =>
  STEM_MULTIPLIER * channels;

export interface CellPlan {
  name: string;
  channels: number;
  reduction: boolean;
  /** Whether the cell before is a reduction, so that the input before that one is halved on the way. */
  afterReduction: boolean;
  /** Channels of the two inputs, before preprocessing. */
  inputs: [number, number];
}

/** The cells of a supernet in order (DARTS-space/model_search.py:150-170). */
export function cellPlans({ channels, cells, stem }: SupernetShape): CellPlan[] {
  const wide = stemWidth({ channels });
  let inputs: [number, number] = [wide, wide];
  let width = channels;
  let afterReduction = stem === 'imagenet';
  return Array.from({ length: cells }, (_, i) => {
    const reduction = isReduction(i, { cells });
    if (reduction) width *= 2;
    const plan: CellPlan = { name: `cells.${i}`, channels: width, reduction, afterReduction, inputs };
    inputs = [inputs[1], NODES * width];
    afterReduction = reduction;
    return plan;
  });
}

/** Refuses a shape that cannot be built, with a sentence that says what would do. */
export function checkShape(shape: SupernetShape): void {
  for (const name of ['channels', 'cells', 'k', 'classes', 'imageSize', 'imageChannels'] as const) {
    if (!Number.isInteger(shape[name]) || shape[name] < 1)
      throw new Error(`${name} is ${shape[name]}, expected a positive integer`);
  }
  const { channels, k, imageSize, stem, cells } = shape;
  if (stem !== 'cifar' && stem !== 'imagenet')
    throw new Error(`the stem is ${JSON.stringify(stem)}, expected cifar or imagenet`);
  if (channels % k !== 0)
    throw new Error(`k = ${k} does not divide the ${channels} channels: choose a divisor of ${channels}`);
  if (cells < 3) throw new Error(`${cells} cell(s) have no room for two reduction cells: use at least 3`);
  if (stem === 'imagenet' && stemWidth(shape) % 2)
    throw new Error(
      `the imagenet stem starts with half of ${stemWidth(shape)} channels: use an even number of channels`,
    );
  const divisor = stem === 'cifar' ? 4 : 32;
  if (imageSize % divisor !== 0)
    throw new Error(
      `image size ${imageSize} cannot be halved ${Math.log2(divisor)} times: use a multiple of ${divisor}`,
    );
}

/** Makes every layer of a supernet in order. */
function build(shape: SupernetShape, make: LayerBuilder): void {
  const wide = stemWidth(shape);
  if (shape.stem === 'cifar') {
    make.convolution('stem.0', 3, shape.imageChannels, wide);
    make.batchNorm('stem.1', wide);
  } else {
    make.convolution('stem0.0', 3, shape.imageChannels, wide / 2);
    make.batchNorm('stem0.1', wide / 2);
    make.convolution('stem0.3', 3, wide / 2, wide);
    make.batchNorm('stem0.4', wide);
    make.convolution('stem1.1', 3, wide, wide);
    make.batchNorm('stem1.2', wide);
  }
  let last = wide;
  for (const { name, channels, reduction, afterReduction, inputs } of cellPlans(shape)) {
    if (afterReduction) {
      make.convolution(`${name}.preprocess0.conv_1`, 1, inputs[0], Math.floor(channels / 2));
      make.convolution(`${name}.preprocess0.conv_2`, 1, inputs[0], Math.ceil(channels / 2));
      make.runningStatistics(`${name}.preprocess0.bn`, [channels]);
    } else {
      make.convolution(`${name}.preprocess0.op.1`, 1, inputs[0], channels);
      make.runningStatistics(`${name}.preprocess0.op.2`, [channels]);
    }
    make.convolution(`${name}.preprocess1.op.1`, 1, inputs[1], channels);
    make.runningStatistics(`${name}.preprocess1.op.2`, [channels]);
    EDGES.forEach(({ source }, edge) => {
      shape.operations.forEach((operation, column) => {
        const layers = layersOf(operation, edgeStride(source, reduction));
        for (const { name: below, dims, fanIn } of weightShapes(layers, channels / shape.k))
          make.uniform(`${name}._ops.${edge}._ops.${column}.${below}.weight`, dims, fanIn);
      });
    });
    make.runningStatistics(`${name}.edges`, [STATISTICS_ROWS, channels / shape.k]);
    last = NODES * channels;
  }
  make.uniform('classifier.weight', [last, shape.classes], last);
  make.uniform('classifier.bias', [shape.classes], last);
}

/** A supernet with PyTorch's default initialisation. */
export function createSupernet(shape: SupernetShape, stream: Stream): Supernet {
  checkShape(shape);
  const net: Supernet = { shape, parameters: {}, buffers: {} };
  build(shape, layerBuilder(net, stream));
  return net;
}

/** Trainable weights of a supernet (without alpha); nothing is made. */
export function supernetParameters(shape: SupernetShape): number {
  checkShape(shape);
  let count = 0;
  build(shape, {
    uniform: (_name, dims) => {
      count += dims.reduce((a, b) => a * b);
    },
    convolution: (_name, size, input, output) => {
      count += size * size * input * output;
    },
    batchNorm: (_name, channels) => {
      count += 2 * channels;
    },
    runningStatistics: () => {},
  });
  return count;
}
