// The little of an HTML canvas that Plotly's heatmaps use (filled rectangles, pixels, PNG), for a page without a browser.
import { crc32, deflateSync } from 'node:zlib';

/** A PNG file (8 bits a channel, red-green-blue-alpha) of `width` x `height` pixels, row by row from the top. */
export function encodePng(pixels: Uint8ClampedArray, width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8); // bit depth, RGBA, and the only compression, filter and no interlace
  const stride = width * 4;
  const rows = Buffer.alloc(height * (stride + 1)); // each row starts with its filter: 0, none
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  }
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    body.copy(framed, 4);
    framed.writeUInt32BE(crc32(body), body.length + 4);
    return framed;
  };
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Red, green, blue (0-255) and alpha (0-1) of `rgb(…)` or `rgba(…)`, which is all that Plotly writes here. */
function parseColour(css: string): [number, number, number, number] {
  const parts = css.match(/[\d.]+/g)?.map(Number) ?? [];
  if (!css.startsWith('rgb') || parts.length < 3) {
    throw new Error(`the canvas understands rgb(…) and rgba(…), got ${JSON.stringify(css)}`);
  }
  return [parts[0], parts[1], parts[2], parts[3] ?? 1];
}

interface CanvasElement {
  width: number;
  height: number;
}

/** A 2D context over its own pixels, for a canvas element whose size is set before the first drawing. */
export function createContext(element: CanvasElement) {
  const { width, height } = element;
  const pixels = new Uint8ClampedArray(width * height * 4);
  return {
    fillStyle: 'rgba(0, 0, 0, 1)',
    pixels,
    width,
    height,
    fillRect(x: number, y: number, w: number, h: number) {
      const [red, green, blue, alpha] = parseColour(this.fillStyle);
      const right = Math.min(width, Math.round(x + w));
      const bottom = Math.min(height, Math.round(y + h));
      for (let row = Math.max(0, Math.round(y)); row < bottom; row++) {
        for (let column = Math.max(0, Math.round(x)); column < right; column++) {
          pixels.set([red, green, blue, alpha * 255], (row * width + column) * 4);
        }
      }
    },
    createImageData: (w: number, h: number) => ({
      width: w,
      height: h,
      data: new Uint8ClampedArray(w * h * 4),
    }),
    putImageData(image: { width: number; height: number; data: Uint8ClampedArray }, x: number, y: number) {
      for (let row = 0; row < image.height; row++) {
        const line = image.data.subarray(row * image.width * 4, (row + 1) * image.width * 4);
        pixels.set(line, ((y + row) * width + x) * 4);
      }
    },
    toDataURL: () => `data:image/png;base64,${encodePng(pixels, width, height).toString('base64')}`,
  };
}

export type CanvasContext = ReturnType<typeof createContext>;
