// Questions to a table: seed policies with their numbers of trainings; the table's file; whole columns.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { kendallTau } from '../../src/benchmarks/kendall.js';
import { accuracyColumn, query } from '../../src/benchmarks/query.js';
import { joinTables, numberColumn } from '../../src/benchmarks/table.js';
import { decodeTable, encodeTable, readTable, writeTable } from '../../src/benchmarks/tableFile.js';
import { isomorphismClasses, neighbours } from '../../src/benchmarks/topology.js';
import { bestOf, cost, paretoFront, rankedTable } from '../../src/benchmarks/wholeTable.js';
import { createStream } from '../../src/random/stream.js';
import { architectureAt } from '../../src/spaces/nasbench201/officialOrder.js';
import { temporaryFolder } from '../data/files.js';
import { column, madeTable } from './made.js';
import { madeUpRight } from './official.js';

const table = madeTable();
const ask = { dataset: 'cifar10', split: 'ori-test', epochs: 200 } as const;

describe('questions to a benchmark', () => {
  it('says on how many trainings a mean rests and which they are', () => {
    const right = (i: number, seed: number) => madeUpRight(i, 'cifar10', 'ori-test', 200, seed);
    const even = query(table, 10, { ...ask, seed: 'mean' });
    expect(even).to.deep.include({ trials: 3, seeds: [777, 888, 999], images: 10_000 });
    expect(even.accuracy).to.be.closeTo((right(10, 777) + right(10, 888) + right(10, 999)) / 300, 1e-12);
    expect(query(table, 11, { ...ask, seed: 'mean' })).to.deep.include({ trials: 2, seeds: [777, 888] });
    const mean = query(table, 11, { dataset: 'cifar100', split: 'x-test', epochs: 200, seed: 'mean' });
    expect(mean).to.deep.equal({ accuracy: 0.22, trials: 2, seeds: null, images: 5000 });
  });

  it('never puts another seed in the place of one that is missing (HPOBench#138 took 888 for 999)', () => {
    expect(query(table, 10, { ...ask, seed: { seed: 999 } }).seeds).to.deep.equal([999]);
    expect(() => query(table, 11, { ...ask, seed: { seed: 999 } })).to.throw(
      'architecture 11 was not trained with seed 999 for cifar10 at 200 epochs; it was with 777, 888',
    );
    const { values, trials } = accuracyColumn(table, { ...ask, seed: { seed: 999 } });
    expect([trials[10], trials[11]]).to.deep.equal([1, 0]);
    expect(values[11]).to.be.NaN;
  });

  it('draws a training only when told to, the same for the same name (NATS-Bench#2: random was the default)', () => {
    const draw = (name: string, index: number) =>
      query(table, index, { ...ask, seed: { draw: createStream(name) } }).seeds![0];
    const drawn = Array.from({ length: 60 }, (_, i) => draw('a', i));
    expect(drawn).to.deep.equal(Array.from({ length: 60 }, (_, i) => draw('a', i)));
    expect(drawn).to.not.deep.equal(Array.from({ length: 60 }, (_, i) => draw('b', i)));
    expect(new Set(drawn)).to.deep.equal(new Set([777, 888, 999]));
  });

  it('says what the table lacks', () => {
    expect(() => query(table, 0, { ...ask, epochs: 12, seed: 'mean' })).to.throw(
      /made up\) has no cifar10 accuracy on ori-test at 12 epochs; it has ori-test at 200 epochs/,
    );
    expect(() => query(table, 15_625, { ...ask, seed: 'mean' })).to.throw(
      '15625 does not exist: use 0 to 15624',
    );
    expect(() =>
      query(table, 0, { dataset: 'cifar100', split: 'x-test', epochs: 200, seed: { seed: 777 } }),
    ).to.throw('only the mean');
    expect(() => numberColumn(table, 'flops')).to.throw('no column "flops"; there are: params:cifar10');
  });
});

describe('the compact file of a table', () => {
  const temporary = temporaryFolder();
  after(() => temporary.remove());

  it('gives back every number', () => {
    const latency = Float64Array.from({ length: 15_625 }, (_, i) => (i % 7 === 0 ? Number.NaN : 1 / (i + 1)));
    const full = { ...table, numbers: [...table.numbers, { name: 'latency', values: latency }] };
    const path = join(temporary.path, 'a.table');
    writeTable(path, full);
    expect(readTable(path)).to.deep.equal(full);
  });

  it('is refused whenever a byte differs or is missing', () => {
    const bytes = encodeTable(table);
    const stream = createStream(0, 'table damage');
    for (let i = 0; i < 60; i++) {
      const damaged = bytes.slice();
      damaged[Math.floor(stream.uniform() * bytes.length)] ^= 1 << Math.floor(stream.uniform() * 8);
      expect(() => decodeTable(damaged, 'x.table')).to.throw(
        /x\.table: (the checksum differs|this is no benchmark table)/,
      );
      const end = Math.floor(stream.uniform() * bytes.length);
      expect(() => decodeTable(bytes.subarray(0, end))).to.throw(/truncated|no benchmark table/);
    }
    writeFileSync(join(temporary.path, 'b.table'), 'something else');
    expect(() => readTable(join(temporary.path, 'b.table'))).to.throw('b.table: this is no benchmark table');
  });

  it('is not written with columns that the space has not', () => {
    const path = join(temporary.path, 'c.table');
    const wrong = [
      column('cifar10', 'ori-test', 90, 777, () => 1),
      column('cifar10', 'ori-test', 200, 111, () => 1),
    ];
    for (const bad of wrong)
      expect(() => writeTable(path, { ...table, accuracies: [bad] })).to.throw('the space has not');
    const tooMany = column('cifar10', 'ori-test', 200, 777, () => 10_001);
    expect(() => writeTable(path, { ...table, accuracies: [tooMany] })).to.throw(
      'more images than there are',
    );
  });

  it('joins with others of the same space, unless they disagree', () => {
    const more = { ...table, accuracies: [column('cifar10', 'ori-test', 12, 111, () => 5)], numbers: [] };
    expect(joinTables([table, more]).accuracies).to.have.length(6);
    const other = { ...table, accuracies: [column('cifar10', 'ori-test', 200, 777, () => 5)], numbers: [] };
    expect(() => joinTables([table, other])).to.throw('disagree on cifar10, ori-test, 200 epochs, seed 777');
    const [parameters] = table.numbers;
    expect(joinTables([table, table]).numbers).to.deep.equal([parameters]);
    const counted = { ...more, numbers: [{ ...parameters, values: parameters.values.map((n) => n + 1) }] };
    expect(() => joinTables([table, counted])).to.throw('disagree on params:cifar10');
  });
});

