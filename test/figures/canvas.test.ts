// The stand-in canvas: its pixels, and the PNG file that it becomes.
import { inflateSync } from 'node:zlib';
import { Resvg } from '@resvg/resvg-js';
import { expect } from 'chai';
import { createContext, encodePng } from '../../src/figures/canvas.js';

describe('the canvas', () => {
  it('fills rectangles and cuts them at its edges', () => {
    const context = createContext({ width: 3, height: 2 });
    context.fillStyle = 'rgb(10, 20, 30)';
    context.fillRect(1, 1, 9, 9);
    const at = (x: number, y: number) =>
      Array.from(context.pixels.slice((y * 3 + x) * 4, (y * 3 + x) * 4 + 4));
    expect([at(0, 0), at(0, 1), at(1, 0)]).to.deep.equal([0, 1, 2].map(() => [0, 0, 0, 0]));
    expect([at(1, 1), at(2, 1)]).to.deep.equal([0, 1].map(() => [10, 20, 30, 255]));
  });

  it('takes pixels as they are and keeps transparency', () => {
    const context = createContext({ width: 2, height: 1 });
    const image = context.createImageData(1, 1);
    image.data.set([1, 2, 3, 4]);
    context.putImageData(image, 1, 0);
    context.fillStyle = 'rgba(9, 9, 9, 0.5)';
    context.fillRect(0, 0, 1, 1);
    expect(Array.from(context.pixels)).to.deep.equal([9, 9, 9, 128, 1, 2, 3, 4]);
  });

  it('says which colour it does not understand', () => {
    const context = createContext({ width: 1, height: 1 });
    context.fillStyle = 'hotpink';
    expect(() => context.fillRect(0, 0, 1, 1)).to.throw('"hotpink"');
  });

  it('writes a PNG whose pixels are those that were given', () => {
    const pixels = Uint8ClampedArray.from([255, 0, 0, 255, 0, 255, 0, 255]);
    const png = encodePng(pixels, 2, 1);
    // Signature 8, IHDR 25, then IDAT: length, type, data (PNG specification 5).
    const data = png.subarray(41, 41 + png.readUInt32BE(33));
    expect(Array.from(inflateSync(data))).to.deep.equal([0, ...pixels]);
  });

  it('writes a PNG that another program reads', () => {
    const url = `data:image/png;base64,${encodePng(Uint8ClampedArray.from([0, 0, 255, 255]), 1, 1).toString('base64')}`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><image href="${url}" width="1" height="1"/></svg>`;
    expect(Array.from(new Resvg(svg).render().pixels)).to.deep.equal([0, 0, 255, 255]);
  });
});
