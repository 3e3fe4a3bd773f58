// What panels of curves do with their data: bands, shared legends, ticks of log axes.
import { expect } from 'chai';
import { curvePanels, logTicks } from '../../src/figures/curves.js';
import { torchErrors } from '../../src/figures/estimator.js';

interface Trace {
  name?: string;
  showlegend?: boolean;
  xaxis?: string;
  y: (number | null)[];
  line?: { color?: string };
}

describe('panels of curves', () => {
  const panel = (name: string, low?: number[], high?: number[]) => ({
    x: { title: 'x' },
    y: { title: 'y', log: true },
    curves: [{ name, x: [1, 2], y: [10, 1000], low, high }],
  });

  it('name a curve once in the legend and keep its colour in every panel', () => {
    const { data } = curvePanels([panel('a'), panel('b'), panel('a')]);
    const traces = data as unknown as Trace[];
    expect(traces.map(({ showlegend }) => showlegend)).to.deep.equal([true, true, false]);
    expect(traces[0].line?.color).to.equal(traces[2].line?.color);
    expect(traces[0].line?.color).not.to.equal(traces[1].line?.color);
  });

  it('draw a band as two edges before the curve', () => {
    const { data } = curvePanels([panel('a', [5, 500], [20, 2000])]);
    expect((data as unknown as Trace[]).map(({ y }) => y)).to.deep.equal([
      [5, 500],
      [20, 2000],
      [10, 1000],
    ]);
  });

  it('show all of a log axis’ values, the band’s too', () => {
    const { layout } = curvePanels([panel('a', [5, 500], [20, 2000])]);
    const { range } = (layout as unknown as { yaxis: { range: number[] } }).yaxis;
    expect(10 ** range[0]).to.be.below(5);
    expect(10 ** range[1]).to.be.above(2000);
  });

  it('have few ticks on a log axis, whatever it spans', () => {
    expect(logTicks([0.5, 5]).map(([, text]) => text)).to.deep.equal(['0.5', '1', '2', '5']);
    expect(logTicks([1, 1000]).map(([value]) => value)).to.deep.equal([1, 3, 10, 30, 100, 300, 1000]);
    const wide = logTicks([1e-16, 1e-1]);
    expect(wide.length).to.be.within(5, 9);
    expect(wide[0][1]).to.equal('10<sup>−16</sup>');
  });
});

describe('the errors of torch’s derivative', () => {
  it('draw an error of zero at the floor instead of leaving it out', () => {
    const { data } = torchErrors([{ heading: 'h', points: [{ x: 0.1, branch: 'small', error: 0 }] }]);
    expect((data as unknown as Trace[])[0].y).to.deep.equal([1e-16]);
  });
});
