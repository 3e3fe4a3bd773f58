// Carries out a network on sizes alone: refuses what does not fit, and names each layer that has weights.
import { outputSize } from '../../tensor/spatial.js';
import type { Convolution, LayerMachine } from './layerMachine.js';

export interface Size {
  rows: number;
  columns: number;
  channels: number;
}

export interface LayerVisitor {
  /** A convolution without bias: filter [rows, columns, inputs, outputs] (depthwise: [rows, columns, channels, 1]). */
  convolution(name: string, filter: [number, number, number, number], output: Size): void;
  batchNorm(name: string, channels: number, affine: boolean): void;
  /** A linear layer with bias. */
  linear(name: string, inputs: number, outputs: number): void;
}

/** The filter of a convolution of images with `channels` channels; layout [rows, columns, inputs, outputs]. */
export function filterShape(channels: number, options: Convolution): [number, number, number, number] {
  return options.depthwise ? [...options.size, channels, 1] : [...options.size, channels, options.channels];
}

/** Padding on each side along one axis. */
export function padding({ pad = 'same', dilation = 1, size }: Convolution, axis: 0 | 1): number {
  return pad === 'same' ? (dilation * (size[axis] - 1)) / 2 : pad;
}

/** Calls the visitor for each layer with weights or statistics, in the order of computation. */
export function sizeMachine(visitor: LayerVisitor): LayerMachine<Size> {
  const equal = (what: string, values: Size[], keys: (keyof Size)[]) => {
    const described = values.map((v) => keys.map((key) => v[key]).join(' x '));
    if (described.some((text) => text !== described[0]))
      throw new Error(`cannot ${what} images of ${described.join(' and ')} ${keys.join(' x ')}`);
  };
  return {
    relu: (x) => x,
    convolution(x, name, options) {
      const { stride = [1, 1], dilation = 1, size, channels } = options;
      const along = (length: number, axis: 0 | 1) =>
        outputSize(length, size[axis], stride[axis], padding(options, axis), dilation);
      const output = { rows: along(x.rows, 0), columns: along(x.columns, 1), channels };
      visitor.convolution(name, filterShape(x.channels, options), output);
      return output;
    },
    batchNorm(x, name, affine) {
      visitor.batchNorm(name, x.channels, affine);
      return x;
    },
    pool: (x, _type, { size, stride, pad }) => ({
      rows: outputSize(x.rows, size, stride, pad),
      columns: outputSize(x.columns, size, stride, pad),
      channels: x.channels,
    }),
    shifted: (x) => ({ ...x, rows: x.rows - 1, columns: x.columns - 1 }),
    concat(values) {
      equal('concatenate', values, ['rows', 'columns']);
      return { ...values[0], channels: values.reduce((sum, v) => sum + v.channels, 0) };
    },
    add(values) {
      equal('add', values, ['rows', 'columns', 'channels']);
      return values[0];
    },
    zero: (x, stride) => ({
      rows: Math.ceil(x.rows / stride),
      columns: Math.ceil(x.columns / stride),
      channels: x.channels,
    }),
    dropPath: (x) => x,
    classify(x, name, classes) {
      visitor.linear(name, x.channels, classes);
      return { rows: 1, columns: 1, channels: classes };
    },
    side: (x) => x.rows,
    scope: (inputs, part) => part(inputs),
  };
}
