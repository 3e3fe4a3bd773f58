// Geometry shared by convolutions and pools: PyTorch's output size, borders, and the zeros of a strided gradient.
import * as tf from '@tensorflow/tfjs';

/** Padding of a convolution: 'same' is dilation*(k-1)/2 on each side, a number is that many pixels on each side. */
export type Padding = 'same' | number;

export interface ConvolutionOptions {
  /** Step between output pixels, both axes. Default 1. */
  stride?: number;
  /** Step between the pixels under the filter, both axes. Default 1. */
  dilation?: number;
  /** Symmetric zero padding. Default 'same', which needs dilation*(k-1) to be even. */
  pad?: Padding;
}

/** A convolution's numbers along both axes; `pad` is [rows, columns]. */
export interface Geometry {
  stride: number;
  dilation: number;
  pad: [number, number];
  output: [number, number];
}

/** The size PyTorch gives: floor((size + 2*pad - dilation*(kernel-1) - 1) / stride) + 1. */
export function outputSize(size: number, kernel: number, stride = 1, pad = 0, dilation = 1): number {
  const output = Math.floor((size + 2 * pad - dilation * (kernel - 1) - 1) / stride) + 1;
  if (output < 1) {
    throw new Error(
      `a window of ${kernel} with dilation ${dilation} does not fit into ${size} pixels with padding ${pad}: ` +
        'use a larger image, a smaller window or more padding',
    );
  }
  return output;
}

function whole(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`${name} is ${value}, expected a whole number of at least ${least}`);
}

function padOf(kernel: number, dilation: number, pad: Padding): number {
  if (pad !== 'same') return whole('pad', pad, 0);
  const total = dilation * (kernel - 1);
  if (total % 2 === 0) return total / 2;
  throw new Error(
    `a filter of width ${kernel} with dilation ${dilation} has no symmetric 'same' padding: give pad a number`,
  );
}

/** Checks options and shapes of a convolution of x [B,H,W,C] with a filter [kh,kw,C,...] and computes its geometry. */
export function convolutionGeometry(x: number[], filter: number[], options: ConvolutionOptions): Geometry {
  if (x.length !== 4 || filter.length !== 4 || x[3] !== filter[2]) {
    throw new Error(
      `cannot convolve x of shape [${x}] with a filter of shape [${filter}]: ` +
        'expected [batch, height, width, channels] and [rows, columns, channels, outputs] with equal channels',
    );
  }
  const stride = whole('stride', options.stride ?? 1, 1);
  const dilation = whole('dilation', options.dilation ?? 1, 1);
  const along = (axis: 0 | 1): [number, number] => {
    const pad = padOf(filter[axis], dilation, options.pad ?? 'same');
    return [pad, outputSize(x[axis + 1], filter[axis], stride, pad, dilation)];
  };
  const [rows, columns] = [along(0), along(1)];
  return { stride, dilation, pad: [rows[0], columns[0]], output: [rows[1], columns[1]] };
}

/** Adds (positive) or removes (negative) rows and columns: borders are [before, after] per axis. */
export function changeBorders(
  x: tf.Tensor4D,
  rows: [number, number],
  columns: [number, number],
  fill = 0,
): tf.Tensor4D {
  const more = (n: number) => Math.max(n, 0);
  const [batch, height, width, channels] = x.shape;
  let result = x;
  if ([...rows, ...columns].some((n) => n < 0)) {
    const start: [number, number] = [more(-rows[0]), more(-columns[0])];
    const size = [height - start[0] - more(-rows[1]), width - start[1] - more(-columns[1])];
    result = tf.slice(result, [0, ...start, 0], [batch, size[0], size[1], channels]);
  }
  if ([...rows, ...columns].some((n) => n > 0)) {
    const pads: [number, number][] = [[0, 0], rows.map(more), columns.map(more), [0, 0]] as [
      number,
      number,
    ][];
    result = tf.pad(result, pads, fill);
  }
  return result;
}

/** Zero padding (or another fill) of the same width on both sides of each axis. */
export function padImage(x: tf.Tensor4D, pad: [number, number], fill = 0): tf.Tensor4D {
  return changeBorders(x, [pad[0], pad[0]], [pad[1], pad[1]], fill);
}

/** Every step-th row and column, starting with the first, at most `size` of each where given. */
export function everyPixel(x: tf.Tensor4D, step: number, size?: [number, number]): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const [rows, columns] = size ?? [Math.ceil(height / step), Math.ceil(width / step)];
  const end = [batch, (rows - 1) * step + 1, (columns - 1) * step + 1, channels];
  if (step === 1) return tf.slice(x, [0, 0, 0, 0], end as [number, number, number, number]);
  return tf.stridedSlice(x, [0, 0, 0, 0], end, [1, step, step, 1]) as tf.Tensor4D;
}

/** A padded image without the last rows and columns that no filter tap ever reaches. */
export function reachedBy(filter: number[], padded: tf.Tensor4D, geometry: Geometry): tf.Tensor4D {
  const { stride, dilation, output } = geometry;
  const unused = (axis: 0 | 1) =>
    padded.shape[axis + 1] - (stride * (output[axis] - 1) + dilation * (filter[axis] - 1) + 1);
  return changeBorders(padded, [0, -unused(0)], [0, -unused(1)]);
}

/**
 * An unpadded convolution with stride and dilation both above 1, which tfjs refuses, out of `convolve(x, stride,
 * dilation)` calls that have one of them at most. All pixels used lie on the grid of the common divisor of both.
 */
export function withoutBoth(
  x: tf.Tensor4D,
  stride: number,
  dilation: number,
  convolve: (x: tf.Tensor4D, stride: number, dilation: number) => tf.Tensor4D,
): tf.Tensor4D {
  if (stride === 1 || dilation === 1) return convolve(x, stride, dilation);
  const step = commonDivisor(stride, dilation);
  const [s, d] = [stride / step, dilation / step];
  const grid = everyPixel(x, step);
  return s === 1 || d === 1 ? convolve(grid, s, d) : everyPixel(convolve(grid, 1, d), s);
}

export const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/** The transpose of `everyPixel`: step-1 zero rows and columns after each pixel, so H x W becomes step*H x step*W. */
export function spreadPixels(x: tf.Tensor4D, step: number): tf.Tensor4D {
  if (step === 1) return x;
  const [batch, height, width, channels] = x.shape;
  // Zeros behind the channels are zero columns after a reshape, and zeros behind a row are zero rows.
  const columns = tf.pad(x, [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, (step - 1) * channels],
  ]);
  const row = width * step * channels;
  const rows = tf.pad(tf.reshape(columns, [batch * height, row]), [
    [0, 0],
    [0, (step - 1) * row],
  ]);
  return tf.reshape(rows, [batch, height * step, width * step, channels]);
}

/**
 * Prepares an output gradient for the input gradient: correlating the result with the flipped filter at
 * stride 1 and the same dilation gives dx of exactly `input` rows and columns.
 *
 * From y[o] = sum_t x[o*s + t*d - p] w[t]:  dx[i] = sum_t z[i + p - t*d] w[t], with z = dy spread by s.
 */
export function spreadForInputGradient(
  dy: tf.Tensor4D,
  input: [number, number],
  kernel: [number, number],
  { stride, dilation, pad }: { stride: number; dilation: number; pad: [number, number] },
): tf.Tensor4D {
  const z = spreadPixels(dy, stride);
  const border = (axis: 0 | 1): [number, number] => [
    dilation * (kernel[axis] - 1) - pad[axis],
    input[axis] + pad[axis] - z.shape[axis + 1],
  ];
  return changeBorders(z, border(0), border(1));
}
