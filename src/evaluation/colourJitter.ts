// Random brightness, contrast, saturation and hue, as torchvision's ColorJitter draws them; jitterPixels applies them.
import { shuffle } from '../random/integer.js';
import type { Stream } from '../random/stream.js';
import type { ColourJitter } from './config.js';

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
