// Shows a PNG picture in a notebook at half its pixels, as the figures are shown.
import { show } from './display.js';
import { pngSize } from './figure.js';

/** Outside a notebook the text is printed. */
export function showPicture(png: Buffer, text: string): void {
  const { width, height } = pngSize(png);
  show(
    { 'image/png': png.toString('base64'), 'text/plain': text },
    { 'image/png': { width: Math.round(width / 2), height: Math.round(height / 2) } },
  );
}
