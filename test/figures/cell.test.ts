// Cell drawings: six edges, each with its operation's label, and nothing over anything.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { cellPng, layoutCell, nb201CellSvg, saveCell } from '../../src/figures/cell.js';
import { OPERATION_STYLES } from '../../src/figures/theme.js';
import { formatArchitecture, parseArchitecture } from '../../src/spaces/nasbench201/architecture.js';
import { architectureAt } from '../../src/spaces/nasbench201/officialOrder.js';
import { missingGlyphs, overlap, readSvg } from './inspect.js';

/** 50 of the 15,625, evenly spread over the official order, and the one with the widest labels. */
const SAMPLE = [
  ...Array.from({ length: 50 }, (_, i) => formatArchitecture(architectureAt(i * 312))),
  '|avg_pool_3x3~0|+|avg_pool_3x3~0|avg_pool_3x3~1|+|avg_pool_3x3~0|avg_pool_3x3~1|avg_pool_3x3~2|',
];
const PAPER_CELL =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|';

type Point = readonly [number, number];

/** The point of a cubic Bezier curve at t, by its Bernstein polynomials. */
function bezier(curve: readonly [Point, Point, Point, Point], t: number): Point {
  const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3];
  const along = (axis: 0 | 1) => weights.reduce((sum, w, i) => sum + w * curve[i][axis], 0);
  return [along(0), along(1)];
}

describe('a drawn cell', () => {
  it('labels each of its six edges with the operation, in colour and dash, for 51 architectures', () => {
    for (const arch of SAMPLE) {
      const { document, texts } = readSvg(nb201CellSvg(arch));
      const styles = parseArchitecture(arch).map((operation) => OPERATION_STYLES[operation]);
      const edges = [...document.querySelectorAll('path.edge')];
      expect(edges.map((edge) => edge.getAttribute('stroke'))).to.deep.equal(
        styles.map(({ colour }) => colour),
      );
      expect(edges.map((edge) => edge.hasAttribute('stroke-dasharray'))).to.deep.equal(
        styles.map(({ label }) => label === 'none' || label === 'skip'),
      );
      const known = Object.values(OPERATION_STYLES).map(({ label }) => label);
      const labels = texts.map(({ text }) => text).filter((text) => known.includes(text));
      expect(labels).to.deep.equal(styles.map(({ label }) => label));
    }
  });

  it('keeps labels apart from each other, from the nodes and from other edges, within the picture', () => {
    for (const arch of SAMPLE) {
      const { width, height, nodes, edges } = layoutCell(arch);
      edges.forEach(({ name, box, curve }, e) => {
        expect(box.left > 0 && box.top > 0 && box.right < width && box.bottom < height, name).to.equal(true);
        for (const [x, y] of nodes) {
          const node = { left: x - 21, right: x + 21, top: y - 21, bottom: y + 21 };
          expect(overlap(box, node), `${name} over a node`).to.equal(false);
        }
        edges.forEach((other, o) => {
          if (o === e) return;
          expect(overlap(box, other.box), `${name} over ${other.name}`).to.equal(false);
          for (let t = 0; t <= 1; t += 0.01) {
            const [x, y] = bezier(curve, t);
            const { left, right, top, bottom } = other.box;
            const hit = x > left && x < right && y > top && y < bottom;
            expect(hit, `edge ${name} through the label of ${other.name}`).to.equal(false);
          }
        });
        // A label sits on its own edge.
        const [x, y] = bezier(curve, 0.5);
        expect([(box.left + box.right) / 2, (box.top + box.bottom) / 2]).to.deep.equal([x, y]);
      });
    }
  });

  it('measures its labels as wide as their text', () => {
    const { texts } = readSvg(nb201CellSvg(SAMPLE[50]));
    const { edges } = layoutCell(SAMPLE[50]);
    texts
      .filter(({ text }) => text === 'avg pool 3×3')
      .forEach(({ box }, e) => {
        expect(box.left).to.be.greaterThan(edges[e].box.left);
        expect(box.right).to.be.lessThan(edges[e].box.right);
      });
  });

  it('keeps all text within the picture and in the font, the longest architecture included', () => {
    const { texts, width, height } = readSvg(
      nb201CellSvg(PAPER_CELL, { title: 'NAS-Bench-201 cell 9930 & <co>' }),
    );
    for (const { text, box } of texts) {
      expect(box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height, text).to.equal(
        true,
      );
    }
    expect(texts.map(({ text }) => text))
      .to.include('NAS-Bench-201 cell 9930 & <co>')
      .and.to.include(PAPER_CELL);
    expect(missingGlyphs(texts.map(({ text }) => text).join(''))).to.deep.equal([]);
  });

  it('is the same bytes twice, and a picture for a notebook', () => {
    expect(nb201CellSvg(PAPER_CELL)).to.equal(nb201CellSvg(PAPER_CELL));
    const png = cellPng(PAPER_CELL);
    expect(png.equals(cellPng(PAPER_CELL))).to.equal(true);
    expect(png.subarray(1, 4).toString()).to.equal('PNG');
    expect(png.readUInt32BE(16)).to.equal(2 * layoutCell(PAPER_CELL).width);
  });

  it('refuses an architecture with a misspelt operation and writes nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drnas-cell-'));
    try {
      const wrong = PAPER_CELL.replace('skip_connect', 'skip_conect');
      const error = await saveCell(wrong, join(folder, 'cell')).catch((e: Error) => e);
      expect(error).to.be.an('error').with.property('message').that.includes('skip_conect');
      expect(readdirSync(folder)).to.deep.equal([]);
      await saveCell(PAPER_CELL, join(folder, 'cell'));
      expect(readdirSync(folder).sort()).to.deep.equal(['cell.png', 'cell.svg']);
      expect(readFileSync(join(folder, 'cell.svg'), 'utf8')).to.equal(nb201CellSvg(PAPER_CELL));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