describe('whole-table work', () => {
  it('ranks a column with percentile and regret, as an Arquero table', () => {
    const question = { dataset: 'cifar100', split: 'x-test', epochs: 200, seed: 'mean' } as const;
    const ranked = rankedTable(table, question);
    // accuracy = (i mod 5000) / 50: three or four architectures share each value; 4999 is best.
    expect(ranked.numRows()).to.equal(15_625);
    expect([
      ranked.get('rank', 4999),
      ranked.get('regret', 4999),
      ranked.get('accuracy', 4999),
    ]).to.deep.equal([1, 0, 99.98]);
    expect(ranked.get('percentile', 4999)).to.be.closeTo((100 * (15_625 - 3)) / 15_624, 1e-9);
    expect(ranked.get('rank', 4998)).to.equal(4);
    expect(bestOf(table, question, 4).array('index')).to.deep.equal([4999, 9999, 14_999, 4998]);
    expect(rankedTable(table, { ...ask, seed: { seed: 999 } }).numRows()).to.equal(7813);
  });

  it('finds the Pareto front, equals included', () => {
    const values = (f: (i: number) => number) => Float64Array.from({ length: 15_625 }, (_, i) => f(i));
    const accuracy = values((i) => (i === 3 ? 90 : i === 5 || i === 6 ? 80 : i === 9 ? 95 : 10));
    const params = values((i) =>
      i === 3 ? 2 : i === 5 || i === 6 ? 1 : i === 9 ? Number.NaN : i === 20 ? 0.5 : 3,
    );
    const front = paretoFront(table, [
      { name: 'accuracy', values: accuracy, better: 'more' },
      { name: 'params', values: params, better: 'less' },
    ]);
    expect(front.array('index')).to.deep.equal([3, 5, 6, 20]);
    expect(paretoFront(table, [cost(table, 'params:cifar10')]).array('index')).to.deep.equal([0]);
  });

  it('lists the 24 neighbours that differ in one edge', () => {
    for (const index of [0, 9930]) {
      const own = architectureAt(index);
      const found = neighbours(index);
      expect(new Set(found).size).to.equal(24);
      for (const other of found) {
        expect(architectureAt(other).filter((operation, e) => operation !== own[e])).to.have.length(1);
        expect(neighbours(other)).to.include(index);
      }
    }
  });

  it('finds the 6,466 classes of isomorphic cells that the benchmark counts', () => {
    const classes = isomorphismClasses();
    expect(classes.count).to.equal(6466); // Dong & Yang 2020, section 2
    const members = classes.members(classes.classOf[1835]);
    expect(members).to.include(1835);
    for (const i of members) expect(classes.classOf[i]).to.equal(classes.classOf[1835]);
  });

  it("computes Kendall's tau-b, ties included, as the definition does", () => {
    const stream = createStream(0, 'tau');
    const brute = (x: number[], y: number[]) => {
      let s = 0;
      let a = 0;
      let b = 0;
      for (let i = 0; i < x.length; i++) {
        for (let j = 0; j < i; j++) {
          const [dx, dy] = [Math.sign(x[i] - x[j]), Math.sign(y[i] - y[j])];
          s += dx * dy;
          a += dx * dx;
          b += dy * dy;
        }
      }
      return s / Math.sqrt(a * b);
    };
    for (const values of [3, 10, 1e9]) {
      for (const n of [2, 3, 17, 64, 101]) {
        const draw = () => Array.from({ length: n }, () => Math.floor(stream.uniform() * values));
        const [x, y] = [draw(), draw()];
        const [got, want] = [kendallTau(x, y), brute(x, y)];
        if (Number.isNaN(want)) expect(got).to.be.NaN;
        else expect(got).to.be.closeTo(want, 1e-12);
      }
    }
    // scipy.stats.kendalltau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]), the example in its documentation
    expect(kendallTau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])).to.be.closeTo(-0.47140452079103173, 1e-15);
    expect(kendallTau([1, 2, Number.NaN, 3], [1, 2, 0, 3])).to.equal(1);
    expect(kendallTau([Infinity, 1, 2], [3, 1, 2])).to.equal(1);
    expect(kendallTau([1, 1], [1, 2])).to.be.NaN;
  });
});
