// The ops as plain float64 loops, written from their formulas only.
import { type Nd, zeros } from './compare.js';

const out = (size: number, kernel: number, stride: number, pad: number, dilation = 1) =>
  Math.floor((size + 2 * pad - dilation * (kernel - 1) - 1) / stride) + 1;

/** PyTorch's conv2d with `groups` 1 (filter [kh,kw,C,N]) or C (filter [kh,kw,C,1], depthwise). */
export function naiveConv2d(
  x: Nd,
  w: Nd,
  stride: number,
  dilation: number,
  pad: number | [number, number],
  depthwise: boolean,
): Nd {
  const [padRows, padColumns] = typeof pad === 'number' ? [pad, pad] : pad;
  const [B, H, W, C] = x.shape;
  const [kh, kw, , N] = w.shape;
  const outputs = depthwise ? C : N;
  const [oh, ow] = [out(H, kh, stride, padRows, dilation), out(W, kw, stride, padColumns, dilation)];
  const y = zeros([B, oh, ow, outputs]);
  for (let b = 0; b < B; b++)
    for (let o = 0; o < oh; o++)
      for (let q = 0; q < ow; q++)
        for (let n = 0; n < outputs; n++) {
          let sum = 0;
          for (let i = 0; i < kh; i++)
            for (let j = 0; j < kw; j++) {
              const r = o * stride + i * dilation - padRows;
              const s = q * stride + j * dilation - padColumns;
              if (r < 0 || r >= H || s < 0 || s >= W) continue;
              const pixel = ((b * H + r) * W + s) * C;
              if (depthwise) sum += x.values[pixel + n] * w.values[(i * kw + j) * C + n];
              else
                for (let c = 0; c < C; c++)
                  sum += x.values[pixel + c] * w.values[((i * kw + j) * C + c) * N + n];
            }
          y.values[((b * oh + o) * ow + q) * outputs + n] = sum;
        }
  return y;
}

/** Pools each window's valid cells with `pool`. */
export function naivePool(
  x: Nd,
  size: number,
  stride: number,
  pad: number,
  pool: (cells: number[]) => number,
): Nd {
  const [B, H, W, C] = x.shape;
  const [oh, ow] = [out(H, size, stride, pad), out(W, size, stride, pad)];
  const y = zeros([B, oh, ow, C]);
  for (let b = 0; b < B; b++)
    for (let o = 0; o < oh; o++)
      for (let q = 0; q < ow; q++)
        for (let c = 0; c < C; c++) {
          const cells: number[] = [];
          for (let r = o * stride - pad; r < o * stride - pad + size; r++)
            for (let s = q * stride - pad; s < q * stride - pad + size; s++)
              if (r >= 0 && r < H && s >= 0 && s < W) cells.push(x.values[((b * H + r) * W + s) * C + c]);
          y.values[((b * oh + o) * ow + q) * C + c] = pool(cells);
        }
  return y;
}

export const mean = (cells: number[]) => cells.reduce((a, b) => a + b, 0) / cells.length;
export const largest = (cells: number[]) => Math.max(...cells);

/** Mean and biased variance of each channel. */
export function naiveMoments(x: Nd): { mean: number[]; variance: number[] } {
  const C = x.shape[x.shape.length - 1];
  const channels = Array.from({ length: C }, (_, c) => Array.from(x.values.filter((_, i) => i % C === c)));
  const means = channels.map(mean);
  return { mean: means, variance: channels.map((v, c) => mean(v.map((a) => (a - means[c]) ** 2))) };
}

export function naiveBatchNorm(
  x: Nd,
  {
    scale,
    offset,
    epsilon = 1e-5,
    moments = naiveMoments(x),
  }: {
    scale?: Nd;
    offset?: Nd;
    epsilon?: number;
    moments?: { mean: ArrayLike<number>; variance: ArrayLike<number> };
  },
): Nd {
  const C = x.shape[x.shape.length - 1];
  const values = x.values.map((value, i) => {
    const c = i % C;
    const xhat = (value - moments.mean[c]) / Math.sqrt(moments.variance[c] + epsilon);
    return xhat * (scale ? scale.values[c] : 1) + (offset ? offset.values[c] : 0);
  });
  return { shape: x.shape, values };
}
