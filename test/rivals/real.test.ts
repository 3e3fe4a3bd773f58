// Rivals over the real table, where one is at hand: the exact law, and the paper's rows that the table itself can explain.
import { expect } from 'chai';
import { openTopology } from '../../src/benchmarks/open.js';
import type { BenchmarkTable } from '../../src/benchmarks/table.js';
import { checkResult } from '../../src/experiments/measured.js';
import { publishedNumber } from '../../src/experiments/published.js';
import { methodOf } from '../../src/experiments/table4.js';
import { tableResults } from '../../src/experiments/table4Results.js';
import { playMany } from '../../src/rivals/many.js';
import { reportOf } from '../../src/rivals/play.js';
import { type Reports, reportsOf, type Sight, sightOf } from '../../src/rivals/sight.js';
import { randomLaws, trivialBaselines } from '../../src/rivals/trivial.js';
import { spreadOf } from '../../src/statistics/spread.js';

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

  it("comes to Table 4's Random row in all six columns, and to Reinforce's, searching where it is reported with 12,000 s", () => {
    const results = new Map(tableResults(table, { seeds }).map((result) => [result.exhibit, result]));
    const near = (row: string, points: number) => {
      for (const set of ['cifar10', 'cifar100', 'imagenet16'])
        for (const part of ['valid', 'test']) {
          const id = `table4/${row}/${set} ${part}`;
          const { mean, deviation } = spreadOf(results.get(id)!.values);
          const printed = publishedNumber(id);
          expect(mean, id).to.be.closeTo(printed.value, points);
          expect(deviation! / printed.deviation!, id).to.be.within(0.7, 1.4);
        }
    };
    near('Random', 0.3);
    near('Reinforce', 0.6);
    // And the rows that are only looked up, within what the file's versions differ by.
    expect(results.get('table4/optimal/imagenet16 test')!.values[0].toFixed(2)).to.equal('47.31');
    expect(results.get('table4/ResNet/cifar100 test')!.values[0]).to.be.closeTo(70.86, 0.1);
    for (const result of results.values()) expect(checkResult(result, 'here')).to.equal(result);
    expect(results.size).to.equal(4 * 6);
  });

  it('spends nearly all of the simulated seconds, and never more', () => {
    const { cost } = playMany('random', sight, reports, { seeds, budget: { seconds: 12_000 } });
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
    const { cifar10, cifar100, imagenet16 } = reportOf(reports, methodOf('ResNet').index!);
    expect(cifar10.test).to.be.closeTo(93.97, 0.1);
    expect(cifar100.test).to.be.closeTo(70.86, 0.1);
    expect(imagenet16.test).to.be.closeTo(43.63, 0.7);
  });
});
