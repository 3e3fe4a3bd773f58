// A ranking beside a table: which columns are taken, and that every scorer is compared on equal terms.
import { expect } from 'chai';
import type { SupernetScores } from '../../src/diagnostics/rankAll.js';
import { rankingReport, scorers, truthsOf } from '../../src/diagnostics/rankingReport.js';
import { allArchitectures, architectureIndex } from '../../src/spaces/nasbench201/officialOrder.js';
import { column, madeTable } from '../benchmarks/made.js';

/** A supernet whose loss is the index, for all architectures but those pruned. */
const scores = (pruned: (index: number) => boolean): SupernetScores => {
  const values = (value: (i: number) => number) =>
    Float64Array.from({ length: 15625 }, (_, i) => (pruned(i) ? Number.NaN : value(i)));
  return {
    accuracy: values((i) => -i),
    loss: values((i) => i),
    architectures: 15625,
    functions: 7548,
    images: 1,
    batches: 1,
    statistics: 'batch',
  };
};

describe('rankingReport', () => {
  it('takes the sets that a table has, after 200 epochs and over all trainings', () => {
    const table = madeTable();
    expect(truthsOf(table).map(({ dataset, set }) => `${dataset} ${set}`)).to.deep.equal([
      'cifar10 test',
      'cifar100 test',
      'imagenet16 test',
    ]);
    const validation = column('cifar10-valid', 'x-valid', 200, 777, (i) => i);
    const more = truthsOf({ ...table, accuracies: [...table.accuracies, validation] });
    expect(
      more.find(({ dataset, set }) => dataset === 'cifar10' && set === 'validation')!.values[2500],
    ).to.equal(10);
  });

  it('calls a smaller loss and more parameters better', () => {
    const { 'supernet loss': loss, parameters, 'multiply-adds': macs } = scorers(scores(() => false));
    expect(loss[3]).to.equal(-3);
    const all = (operation: 'nor_conv_3x3' | 'skip_connect') =>
      architectureIndex(new Array(6).fill(operation));
    expect(parameters[all('nor_conv_3x3')]).to.equal(Math.max(...parameters));
    expect(macs[all('skip_connect')]).to.equal(Math.min(...macs));
  });

  it('compares every scorer on the architectures that the supernet still has', () => {
    const rows = rankingReport(
      scores((i) => allArchitectures()[i][0] === 'none'),
      truthsOf(madeTable()),
    );
    expect(rows.length).to.equal(3 * 4);
    expect(new Set(rows.map(({ architectures }) => architectures))).to.deep.equal(new Set([4 * 5 ** 5]));
  });
});
