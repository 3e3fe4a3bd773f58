// Several runs as one curve: what is averaged, and what is left out.
import { expect } from 'chai';
import { spreadCurve } from '../../src/figures/spreadCurve.js';

const run = (...values: (number | null)[]) =>
  values.map((value, i) => ({ epoch: i + 1, step: 10 * (i + 1), value }));

describe('a curve of several runs', () => {
  it('is their mean, with the smallest and the largest as its band', () => {
    const curve = spreadCurve('a', [run(1, 2), run(3, 6)], ({ value }) => value);
    expect([curve.x, curve.y, curve.low, curve.high]).to.deep.equal([
      [1, 2],
      [2, 4],
      [1, 2],
      [3, 6],
    ]);
  });

  it('leaves out an epoch at which one of them has no value, so that always the same runs are averaged', () => {
    const curve = spreadCurve('a', [run(1, null, 3), run(3, 4, 5)], ({ value }) => value);
    expect([curve.x, curve.y]).to.deep.equal([
      [1, 3],
      [2, 4],
    ]);
    expect(spreadCurve('a', [run(1, 2, 3), run(3)], ({ value }) => value).x).to.deep.equal([1]);
  });

  it('has no band of a single run, and stands where it is told to', () => {
    const curve = spreadCurve('a', [run(1, 2)], ({ value }) => value, {
      at: ({ step }) => step,
      colour: '#000000',
    });
    expect(curve).to.not.have.any.keys('low', 'high');
    expect([curve.x, curve.colour]).to.deep.equal([[10, 20], '#000000']);
    expect(() => spreadCurve('none', [], () => 1)).to.throw('"none" has no runs');
  });
});
