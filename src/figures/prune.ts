// Takes out of an SVG what lies outside its picture: resvg 2.6 aborts the whole process on it (thx/resvg-js issue 415).
import type { DOMWindow } from 'jsdom';
import { pageBox, type SvgNode } from './measure.js';

const SHAPES = 'path, rect, circle, line, text, image';

/** The same picture as `svg` without the shapes that a range of an axis has left outside the canvas. */
export function dropUnseen(svg: string, window: DOMWindow): string {
  const page = new window.DOMParser().parseFromString(svg, 'image/svg+xml');
  const root = page.documentElement;
  const [width, height] = ['width', 'height'].map((name) =>
    Number.parseFloat(root.getAttribute(name) ?? '0'),
  );
  let dropped = 0;
  for (const shape of Array.from(root.querySelectorAll(SHAPES))) {
    if (shape.closest('defs, clipPath')) continue;
    const { left, top, right, bottom } = pageBox(shape as unknown as SvgNode);
    const empty = left === right && top === bottom;
    if (empty || (right > 0 && bottom > 0 && left < width && top < height)) continue;
    shape.remove();
    dropped++;
  }
  return dropped === 0 ? svg : new window.XMLSerializer().serializeToString(page);
}
