// Makes images smaller by an integer factor: every pixel is the rounded mean of a square box.

/** The sides that images of `side` pixels can be had in: `side` over 1, 2 and 4. */
export function allowedSizes(side: number): number[] {
  return [1, 2, 4].filter((factor) => side % factor === 0).map((factor) => side / factor);
}

/** The factor from `side` down to `size`; throws where there is none. */
export function sizeFactor(side: number, size: number = side): number {
  if (!allowedSizes(side).includes(size)) {
    throw new Error(
      `image size ${size}: the images are ${side}x${side} and can be averaged down to ` +
        `${allowedSizes(side).join(', ')} only; choose one of these`,
    );
  }
  return side / size;
}

export interface ImageShape {
  count: number;
  height: number;
  width: number;
  channels: number;
}

/**
 * Box average of [count, height, width, channels] bytes; halves round up.
 * `factor` must divide height and width. Channel-major images pass as count * channels grey ones.
 */
export function boxAverage(images: Uint8Array, shape: ImageShape, factor: number): Uint8Array {
  if (factor === 1) return images;
  const { count, height, width, channels } = shape;
  const row = width * channels;
  const outRow = row / factor;
  const shift = 2 * Math.log2(factor); // a box has factor * factor pixels, a power of two
  const half = (factor * factor) >> 1;
  const out = new Uint8Array((count * height * row) / (factor * factor));
  const sums = new Uint16Array(outRow); // 4x4 boxes of 255 stay far below 65,536
  const box = Int32Array.from({ length: row }, (_, at) => {
    const x = Math.floor(at / channels / factor);
    return x * channels + (at % channels);
  });
  const rows = (count * height) / factor; // boxes never straddle two images: factor divides height
  for (let y = 0; y < rows; y++) {
    sums.fill(0);
    for (let dy = 0; dy < factor; dy++) {
      const from = (y * factor + dy) * row;
      for (let at = 0; at < row; at++) sums[box[at]] += images[from + at];
    }
    const to = y * outRow;
    for (let x = 0; x < outRow; x++) out[to + x] = (sums[x] + half) >> shift;
  }
  return out;
}
