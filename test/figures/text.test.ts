// Text widths and element boxes, against a renderer that draws them and against geometry done by hand.
import { Resvg } from '@resvg/resvg-js';
import { expect } from 'chai';
import { JSDOM } from 'jsdom';
import { localBox, pageBox, type SvgNode } from '../../src/figures/measure.js';
import { fontFiles, fontWeight, textWidth } from '../../src/figures/text.js';

/** Width of the ink that resvg draws. */
function inkWidth(text: string, attributes: string): number {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="3000" height="300">
    <text x="10" y="150" font-family="Open Sans" font-size="100" ${attributes}>${text}</text></svg>`;
  const box = new Resvg(svg, { font: { loadSystemFonts: false, fontFiles: fontFiles() } }).getBBox();
  return box?.width ?? 0;
}

describe('the width of text', () => {
  for (const [text, attributes, options] of [
    ['Mixing weights of 5 operations', '', {}],
    ['Validation 94.36 ± 0.24', 'font-weight="bold"', { weight: 'bold' }],
    ['semibold β = (1, 1, 1)', 'font-weight="600"', { weight: 'semibold' }],
    ['italics', 'font-style="italic"', { italic: true }],
  ] as const) {
    it(`is what is drawn: ${text}`, () => {
      // The advance exceeds the ink by the space before the first and after the last letter, a tenth of an em each.
      const excess = textWidth(text, 100, options) - inkWidth(text, attributes);
      expect(excess).to.be.within(-5, 20);
    });
  }

  it('grows in proportion to the font size, and is zero for nothing and for zero-width spaces', () => {
    expect(textWidth('epoch', 26)).to.be.closeTo(2 * textWidth('epoch', 13), 1e-9);
    expect(textWidth('', 13)).to.equal(0);
    expect(textWidth('\u200b', 13)).to.equal(0);
  });

  it('knows the weights of CSS', () => {
    expect(['normal', '400', '600', 'bold', '800', undefined].map(fontWeight)).to.deep.equal([
      ...['regular', 'regular', 'semibold', 'bold', 'bold', 'regular'],
    ]);
  });
});

describe('the box of an element', () => {
  const element = (body: string) => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100">${body}</svg>`;
    const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window;
    return document.querySelector('#it') as unknown as SvgNode;
  };

  it('is a shape’s own, whatever stands around it', () => {
    const rect = element(
      '<g transform="translate(5,5)"><rect id="it" x="1" y="2" width="3" height="4"/></g>',
    );
    expect(localBox(rect)).to.deep.equal({ left: 1, top: 2, right: 4, bottom: 6 });
    expect(pageBox(rect)).to.deep.equal({ left: 6, top: 7, right: 9, bottom: 11 });
  });

  it('turns, scales and shifts with its ancestors, the innermost first', () => {
    // (1, 2)-(4, 6) doubled is (2, 4)-(8, 12); a quarter turn takes (x, y) to (-y, x).
    const rect = element(
      '<g transform="translate(100,0)"><g transform="rotate(90)scale(2)"><rect id="it" x="1" y="2" width="3" height="4"/></g></g>',
    );
    const { left, top, right, bottom } = pageBox(rect);
    expect([left, top, right, bottom].map((value) => Number(value.toFixed(9)))).to.deep.equal([88, 2, 96, 8]);
  });

  it('turns about a point', () => {
    // Half a turn about (10, 10) takes (1, 2) to (19, 18) and (4, 6) to (16, 14).
    const rect = element('<rect id="it" transform="rotate(180 10 10)" x="1" y="2" width="3" height="4"/>');
    const { left, top, right, bottom } = pageBox(rect);
    expect([left, top, right, bottom].map((value) => Number(value.toFixed(9)))).to.deep.equal([
      16, 14, 19, 18,
    ]);
  });

  it('holds every line of a text, set by its anchor', () => {
    const text = element(
      '<text id="it" font-size="10" text-anchor="middle" x="50" y="20"><tspan x="50">wide line</tspan><tspan x="50" dy="1.3em">x</tspan></text>',
    );
    const { left, top, right, bottom } = localBox(text);
    expect((left + right) / 2).to.be.closeTo(50, 1e-9);
    expect(right - left).to.be.closeTo(textWidth('wide line', 10), 1e-9);
    // Ascent 1.069 em above the first baseline, 20; descent 0.293 em below the second, 20 + 13.
    expect(top).to.be.closeTo(20 - 10.69, 1e-9);
    expect(bottom).to.be.closeTo(33 + 2.93, 1e-9);
  });

  it('spans a path and a group, and is zero for an empty group', () => {
    const group = element('<g id="it"><path d="M0,0L10,5"/><circle cx="20" cy="0" r="2"/></g>');
    expect(localBox(group)).to.deep.equal({ left: 0, top: -2, right: 22, bottom: 5 });
    expect(pageBox(element('<g id="it"/>'))).to.deep.equal({ left: 0, top: 0, right: 0, bottom: 0 });
  });
});
