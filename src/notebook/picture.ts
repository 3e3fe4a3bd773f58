// Shows a PNG picture in a notebook at half its pixels, as the figures are shown.
import { show } from './display.js';

/** Outside a notebook the text is printed. */
export function showPicture(png: Buffer, text: string): void {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)].map((pixels) =>
    Math.round(pixels / 2),
  );
  show({ 'image/png': png.toString('base64'), 'text/plain': text }, { 'image/png': { width, height } });
}
