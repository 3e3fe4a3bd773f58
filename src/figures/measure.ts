// Boxes of SVG elements, as a browser's layout would give them: text from its font, shapes from their geometry.
import { type Box, EMPTY, type Matrix, parseTransform, transformBox, union } from './geometry.js';
import { loadPackage } from './packages.js';
import { ASCENT, DESCENT, fontWeight, textWidth } from './text.js';

/** The element interface that is needed; jsdom's and a browser's both have it. */
export interface SvgNode {
  nodeType: number;
  nodeName: string;
  textContent: string | null;
  childNodes: Iterable<SvgNode>;
  parentNode: SvgNode | null;
  getAttribute?(name: string): string | null;
  style?: { getPropertyValue(name: string): string };
}

const TEXT_NODE = 3;
const number = (text: string | null | undefined) => Number.parseFloat(text ?? '') || 0;
const attribute = (node: SvgNode, name: string) => node.getAttribute?.(name) ?? null;

/** A style property or presentation attribute, inherited from the nearest ancestor that sets it. */
function inherited(node: SvgNode | null, name: string): string | undefined {
  if (!node) return undefined;
  return node.style?.getPropertyValue(name) || attribute(node, name) || inherited(node.parentNode, name);
}

/** Font size in pixels; percentages and em refer to the parent's. */
function fontSize(node: SvgNode | null): number {
  if (!node) return 16;
  const value = node.style?.getPropertyValue('font-size') || attribute(node, 'font-size');
  if (!value) return fontSize(node.parentNode);
  if (value.endsWith('%')) return (number(value) / 100) * fontSize(node.parentNode);
  if (value.endsWith('em')) return number(value) * fontSize(node.parentNode);
  return number(value);
}

/** A length in pixels or em. */
const length = (text: string | null, em: number) => (text?.endsWith('em') ? number(text) * em : number(text));

/** The box of a `text` element with its `tspan`s, in its own coordinates. */
function textBox(text: SvgNode): Box {
  let box = EMPTY;
  let chunk: Box = EMPTY;
  let x = 0;
  let y = 0;
  let start = 0;
  let anchor = 'start';
  const closeChunk = () => {
    if (chunk !== EMPTY) {
      const shift = (x - start) * (anchor === 'middle' ? 0.5 : anchor === 'end' ? 1 : 0);
      box = union(box, { ...chunk, left: chunk.left - shift, right: chunk.right - shift });
    }
    chunk = EMPTY;
  };
  const walk = (node: SvgNode) => {
    if (node.nodeType === TEXT_NODE) {
      const parent = node.parentNode;
      const size = fontSize(parent);
      const italic = inherited(parent, 'font-style') === 'italic';
      const weight = fontWeight(inherited(parent, 'font-weight'));
      const advance = textWidth(node.textContent ?? '', size, { weight, italic });
      if (advance > 0) {
        chunk = union(chunk, {
          left: x,
          right: x + advance,
          top: y - ASCENT * size,
          bottom: y + DESCENT * size,
        });
      }
      x += advance;
      return;
    }
    const size = fontSize(node);
    const absolute = attribute(node, 'x');
    if (absolute !== null || node === text) {
      closeChunk();
      x = length(absolute, size);
      start = x;
      anchor = inherited(node, 'text-anchor') ?? 'start';
    }
    const top = attribute(node, 'y');
    if (top !== null) y = length(top, size);
    x += length(attribute(node, 'dx'), size);
    y += length(attribute(node, 'dy'), size);
    for (const child of node.childNodes) walk(child);
  };
  walk(text);
  closeChunk();
  return box;
}

interface PathProperties {
  getTotalLength(): number;
  getPointAtLength(at: number): { x: number; y: number };
}

/** Length of a path and the points along it. */
export function pathProperties(d: string): PathProperties {
  const { svgPathProperties } = loadPackage<{
    svgPathProperties: new (path: string) => PathProperties;
  }>('svg-path-properties');
  return new svgPathProperties(d || 'M0,0');
}

/** Box of a path by points along it: as exact as a layout needs. */
function pathBox(d: string): Box {
  const path = pathProperties(d);
  const total = path.getTotalLength();
  let box = EMPTY;
  for (let i = 0; i <= 64; i++) {
    const { x, y } = path.getPointAtLength((total * i) / 64);
    box = union(box, { left: x, right: x, top: y, bottom: y });
  }
  return box;
}

/** The box of an element in its own coordinate system (what `getBBox` gives). */
export function localBox(node: SvgNode): Box {
  const get = (name: string) => number(attribute(node, name));
  const around = (x: number, y: number, rx: number, ry: number): Box => ({
    left: x - rx,
    right: x + rx,
    top: y - ry,
    bottom: y + ry,
  });
  switch (node.nodeName) {
    case 'text':
    case 'tspan':
      return textBox(node);
    case 'rect':
    case 'image':
    case 'svg': {
      const [x, y] = [get('x'), get('y')];
      return { left: x, top: y, right: x + get('width'), bottom: y + get('height') };
    }
    case 'circle':
      return around(get('cx'), get('cy'), get('r'), get('r'));
    case 'line':
      return union(around(get('x1'), get('y1'), 0, 0), around(get('x2'), get('y2'), 0, 0));
    case 'path':
      return attribute(node, 'd') ? pathBox(attribute(node, 'd') as string) : EMPTY;
    case 'defs':
    case 'clipPath':
      return EMPTY;
    default: {
      let box = EMPTY;
      for (const child of node.childNodes) {
        if (child.getAttribute) box = union(box, transformBox(localBox(child), transformOf(child)));
      }
      return box;
    }
  }
}

const transformOf = (node: SvgNode): Matrix => parseTransform(attribute(node, 'transform') ?? '');

/** The box of an element on the page, its ancestors' transforms applied; zero for what draws nothing. */
export function pageBox(node: SvgNode): Box {
  let box = localBox(node);
  for (let at: SvgNode | null = node; at && at.nodeName !== 'svg'; at = at.parentNode) {
    box = transformBox(box, transformOf(at));
  }
  return box.left > box.right ? { left: 0, top: 0, right: 0, bottom: 0 } : box;
}
