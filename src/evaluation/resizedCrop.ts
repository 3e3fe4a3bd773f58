// A random part of an image at a random size and aspect ratio, scaled to a fixed side: torchvision's RandomResizedCrop.
import { integer } from '../random/integer.js';
import type { Stream } from '../random/stream.js';
import type { ImageShape } from './cutout.js';

export interface Rectangle {
  top: number;
  left: number;
  height: number;
  width: number;
}

export interface CropRange {
  /** Part of the image's area, smallest and largest. Default [0.08, 1]. */
  area?: [number, number];
  /** Width over height, smallest and largest, drawn on a logarithmic scale. Default [3/4, 4/3]. */
  ratio?: [number, number];
}

/**
 * A rectangle within an image: an area and a ratio are drawn until one fits (ten times at most); failing that, the
 * largest centred one whose ratio is allowed.
 */
export function randomRectangle(
  { height, width }: Pick<ImageShape, 'height' | 'width'>,
  stream: Stream,
  { area = [0.08, 1], ratio = [3 / 4, 4 / 3] }: CropRange = {},
): Rectangle {
  const [low, high] = ratio.map(Math.log);
  for (let attempt = 0; attempt < 10; attempt++) {
    const target = height * width * (area[0] + (area[1] - area[0]) * stream.uniform());
    const aspect = Math.exp(low + (high - low) * stream.uniform());
    const w = Math.round(Math.sqrt(target * aspect));
    const h = Math.round(Math.sqrt(target / aspect));
    if (w > 0 && w <= width && h > 0 && h <= height)
      return {
        top: integer(stream, height - h + 1),
        left: integer(stream, width - w + 1),
        height: h,
        width: w,
      };
  }
  const aspect = Math.min(Math.max(width / height, ratio[0]), ratio[1]);
  const w = Math.min(width, Math.round(height * aspect));
  const h = Math.min(height, Math.round(width / aspect));
  return { top: (height - h) >> 1, left: (width - w) >> 1, height: h, width: w };
}

/** The largest centred square of an image. */
export function centreSquare({ height, width }: Pick<ImageShape, 'height' | 'width'>): Rectangle {
  const side = Math.min(height, width);
  return { top: (height - side) >> 1, left: (width - side) >> 1, height: side, width: side };
}

/** Weights with which each of `size` outputs sums inputs from `from` on: a triangle as wide as an output pixel, at least an input pixel. */
function triangle(size: number, from: number, length: number): { first: number; weights: number[] }[] {
  const scale = length / size;
  const reach = Math.max(scale, 1);
  return Array.from({ length: size }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.ceil(centre - reach - 0.5));
    const last = Math.min(length - 1, Math.floor(centre + reach - 0.5));
    const weights = Array.from({ length: last - first + 1 }, (_, j) =>
      Math.max(0, 1 - Math.abs(first + j + 0.5 - centre) / reach),
    );
    const total = weights.reduce((a, b) => a + b, 0);
    return { first: from + first, weights: weights.map((w) => w / total) };
  });
}

/**
 * The rectangle of an image as floats in 0..1, [size, size, channels], by bilinear interpolation, antialiased when it
 * shrinks (as Pillow, on which the reference's images are PIL images).
 * @param bytes the image [height, width, channels]
 */
export function resizeRectangle(
  bytes: Uint8Array,
  shape: ImageShape,
  rectangle: Rectangle,
  size: number,
): Float32Array {
  const { width, channels } = shape;
  const rows = triangle(size, rectangle.top, rectangle.height);
  const columns = triangle(size, rectangle.left, rectangle.width);
  const narrow = new Float64Array(rectangle.height * size * channels);
  for (let v = 0; v < rectangle.height; v++) {
    columns.forEach(({ first, weights }, u) => {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let j = 0; j < weights.length; j++)
          sum += weights[j] * bytes[((rectangle.top + v) * width + first + j) * channels + c];
        narrow[(v * size + u) * channels + c] = sum / 255;
      }
    });
  }
  const out = new Float32Array(size * size * channels);
  rows.forEach(({ first, weights }, v) => {
    for (let i = 0; i < size * channels; i++) {
      let sum = 0;
      for (let j = 0; j < weights.length; j++)
        sum += weights[j] * narrow[(first - rectangle.top + j) * size * channels + i];
      out[v * size * channels + i] = sum;
    }
  });
  return out;
}

/** Mirrors an image [height, width, channels] left to right, in place. */
export function mirror(image: Float32Array, { height, width, channels }: ImageShape): void {
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width >> 1; u++) {
      for (let c = 0; c < channels; c++) {
        const a = (v * width + u) * channels + c;
        const b = (v * width + width - 1 - u) * channels + c;
        [image[a], image[b]] = [image[b], image[a]];
      }
    }
  }
}
