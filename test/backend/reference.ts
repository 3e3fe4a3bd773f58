// Float64 references of the kernels: the definition written as loops, nothing clever.

export interface ConvCase {
  x: [number, number, number, number];
  w: [number, number, number, number];
  stride: number;
  dilation: number;
  pad: number;
}

export function convOutShape({ x, w, stride, dilation, pad }: ConvCase): [number, number, number, number] {
  const size = (length: number, filter: number) =>
    Math.floor((length + 2 * pad - dilation * (filter - 1) - 1) / stride) + 1;
  return [x[0], size(x[1], w[0]), size(x[2], w[1]), w[3]];
}

/** Calls visit(x index, w index, y index) for each product of a convolution. */
function products(c: ConvCase, visit: (x: number, w: number, y: number) => void): void {
  const [batch, height, width, inputs] = c.x;
  const [kh, kw, , outputs] = c.w;
  const [, outHeight, outWidth] = convOutShape(c);
  for (let b = 0; b < batch; b++)
    for (let r = 0; r < outHeight; r++)
      for (let q = 0; q < outWidth; q++)
        for (let i = 0; i < kh; i++)
          for (let j = 0; j < kw; j++) {
            const row = r * c.stride + i * c.dilation - c.pad;
            const column = q * c.stride + j * c.dilation - c.pad;
            if (row < 0 || column < 0 || row >= height || column >= width) continue;
            for (let ci = 0; ci < inputs; ci++)
              for (let co = 0; co < outputs; co++)
                visit(
                  ((b * height + row) * width + column) * inputs + ci,
                  ((i * kw + j) * inputs + ci) * outputs + co,
                  ((b * outHeight + r) * outWidth + q) * outputs + co,
                );
          }
}

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

export function conv(c: ConvCase, x: ArrayLike<number>, w: ArrayLike<number>): Float64Array {
  const y = new Float64Array(size(convOutShape(c)));
  products(c, (i, j, k) => {
    y[k] += x[i] * w[j];
  });
  return y;
}

export function convGradInput(c: ConvCase, dy: ArrayLike<number>, w: ArrayLike<number>): Float64Array {
  const dx = new Float64Array(size(c.x));
  products(c, (i, j, k) => {
    dx[i] += dy[k] * w[j];
  });
  return dx;
}

export function convGradFilter(c: ConvCase, x: ArrayLike<number>, dy: ArrayLike<number>): Float64Array {
  const dw = new Float64Array(size(c.w));
  products(c, (i, j, k) => {
    dw[j] += x[i] * dy[k];
  });
  return dw;
}

/** Batch normalisation of rows of channels, and its gradient by the textbook formula. */
export function batchNorm(
  x: ArrayLike<number>,
  channels: number,
  { scale, offset, epsilon }: { scale?: ArrayLike<number>; offset?: ArrayLike<number>; epsilon: number },
  dy: ArrayLike<number>,
) {
  const rows = x.length / channels;
  const y = new Float64Array(x.length);
  const dx = new Float64Array(x.length);
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  const dscale = new Float64Array(channels);
  const doffset = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    for (let r = 0; r < rows; r++) mean[c] += x[r * channels + c] / rows;
    for (let r = 0; r < rows; r++) variance[c] += (x[r * channels + c] - mean[c]) ** 2 / rows;
    const deviation = Math.sqrt(variance[c] + epsilon);
    const z = (r: number) => (x[r * channels + c] - mean[c]) / deviation;
    for (let r = 0; r < rows; r++) {
      y[r * channels + c] = z(r) * (scale ? scale[c] : 1) + (offset ? offset[c] : 0);
      dscale[c] += dy[r * channels + c] * z(r);
      doffset[c] += dy[r * channels + c];
    }
    for (let r = 0; r < rows; r++) {
      const inner = dy[r * channels + c] - doffset[c] / rows - (z(r) * dscale[c]) / rows;
      dx[r * channels + c] = ((scale ? scale[c] : 1) / deviation) * inner;
    }
  }
  return { y, mean, variance, dx, dscale, doffset };
}

export interface PoolCase {
  x: [number, number, number, number];
  size: number;
  stride: number;
  pad: number;
}

/** The windows of a pool: for each output element, the indices of the inputs inside the image. */
export function windows({ x, size: window, stride, pad }: PoolCase): number[][] {
  const [batch, height, width, channels] = x;
  const out = (length: number) => Math.floor((length + 2 * pad - window) / stride) + 1;
  const result: number[][] = [];
  for (let b = 0; b < batch; b++)
    for (let r = 0; r < out(height); r++)
      for (let q = 0; q < out(width); q++)
        for (let c = 0; c < channels; c++) {
          const cells: number[] = [];
          for (let i = 0; i < window; i++)
            for (let j = 0; j < window; j++) {
              const row = r * stride + i - pad;
              const column = q * stride + j - pad;
              if (row < 0 || column < 0 || row >= height || column >= width) continue;
              cells.push(((b * height + row) * width + column) * channels + c);
            }
          result.push(cells);
        }
  return result;
}
