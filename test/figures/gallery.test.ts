// Every figure as a reader sees it: all text within the picture, none over another, and the same as last time.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { closeRenderer, toSvg } from '../../src/figures/render.js';
import type { Figure } from '../../src/figures/types.js';
import { GALLERY } from './gallery.js';
import { missingGlyphs, overlap, readSvg } from './inspect.js';

// What each figure draws, says and where, in whole pixels. After a wanted change, look at the figures and write it anew:
// UPDATE_SNAPSHOTS=1 npx mocha test/figures/gallery.test.ts
const SNAPSHOTS = 'test/figures/snapshots.json';
const update = process.env.UPDATE_SNAPSHOTS === '1';
const stored: Record<string, string[]> = existsSync(SNAPSHOTS)
  ? JSON.parse(readFileSync(SNAPSHOTS, 'utf8'))
  : {};

/** A figure's traces in a line each: what is drawn, in which colour, on which axes. */
function traces({ data }: Figure): string[] {
  return (data as unknown as Record<string, unknown>[]).map((trace) => {
    const { color = '', dash = '' } = (trace.line ?? {}) as { color?: string; dash?: string };
    const points = (trace.x as unknown[]).length;
    const parts = [
      trace.type,
      trace.mode,
      trace.xaxis,
      trace.name,
      color,
      dash,
      trace.fillcolor,
      `${points} points`,
    ];
    return parts.filter(Boolean).join(' ');
  });
}

describe('the figures', () => {
  after(() => {
    closeRenderer();
    if (update) writeFileSync(SNAPSHOTS, `${JSON.stringify(stored, null, 2)}\n`);
  });

  for (const [name, make] of Object.entries(GALLERY)) {
    it(`draws ${name}: legible, unclipped, and as it was`, async () => {
      const figure = make();
      const { width, height, texts } = readSvg(await toSvg(figure));
      expect(texts.length).to.be.greaterThan(3);
      for (const { text, box } of texts) {
        const inside = box.left >= 0 && box.top >= 0 && box.right <= width && box.bottom <= height;
        expect(inside, `${text} at ${JSON.stringify(box)} in ${width} x ${height}`).to.equal(true);
      }
      texts.forEach((one, i) => {
        for (const other of texts.slice(i + 1)) {
          // Line boxes of neighbouring lines touch; the letters are smaller.
          expect(overlap(one.box, other.box, 4), `"${one.text}" over "${other.text}"`).to.equal(false);
        }
      });
      expect(missingGlyphs(texts.map(({ text }) => text).join(''))).to.deep.equal([]);

      const places = texts.map(({ text, box }) => `${text} @ ${Math.round(box.left)},${Math.round(box.top)}`);
      const says = [...traces(figure), ...places];
      if (update) stored[name] = says;
      expect(says).to.deep.equal(stored[name]);
    });
  }

  it('has a stored description of each figure and of nothing else', () => {
    expect(Object.keys(stored).sort()).to.deep.equal(Object.keys(GALLERY).sort());
  });

  it('draws a figure in the same way after others have been drawn', async () => {
    const [first, second] = [GALLERY['loss and accuracy'], GALLERY.simplex];
    const alone = await toSvg(first());
    await toSvg(second());
    expect(await toSvg(first())).to.equal(alone);
  });

  it('does not change the data that it draws', async () => {
    const figure = GALLERY['accuracy band']();
    const before = JSON.stringify(figure);
    await toSvg(figure);
    expect(JSON.stringify(figure)).to.equal(before);
  });
});
