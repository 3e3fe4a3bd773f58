// Rivals over the real table, where one is at hand: the exact law, and the paper's rows that the table itself can explain.
import { expect } from 'chai';
import { openTopology } from '../../src/benchmarks/open.js';
import type { BenchmarkTable } from '../../src/benchmarks/table.js';
import { publishedNumber } from '../../src/experiments/published.js';
import { playMany } from '../../src/rivals/many.js';
import { reportOf } from '../../src/rivals/play.js';
import { type Reports, reportsOf, type Sight, sightOf } from '../../src/rivals/sight.js';
import { randomLaws, trivialBaselines } from '../../src/rivals/trivial.js';

const seeds = Array.from({ length: 500 }, (_, i) => i);

describe('rivals over the NAS-Bench-201 table', () => {
  let table: BenchmarkTable<'topology'>;
  let sight: Sight;
  let reports: Reports;
  before(function () {
    if (!process.env.DRNAS_NASBENCH201) {
      for (const test of this.test!.parent!.tests) test.title += ' (skipped: DRNAS_NASBENCH201 is not set)';
      return this.skip();
    }
    table = openTopology()!;
    sight = sightOf(table);
    reports = reportsOf(table);
  });

  it('random search follows the exact law of best-of-n: 500 seeds, every data set, within 4 standard errors', () => {
    const n = 50;
    const [law] = randomLaws(table, [n]);
    const { spread } = playMany('random', sight, reports, { seeds, budget: { queries: n } });
    for (const set of ['cifar10', 'cifar100', 'imagenet16'] as const)
      for (const part of ['valid', 'test'] as const) {
        const { mean, deviation } = law.report[set][part];
        expect(Math.abs(spread[set][part].mean - mean), `${set} ${part}`).to.be.below(
          (4 * deviation) / Math.sqrt(seeds.length),
        );
      }
  });

  it("random search with the benchmark's budget comes to Table 4's Random row on CIFAR-10", () => {
    const { spread, cost } = playMany('random', sight, reports, { seeds, budget: { seconds: 12_000 } });
    const printed = publishedNumber('table4/Random/cifar10 test'); // 93.70 ± 0.36
    expect(spread.cifar10.test.mean).to.be.closeTo(printed.value, 0.15);
    expect(spread.cifar10.test.deviation!).to.be.closeTo(printed.deviation!, 0.1);
    expect(cost.seconds!).to.be.at.most(12_000).and.above(11_700);
  });

  it('evolution is better than random search, beyond the intervals of 500 seeds', () => {
    const test = (rival: 'random' | 'evolution') =>
      playMany(rival, sight, reports, { seeds, budget: { seconds: 12_000 } }).spread.cifar10.test.interval!;
    expect(test('evolution')[0]).to.be.above(test('random')[1]);
  });

  it('knows the cells that need no search, and that their oracle law is the best-of-n of the test accuracy', () => {
    const { cells, laws } = trivialBaselines(table, { counts: [1, 10] });
    const [conv, largest, skip] = cells;
    expect(conv.report.cifar10.test.toFixed(2)).to.equal('93.76');
    expect(largest.index).to.equal(conv.index);
    expect(skip.report.cifar10.test.toFixed(2)).to.equal('54.30'); // Table 4's ENAS and DARTS rows
    expect(laws[1].oracle.cifar10).to.be.above(laws[1].report.cifar10.test.mean);
    expect(laws[0].oracle.cifar10).to.be.closeTo(laws[0].report.cifar10.test.mean, 1e-9);
  });

  it("finds Table 4's ResNet row within a tenth on CIFAR, and half a point on ImageNet16-120's other file version", () => {
    const { cifar10, cifar100, imagenet16 } = reportOf(reports, 11472);
    expect(cifar10.test).to.be.closeTo(93.97, 0.1);
    expect(cifar100.test).to.be.closeTo(70.86, 0.1);
    expect(imagenet16.test).to.be.closeTo(43.63, 0.7);
  });
});
