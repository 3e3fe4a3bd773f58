// DARTS cells as drawings: everything within the frame, no label over another, every published cell.
import { expect } from 'chai';
import { dartsCellSvg, layoutDartsCell } from '../../src/figures/dartsCell.js';
import { PUBLISHED } from '../../src/spaces/darts/published.js';

describe('drawing of a DARTS cell', () => {
  for (const { name, genotype } of PUBLISHED) {
    for (const kind of ['normal', 'reduce'] as const) {
      it(`${name}, ${kind}: labels are apart and within the frame`, () => {
        const { drawn, width, height, nodes } = layoutDartsCell(name, kind, { title: name });
        expect(drawn.length).to.equal(genotype[kind].length);
        const boxes = drawn.map(({ box }) => box);
        for (const [i, a] of boxes.entries()) {
          expect(a.left > 0 && a.top > 0 && a.right < width && a.bottom < height).to.equal(true);
          for (const b of boxes.slice(i + 1))
            expect(a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top).to.equal(
              true,
            );
          for (const { x, y } of nodes)
            expect(a.right < x - 21 || a.left > x + 21 || a.bottom < y - 21 || a.top > y + 21).to.equal(true);
        }
      });
    }
  }

  it('lets no line run over a label of another edge, and no two lines from one source cross', () => {
    for (const { name } of PUBLISHED) {
      for (const kind of ['normal', 'reduce'] as const) {
        const { drawn } = layoutDartsCell(name, kind);
        // Where a line drops and where it turns, from `M x,y V … Q … H right`.
        const lines = drawn.map(({ line }) => {
          const [, x, from, bend, right] = line.match(/^M(\S+),(\S+)V(\S+?)Q.*H(\S+?)L/)!.map(Number);
          return { x, from, turn: bend + 10, right };
        });
        lines.forEach((a, i) => {
          drawn.forEach(({ box }, j) => {
            if (i === j) return;
            const drops = a.x > box.left && a.x < box.right && a.from < box.bottom && a.turn > box.top;
            const turns = a.turn > box.top && a.turn < box.bottom && a.x < box.right && a.right > box.left;
            expect(drops || turns, `${name} ${kind}: line ${i} over label ${j}`).to.equal(false);
          });
          for (const [j, b] of lines.entries()) {
            // Lines of one source start within its circle, at one height.
            if (i === j || a.from !== b.from || Math.abs(a.x - b.x) > 42) continue;
            expect(a.x < b.x, `${name} ${kind}: lines ${i} and ${j} cross`).to.equal(a.turn > b.turn);
          }
        });
      }
    }
  });

  it('names every operation of the cell, and the genotype for those who read the file', () => {
    const svg = dartsCellSvg('DrNAS_cifar10', 'reduce', { title: 'a < b' });
    for (const label of ['max pool 3×3', 'sep conv 5×5', 'dil conv 5×5', 'skip'])
      expect(svg).to.contain(`>${label}<`);
    expect(svg).to.contain('a &lt; b').and.to.contain('<desc>DrNAS_cifar10</desc>');
  });
});
