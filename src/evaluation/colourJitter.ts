// Random brightness, contrast, saturation and hue, as torchvision's ColorJitter does it on images in 0..1.
import { shuffle } from '../random/integer.js';
import type { Stream } from '../random/stream.js';
import type { ColourJitter } from './config.js';

type Colour = [number, number, number];

const clamp = (value: number) => Math.min(1, Math.max(0, value));
/** The luma of ITU-R 601-2, by which torchvision turns a colour grey. */
const grey = (r: number, g: number, b: number) => 0.2989 * r + 0.587 * g + 0.114 * b;

function mapPixels(image: Float32Array, change: (r: number, g: number, b: number) => Colour): void {
  for (let i = 0; i < image.length; i += 3) {
    const [r, g, b] = change(image[i], image[i + 1], image[i + 2]);
    image[i] = clamp(r);
    image[i + 1] = clamp(g);
    image[i + 2] = clamp(b);
  }
}

/** factor * image + (1 - factor) * black, cut to 0..1. */
export function adjustBrightness(image: Float32Array, factor: number): void {
  for (let i = 0; i < image.length; i++) image[i] = clamp(factor * image[i]);
}

/** factor * image + (1 - factor) * the image's mean grey. */
export function adjustContrast(image: Float32Array, factor: number): void {
  let total = 0;
  for (let i = 0; i < image.length; i += 3) total += grey(image[i], image[i + 1], image[i + 2]);
  const mean = total / (image.length / 3);
  for (let i = 0; i < image.length; i++) image[i] = clamp(factor * image[i] + (1 - factor) * mean);
}

/** factor * image + (1 - factor) * its own grey version. */
export function adjustSaturation(image: Float32Array, factor: number): void {
  mapPixels(image, (r, g, b) => {
    const other = (1 - factor) * grey(r, g, b);
    return [factor * r + other, factor * g + other, factor * b + other];
  });
}

/** Turns the hue by `shift` of a full circle, -0.5 to 0.5; lightness and saturation (HSV) stay. */
export function adjustHue(image: Float32Array, shift: number): void {
  mapPixels(image, (r, g, b) => {
    const value = Math.max(r, g, b);
    const chroma = value - Math.min(r, g, b);
    if (chroma === 0) return [r, g, b];
    const sixth = value === r ? (g - b) / chroma : value === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
    const hue = sixth + 6 * shift + 12;
    // Each channel is the value less the chroma times a trapezoid of the hue's distance from that channel.
    const channel = (offset: number) => {
      const k = (offset + hue) % 6;
      return value - chroma * clamp(Math.min(k, 4 - k));
    };
    return [channel(5), channel(3), channel(1)];
  });
}

const ADJUSTMENTS = [adjustBrightness, adjustContrast, adjustSaturation, adjustHue];

/**
 * What happens to one image: which adjustment (brightness 0, contrast 1, saturation 2, hue 3) and by how much, in random order.
 * Factors are uniform in [max(0, 1 - s), 1 + s], the hue's shift in [-hue, hue]; a strength of 0 draws nothing.
 */
export function drawJitter(strength: ColourJitter, stream: Stream): number[] {
  const { brightness, contrast, saturation, hue } = strength;
  const strengths = [brightness, contrast, saturation, hue];
  return shuffle(stream, [0, 1, 2, 3]).flatMap((kind) => {
    const s = strengths[kind];
    if (s <= 0) return [];
    if (kind === 3) return [kind, s * (2 * stream.uniform() - 1)];
    const low = Math.max(0, 1 - s);
    return [kind, low + (1 + s - low) * stream.uniform()];
  });
}

/** Applies the four adjustments in random order to an RGB image in 0..1, [height, width, 3], in place; see drawJitter. */
export function colourJitter(image: Float32Array, strength: ColourJitter, stream: Stream): void {
  if (image.length % 3 !== 0)
    throw new Error(`colour jitter takes images of three channels, got ${image.length} values`);
  const steps = drawJitter(strength, stream);
  for (let n = 0; n < steps.length; n += 2) ADJUSTMENTS[steps[n]](image, steps[n + 1]);
}
