// What the figures do with their data: units, gaps, panels, and honest axes.
import { expect } from 'chai';
import { accuracyBand } from '../../src/figures/accuracyBand.js';
import { mixingWeights } from '../../src/figures/edges.js';
import { lossCurve } from '../../src/figures/lossCurve.js';
import { epochAxis } from '../../src/figures/panels.js';
import { seedComparison, stack } from '../../src/figures/seedComparison.js';
import { dirichletSimplex, toPlane } from '../../src/figures/simplex.js';
import { COLOURS, OPERATION_STYLES } from '../../src/figures/theme.js';
import type { Figure } from '../../src/figures/types.js';
import { OPERATIONS } from '../../src/spaces/nasbench201/operations.js';
import { madeUpEpochs } from './gallery.js';

interface Trace {
  name?: string;
  type: string;
  mode?: string;
  xaxis?: string;
  x: number[];
  y: (number | null)[];
  z: number[][];
  line?: { color?: string };
}
const tracesOf = (figure: Figure) => figure.data as unknown as Trace[];
const headings = (figure: Figure) =>
  ((figure.layout as { annotations?: { text: string }[] }).annotations ?? []).map(({ text }) => text);

describe('the loss curve', () => {
  it('shows accuracies in per cent and leaves a gap where the architecture was frozen', () => {
    const epochs = madeUpEpochs(4);
    const traces = tracesOf(lossCurve(epochs));
    const accuracy = traces.find(({ name, xaxis }) => name?.startsWith('architecture') && xaxis === 'x2')!;
    expect(accuracy.y.slice(0, 2)).to.deep.equal([null, null]);
    expect(accuracy.y[3]).to.be.closeTo(100 * epochs[3].validAccuracy!, 1e-9);
  });

  it('has a line for the supernet only where it was measured', () => {
    const without = madeUpEpochs(4).map((epoch) => ({ ...epoch, supernetAccuracy: null }));
    expect(tracesOf(lossCurve(without))).to.have.length(4);
    expect(tracesOf(lossCurve(madeUpEpochs(4)))).to.have.length(5);
  });
});

describe('the mixing weights', () => {
  it('have a panel for each edge and in it a line for each operation and the even level', () => {
    const epochs = madeUpEpochs(3);
    const figure = mixingWeights(epochs);
    const traces = tracesOf(figure);
    expect(new Set(traces.map(({ xaxis }) => xaxis)).size).to.equal(6);
    expect(traces).to.have.length(6 * (5 + 1));
    const last = traces.filter(({ xaxis }) => xaxis === 'x6').slice(1);
    expect(last.map(({ y }) => y[2])).to.deep.equal(epochs[2].mixing[5]);
  });

  it('name in each heading the operation that leads at the end', () => {
    const epochs = madeUpEpochs(3);
    headings(mixingWeights(epochs)).forEach((text, edge) => {
      const row = epochs[2].mixing[edge];
      const leader = OPERATIONS[row.indexOf(Math.max(...row))];
      expect(text).to.include(`<b>${OPERATION_STYLES[leader].label}</b>`);
    });
  });
});

describe('the accuracy band', () => {
  it('has a panel for each data set that was looked up, and quartiles only where they are known', () => {
    const epochs = madeUpEpochs(5);
    const all = tracesOf(accuracyBand(epochs));
    expect(new Set(all.map(({ xaxis }) => xaxis)).size).to.equal(3);
    const bare = epochs.map(({ epoch, band, lookup }) => ({
      epoch,
      band: { cifar100: { min: band.cifar100.min, max: band.cifar100.max } },
      lookup: { cifar100: lookup.cifar100 },
    }));
    const one = tracesOf(accuracyBand(bare));
    expect(new Set(one.map(({ xaxis }) => xaxis)).size).to.equal(1);
    expect(one.some(({ name }) => name === 'middle half')).to.equal(false);
    expect(one.map(({ y }) => y)).to.deep.equal([
      bare.map(({ band }) => band.cifar100.min),
      bare.map(({ band }) => band.cifar100.max),
      bare.map(({ lookup }) => lookup.cifar100),
    ]);
  });

  it('starts its accuracies at zero and shows the best of the table', () => {
    const figure = accuracyBand(madeUpEpochs(5), { optimum: { cifar10: 94.37 } });
    const { yaxis } = figure.layout as { yaxis: { range: number[] } };
    expect(yaxis.range[0]).to.equal(0);
    expect(yaxis.range[1]).to.be.greaterThan(94.37);
    expect(tracesOf(figure).find(({ name }) => name === 'best in the table')?.y).to.deep.equal([
      94.37, 94.37,
    ]);
  });

  it('says what is missing without a look-up', () => {
    expect(() => accuracyBand([{ epoch: 1 }])).to.throw('NAS-Bench-201 table');
  });
});

