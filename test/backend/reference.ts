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
