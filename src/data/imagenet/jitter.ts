// Brightness, contrast, saturation and hue of one image; what is random is drawn elsewhere.

/**
 * Changes the colours of a normalised image [height, width, 3] in place, step by step, between 0 and 1 as torchvision's
 * ColorJitter does. A step is two numbers: 0, factor * image (brightness); 1, factor * image + (1 - factor) * the image's mean
 * grey (contrast); 2, the same with each pixel's own grey (saturation); 3, the hue turned by a part of a circle, -0.5 to 0.5, at
 * equal lightness and saturation (HSV). Grey is the luma of ITU-R 601-2. Uses nothing but its arguments: its source text also runs
 * in threads.
 */
export function jitterPixels(
  x: Float32Array,
  steps: ArrayLike<number>,
  mean: readonly number[],
  std: readonly number[],
): void {
  for (let i = 0; i < x.length; i++) x[i] = x[i] * std[i % 3] + mean[i % 3];
  for (let n = 0; n < steps.length; n += 2) {
    const kind = steps[n];
    const amount = steps[n + 1];
    if (kind === 0) {
      for (let i = 0; i < x.length; i++) x[i] = Math.min(1, Math.max(0, amount * x[i]));
    } else if (kind === 1) {
      let total = 0;
      for (let i = 0; i < x.length; i += 3) total += 0.2989 * x[i] + 0.587 * x[i + 1] + 0.114 * x[i + 2];
      const grey = total / (x.length / 3);
      for (let i = 0; i < x.length; i++) x[i] = Math.min(1, Math.max(0, amount * x[i] + (1 - amount) * grey));
    } else if (kind === 2) {
      for (let i = 0; i < x.length; i += 3) {
        const grey = (1 - amount) * (0.2989 * x[i] + 0.587 * x[i + 1] + 0.114 * x[i + 2]);
        for (let c = 0; c < 3; c++) x[i + c] = Math.min(1, Math.max(0, amount * x[i + c] + grey));
      }
    } else {
      for (let i = 0; i < x.length; i += 3) {
        const r = x[i];
        const g = x[i + 1];
        const b = x[i + 2];
        const value = Math.max(r, g, b);
        const chroma = value - Math.min(r, g, b);
        if (chroma === 0) {
          for (let c = 0; c < 3; c++) x[i + c] = Math.min(1, Math.max(0, x[i + c]));
          continue;
        }
        const sixth =
          value === r ? (g - b) / chroma : value === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
        const hue = sixth + 6 * amount + 12;
        for (let c = 0; c < 3; c++) {
          // Each channel is the value less the chroma times a trapezoid of the hue's distance from that channel.
          const k = (5 - 2 * c + hue) % 6;
          const part = Math.min(1, Math.max(0, Math.min(k, 4 - k)));
          x[i + c] = Math.min(1, Math.max(0, value - chroma * part));
        }
      }
    }
  }
  for (let i = 0; i < x.length; i++) x[i] = (x[i] - mean[i % 3]) / std[i % 3];
}