describe('the simplex', () => {
  it('puts the three corners and the middle where they belong', () => {
    expect(toPlane([1, 0, 0])).to.deep.equal({ x: 0, y: 0 });
    expect(toPlane([0, 1, 0])).to.deep.equal({ x: 1, y: 0 });
    expect(toPlane([0, 0, 1])).to.deep.equal({ x: 0.5, y: Math.sqrt(3) / 2 });
    expect(toPlane([1, 1, 1]).x).to.be.closeTo(0.5, 1e-12);
    expect(toPlane([1, 1, 1]).y).to.be.closeTo(Math.sqrt(3) / 6, 1e-12);
  });

  it('shows the density relative to the uniform one on a log scale', () => {
    const concentrations = [
      [1, 1, 1],
      [4, 4, 4],
    ];
    const [uniform, peaked] = tracesOf(dirichletSimplex({ concentrations })).filter(({ z }) => z);
    expect(Math.max(...uniform.z.flat().map(Math.abs))).to.be.lessThan(1e-9);
    // At the middle: G(12) / G(4)^3 / 3^9 = 9.3888 against the uniform 2; its log2 is 2.231. Highest there.
    expect(Math.max(...peaked.z.flat())).to.be.closeTo(2.231, 0.01);
    expect(Math.min(...peaked.z.flat())).to.equal(-4);
  });

  it('refuses other than three concentrations', () => {
    expect(() => dirichletSimplex({ concentrations: [[1, 1]] })).to.throw('[1, 1]');
  });
});

describe('the comparison of seeds', () => {
  const rows = [94.36, 94.36, 93.83, 54.3].map((accuracy, seed) => ({ method: 'DrNAS', seed, accuracy }));

  it('shows every seed, equal ones apart', () => {
    const dots = tracesOf(seedComparison(rows)).find(({ mode }) => mode === 'markers')!;
    expect(dots.x).to.deep.equal([94.36, 94.36, 93.83, 54.3]);
    expect(new Set(dots.x.map((x, i) => `${x} ${dots.y[i]}`)).size).to.equal(4);
  });

  it('adds a panel for the top where the seeds are far apart, and says how many it leaves out', () => {
    expect(headings(seedComparison(rows)).at(-1)).to.include('1 of 4 dots are below');
    expect(headings(seedComparison(rows.slice(0, 3)))).to.deep.equal([]);
  });

  it('stacks only what would overlap', () => {
    expect(stack([1, 5, 9], 1)).to.deep.equal([0, 0, 0]);
    const heights = stack([1, 1, 1, 1.5], 1);
    expect(new Set(heights).size).to.equal(4);
    expect(Math.max(...heights.map(Math.abs))).to.be.at.most(0.5);
  });

  it('needs at least one row', () => {
    expect(() => seedComparison([])).to.throw('at least one row');
  });
});

describe('the theme', () => {
  it('gives every operation of the space its own colour, from the palette or grey', () => {
    const colours = OPERATIONS.map((operation) => OPERATION_STYLES[operation].colour);
    expect(new Set(colours).size).to.equal(5);
    const palette: string[] = Object.values(COLOURS);
    expect(colours.filter((colour) => !palette.includes(colour))).to.deep.equal([
      OPERATION_STYLES.none.colour,
    ]);
  });

  it('puts ticks of the epoch axis on whole epochs only', () => {
    for (const last of [1, 2, 9, 10, 37, 100, 12345]) {
      const { dtick, range } = epochAxis([1], { last });
      expect(Number.isInteger(dtick) && dtick >= 1 && last / dtick <= 10.01, String(last)).to.equal(true);
      expect(range[0]).to.be.lessThan(1);
      expect(range[1]).to.be.greaterThan(last);
    }
  });
});
