// Number forensics on a made-up table: digits, rounding, several data sets together, noise, refusals.
import { expect } from 'chai';
import { forensics } from '../../src/benchmarks/forensics.js';
import { openTopology } from '../../src/benchmarks/open.js';
import { describeForensics } from '../../src/cli/forensics.js';
import { column, madeTable } from './made.js';

/** cifar10 means in hundredths of a percent times three trainings: index 7 reads 94.3633…, 8 the same, 9 94.365. */
const made = madeTable();
const sums = new Map([
  [7, 28_309],
  [8, 28_309],
  [10, 28_310],
]);
const table = {
  ...made,
  accuracies: [
    ...made.accuracies.filter((c) => c.dataset !== 'cifar10'),
    column(
      'cifar10',
      'ori-test',
      200,
      'mean',
      (i) => sums.get(i) ?? (i === 9 ? 18_873 : 3 * (i % 5000)),
      (i) => (i === 9 ? 2 : 3),
    ),
    column('cifar10-valid', 'x-valid', 200, 777, (i) => (i === 7 ? 23_550 : 25)),
    column('cifar10-valid', 'x-valid', 200, 888, (i) => (i === 7 ? 23_600 : 25)),
  ],
};
const at = (text: string) => forensics(table, [{ set: 'cifar10', text }]);

describe('number forensics', () => {
  it('finds the cells whose mean rounds or cuts to the digits, and says which', () => {
    const found = at('94.36');
    // 94.3633 rounds; 94.365 can be rounded to even, down; 94.3667 is cut off.
    expect(found.candidates.map((c) => [c.index, c.matches[0].by])).to.deep.equal([
      [10, 'cut off'],
      [9, 'rounded'],
      [7, 'rounded'],
      [8, 'rounded'],
    ]);
    expect(found.candidates[1].matches[0].trials).to.equal(2);
    expect(found.candidates[0].matches[0].rank).to.equal(1);
    expect(found.candidates[2].matches[0].rank).to.equal(3);
  });

  it('takes the digits as they are written', () => {
    expect(at('94.4').candidates.map((c) => c.index)).to.deep.equal([10, 9, 7, 8]);
    expect(at('94.37').candidates.map((c) => c.index)).to.deep.equal([10, 9]);
    expect(at('94.40').candidates).to.deep.equal([]);
    expect(at('94.40').unknown.join()).to.contain('why no cell fits');
  });

  it('puts several data sets together', () => {
    // cifar100 of index i is (i mod 5000) / 50 percent, so 0.14 belongs to 7, 5007, 10007 and 15007.
    const both = [
      { set: 'cifar10', text: '94.36' },
      { set: 'cifar100', text: '0.14' },
    ] as const;
    expect(forensics(table, both).candidates.map((c) => c.index)).to.deep.equal([7]);
    expect(forensics(table, both).alone.map((a) => a.fits)).to.deep.equal([4, 4]);
    expect(describeForensics(forensics(table, both)).join('\n')).to.match(/all 2 together: 1 cell/);
  });

  it('tells how far one training scatters near the value, and from what it knows that', () => {
    const [noise] = at('94.36').noise;
    // Index 7's two trainings differ by 0.2, the others' not at all: squares 0.02 over 4 degrees of freedom.
    expect(noise.from).to.equal('cifar10-valid, x-valid');
    expect([noise.architectures, noise.trainings]).to.deep.equal([4, 8]);
    expect(noise.deviation).to.be.closeTo(Math.sqrt(0.02 / 4), 1e-9);
    expect(noise.binomial).to.be.closeTo(0.2307, 1e-4); // sqrt(0.9436 x 0.0564 / 10000)
    expect(noise.ranks).to.deep.equal([1, 3]);
    expect(at('94.36').elsewhere).to.deep.equal([]);
    expect(at('94.20').elsewhere[0]).to.deep.include({
      column: 'cifar10-valid, x-valid, 200 epochs, seed 777',
      fits: 1,
    });
  });

  it('refuses what is no accuracy', () => {
    for (const text of ['94,36', '943.6', 'x', '', '-1', '1e1', '94.'])
      expect(() => at(text)).to.throw('is no accuracy');
    expect(() => forensics(table, [])).to.throw('no accuracy is given');
    expect(() =>
      forensics(table, [
        { set: 'cifar10', text: '94.36' },
        { set: 'cifar10', text: '94.37' },
      ]),
    ).to.throw('one accuracy for each data set');
  });
});

describe('number forensics on the real table', () => {
  before(function () {
    if (!process.env.DRNAS_NASBENCH201) {
      for (const test of this.test!.parent!.tests) test.title += ' (skipped: DRNAS_NASBENCH201 is not set)';
      this.skip();
    }
  });

  it("leads from the paper's three numbers to its cell alone", () => {
    const real = openTopology()!;
    const found = forensics(real, [
      { set: 'cifar10', text: '94.36' },
      { set: 'cifar100', text: '73.51' },
      { set: 'ImageNet16-120', text: '46.34' },
    ]);
    expect(found.candidates.map((c) => c.index)).to.deep.equal([9930]);
    expect(found.candidates[0].matches.map((m) => m.rank)).to.deep.equal([3, 1, 26]);
    // A result reported in a thread about the paper's code, 70.88 on CIFAR-100, rounds to four cells.
    const failed = forensics(real, [{ set: 'cifar100', text: '70.88' }]).candidates;
    const rounded = failed.filter((c) => c.matches[0].by === 'rounded').map((c) => c.index);
    expect(rounded.sort((a, b) => a - b)).to.deep.equal([684, 2162, 2978, 9902]);
  });
});
