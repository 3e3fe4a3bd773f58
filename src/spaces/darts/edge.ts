// What the layers of an edge's operation need and do in a supernet: their weights, batch norms and forward pass.
import * as tf from '@tensorflow/tfjs';
import { avgPool2d } from '../../tensor/avgPool2d.js';
import { conv2d } from '../../tensor/conv2d.js';
import { depthwiseConv2d } from '../../tensor/depthwiseConv2d.js';
import { maxPool2d } from '../../tensor/maxPool2d.js';
import { type Layer, layersOf, OPERATIONS, type Operation } from './operations.js';

/** A weight: its name below the operation (without `.weight`), its shape here, and how many inputs each output sums. */
export interface WeightShape {
  name: string;
  dims: [number, number, number, number];
  fanIn: number;
}

/** The weights of layers on this many channels; none of the candidates of an edge changes their number. */
export function weightShapes(layers: readonly Layer[], channels: number): WeightShape[] {
  return layers.flatMap((layer): WeightShape[] => {
    switch (layer.kind) {
      case 'depthwise':
        return [{ name: layer.name, dims: [layer.size, layer.size, channels, 1], fanIn: layer.size ** 2 }];
      case 'convolution': {
        const [rows, columns] = layer.size;
        return [
          { name: layer.name, dims: [rows, columns, channels, channels], fanIn: rows * columns * channels },
        ];
      }
      case 'factorizedReduce': {
        const half = (name: string, output: number): WeightShape => ({
          name,
          dims: [1, 1, channels, output],
          fanIn: channels,
        });
        return [half('conv_1', Math.floor(channels / 2)), half('conv_2', Math.ceil(channels / 2))];
      }
      default:
        return [];
    }
  });
}

/** Names of the batch norms of layers below the operation, in order. */
export function normNames(layers: readonly Layer[]): string[] {
  return layers.flatMap((layer) =>
    layer.kind === 'batchNorm' ? [layer.name] : layer.kind === 'factorizedReduce' ? ['bn'] : [],
  );
}

/**
 * The batch norms of one edge in the order in which their statistics are packed: max 0, avg 1, the skip's factorised
 * reduction 2, sep_conv_3x3 3 and 4, sep_conv_5x5 5 and 6, dil_conv_3x3 7, dil_conv_5x5 8. At stride 1 row 2 is unused.
 */
export const EDGE_NORMS = OPERATIONS.flatMap((operation) =>
  normNames(layersOf(operation, 2)).map((name) => ({ operation: operation as Operation, name })),
);

/** Packed row of a batch norm of an edge. */
export function normRow(edge: number, operation: Operation, name: string): number {
  const row = EDGE_NORMS.findIndex((norm) => norm.operation === operation && norm.name === name);
  return edge * EDGE_NORMS.length + row;
}

/** Where layers find their weights and how they normalise, by the names below the operation. */
export interface LayerAccess {
  weight: (name: string) => tf.Tensor4D;
  norm: (z: tf.Tensor4D, name: string) => tf.Tensor4D;
  /** relu of the input, where the caller has it: all convolving operations of an edge begin with it. */
  rectified?: tf.Tensor4D;
}

/** The layers' output for x [B, H, W, C]. Strided ones need even H and W, as in PyTorch (the two grids of a factorised reduction). */
export function runLayers(x: tf.Tensor4D, layers: readonly Layer[], access: LayerAccess): tf.Tensor4D {
  const { weight, norm, rectified } = access;
  return layers.reduce((h, layer): tf.Tensor4D => {
    const relu = () => (h === x && rectified ? rectified : tf.relu(h));
    switch (layer.kind) {
      case 'relu':
        return relu();
      case 'pool': {
        const options = { size: 3, stride: layer.stride, pad: 1 };
        return layer.pool === 'max' ? maxPool2d(h, options) : avgPool2d(h, options);
      }
      case 'depthwise': {
        const { stride, dilation } = layer;
        return depthwiseConv2d(h, weight(layer.name), { stride, dilation });
      }
      case 'convolution':
        return conv2d(h, weight(layer.name));
      case 'batchNorm':
        return norm(h, layer.name);
      case 'factorizedReduce':
        return norm(factorizedReduce(relu(), weight('conv_1'), weight('conv_2')), 'bn');
      case 'zero': {
        const { stride } = layer;
        const [batch, height, width, channels] = h.shape;
        return tf.zeros([batch, Math.ceil(height / stride), Math.ceil(width / stride), channels]);
      }
    }
  }, x);
}

/** Two strided 1x1 convolutions, the second one pixel down and right, side by side (DARTS-space/operations.py:172-208). */
export function factorizedReduce(x: tf.Tensor4D, first: tf.Tensor4D, second: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = x.shape;
  if (height % 2 !== 0 || width % 2 !== 0) {
    throw new Error(`a factorised reduction halves even sides, got ${height} x ${width}`);
  }
  const shifted = tf.slice(x, [0, 1, 1, 0], [-1, height - 1, width - 1, -1]);
  return tf.concat([conv2d(x, first, { stride: 2 }), conv2d(shifted, second, { stride: 2 })], 3);
}
