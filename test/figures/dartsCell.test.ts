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

  it('names every operation of the cell, and the genotype for those who read the file', () => {
    const svg = dartsCellSvg('DrNAS_cifar10', 'reduce', { title: 'a < b' });
    for (const label of ['max pool 3×3', 'sep conv 5×5', 'dil conv 5×5', 'skip'])
      expect(svg).to.contain(`>${label}<`);
    expect(svg).to.contain('a &lt; b').and.to.contain('<desc>DrNAS_cifar10</desc>');
  });
});
