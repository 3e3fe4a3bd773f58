// Text in figures: its width as it will be drawn, from the outlines of Open Sans without a browser, and as SVG.
import { readFileSync } from 'node:fs';
import type { Font } from 'opentype.js';
import { loadPackage, packageFile } from './packages.js';

/** The fonts of every figure. Arial is the nearest that a viewer without Open Sans is sure to have. */
export const FONT_FAMILY = '"Open Sans", Arial, Helvetica, sans-serif';

/** Height of Open Sans above and below the baseline, in units of the font size. */
export const ASCENT = 1.069;
export const DESCENT = 0.293;

export type FontWeight = 'regular' | 'semibold' | 'bold';

const FILES: Record<FontWeight, [upright: string, italic: string]> = {
  regular: ['400Regular/OpenSans_400Regular', '400Regular_Italic/OpenSans_400Regular_Italic'],
  semibold: ['600SemiBold/OpenSans_600SemiBold', '600SemiBold_Italic/OpenSans_600SemiBold_Italic'],
  bold: ['700Bold/OpenSans_700Bold', '700Bold_Italic/OpenSans_700Bold_Italic'],
};

/** The font files, of every weight upright and italic. */
export const fontFiles = (): string[] => Object.values(FILES).flat().map(fontFile);

const fontFile = (name: string) => packageFile(`@expo-google-fonts/open-sans/${name}.ttf`);

const fonts = new Map<string, Font>();

function font(weight: FontWeight, italic: boolean): Font {
  const name = FILES[weight][italic ? 1 : 0];
  let loaded = fonts.get(name);
  if (!loaded) {
    const { parse } = loadPackage<typeof import('opentype.js')>('opentype.js');
    const bytes = readFileSync(fontFile(name));
    loaded = parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
    fonts.set(name, loaded);
  }
  return loaded;
}

/** The weight that CSS's `font-weight` asks for. */
export function fontWeight(css: string | undefined): FontWeight {
  if (css === 'bold' || css === 'bolder' || Number(css) >= 700) return 'bold';
  return Number(css) >= 600 ? 'semibold' : 'regular';
}

/** Width in pixels of one line of text at a font size in pixels. */
export function textWidth(
  text: string,
  size: number,
  { weight = 'regular' as FontWeight, italic = false } = {},
): number {
  // Plotly writes zero-width spaces to carry shifts of the baseline; the font has no glyph for them.
  const visible = text.replaceAll('\u200b', '');
  return visible === '' ? 0 : font(weight, italic).getAdvanceWidth(visible, size);
}

/** Text as it may stand in an SVG file. */
export const escapeXml = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] as string);
