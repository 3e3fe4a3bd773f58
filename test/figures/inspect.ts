// Reads an SVG back: its texts and where they stand, for tests of legibility.
import { readFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';
import { parse } from 'opentype.js';
import type { Box } from '../../src/figures/geometry.js';
import { pageBox, type SvgNode } from '../../src/figures/measure.js';
import { fontFiles } from '../../src/figures/text.js';

export interface PlacedText {
  text: string;
  /** The line box of the text, in the pixels of the picture. */
  box: Box;
}

export interface Picture {
  width: number;
  height: number;
  texts: PlacedText[];
  /** The parsed document, for other questions. */
  document: Document;
}

export function readSvg(svg: string): Picture {
  const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window;
  const root = document.documentElement;
  const size = (name: string) => Number.parseFloat(root.getAttribute(name) ?? 'NaN');
  const texts = [...document.querySelectorAll('text')]
    .map((node) => ({ text: node.textContent ?? '', box: pageBox(node as unknown as SvgNode) }))
    .filter(({ text }) => text.trim() !== '');
  return { width: size('width'), height: size('height'), texts, document };
}

/** True if the boxes share more than `slack` pixels in both directions. */
export function overlap(a: Box, b: Box, slack = 0): boolean {
  const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return wide > slack && high > slack;
}

/** Characters that Open Sans has no glyph for, and which would come out as blanks. */
export function missingGlyphs(text: string): string[] {
  const bytes = readFileSync(fontFiles()[0]);
  const font = parse(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
  );
  return [...new Set(text)].filter((c) => c !== '\u200b' && !/\s/.test(c) && font.charToGlyphIndex(c) === 0);
}
