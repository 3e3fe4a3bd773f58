// What must hold for the real benchmark: known optima and cells, parameters of every network, genuine files against the table.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { deriveFacts, TEST_SETS } from '../../src/benchmarks/facts.js';
import { importBenchmark } from '../../src/benchmarks/importers/index.js';
import { readArchitectureFile } from '../../src/benchmarks/importers/nats.js';
import { kendallTau } from '../../src/benchmarks/kendall.js';
import { loadNasBench201 } from '../../src/benchmarks/nasbench201.js';
import { openTopology } from '../../src/benchmarks/open.js';
import { accuracyColumn, query } from '../../src/benchmarks/query.js';
import { type BenchmarkTable, numberColumn } from '../../src/benchmarks/table.js';
import { encodeTable, readTable, writeTable } from '../../src/benchmarks/tableFile.js';
import { projectRoot } from '../../src/root.js';
import { networkCost, OFFICIAL_SHAPE } from '../../src/spaces/nasbench201/cost.js';
import { allArchitectures } from '../../src/spaces/nasbench201/officialOrder.js';
import { temporaryFolder } from '../data/files.js';

const csv = process.env.DRNAS_NASBENCH201;
/** Genuine files of NATS-Bench: a folder with NATS-tss-v1_0-3ffb9-simple and NATS-sss-v1_0-50262-simple, whole or in part. */
const samples = process.env.DRNAS_NATS_BENCH;

function pending(this: Mocha.Context, missing: string): never {
  for (const test of this.test!.parent!.tests) test.title += ` (skipped: ${missing} is not set)`;
  return this.skip();
}

describe('the real benchmark', () => {
  const temporary = temporaryFolder();
  let table: BenchmarkTable<'topology'>;
  before(function () {
    if (!csv) pending.call(this, 'DRNAS_NASBENCH201');
    table = openTopology()!;
  });
  after(() => temporary.remove());

  it('has the optima, the cell of the paper and the cells that need no search where they are known to be', () => {
    const facts = deriveFacts(table);
    const digits = (of: (set: (typeof TEST_SETS)[number]) => number, n: number) =>
      TEST_SETS.map((s) => of(s).toFixed(n));
    // NATS-Bench, table 4 (optimal): 94.37, 73.51, 47.31
    expect(digits((s) => facts[s].optimum.accuracy, 3)).to.deep.equal(['94.373', '73.513', '47.311']);
    expect(digits((s) => facts[s].cell(9930).accuracy, 3)).to.deep.equal(['94.363', '73.513', '46.344']);
    expect(TEST_SETS.map((s) => facts[s].cell(9930).rank)).to.deep.equal([3, 1, 26]);
    expect(digits((s) => facts[s].allConv3x3.accuracy, 2)).to.deep.equal(['93.76', '71.11', '41.44']);
    for (const set of TEST_SETS) {
      expect(facts[set].largest).to.deep.equal(facts[set].allConv3x3);
      expect(facts[set].bestOfN(1)).to.be.closeTo(facts[set].randomMean, 1e-9);
    }
  });

  it('agrees with the parameters that are counted from the cells, for all 15,625 and three data sets', () => {
    const shapes = {
      cifar10: {},
      cifar100: { classes: 100 },
      'ImageNet16-120': { classes: 120, imageSize: 16 },
    };
    for (const set of TEST_SETS) {
      const counted = allArchitectures().map(
        (a) => networkCost(a, { ...OFFICIAL_SHAPE, ...shapes[set] }).parameters,
      );
      expect(counted).to.deep.equal([...numberColumn(table, `params:${set}`).values]);
    }
  });

  it('knows that 12 epochs tell little about 200 at the top (tau 0.70 on all cells, 0.38 in the upper tenth)', () => {
    // Both measured before from the same table with another program.
    const early = accuracyColumn(table, {
      dataset: 'cifar10',
      split: 'ori-test',
      epochs: 12,
      seed: { seed: 111 },
    }).values;
    const late = accuracyColumn(table, {
      dataset: 'cifar10',
      split: 'ori-test',
      epochs: 200,
      seed: 'mean',
    }).values;
    expect(kendallTau(early, late)).to.be.closeTo(0.7, 0.01);
    const bar = late.slice().sort()[Math.floor(late.length * 0.9)];
    const top = Array.from(late.keys()).filter((i) => late[i] >= bar);
    const pick = (values: Float64Array) => top.map((i) => values[i]);
    expect(kendallTau(pick(early), pick(late))).to.be.closeTo(0.38, 0.02);
  });

  it('becomes a file of less than 2 MB from which searches read the same', async () => {
    expect(encodeTable({ ...table, numbers: [] }).length).to.be.below(2e6);
    const file = join(temporary.path, 'nasbench201.table');
    writeTable(file, table);
    expect(readTable(file)).to.deep.equal(table);
    const [packed, plain] = [(await loadNasBench201({ file }))!, (await loadNasBench201())!];
    for (let i = 0; i < plain.size; i++) {
      const [a, b] = [packed.entries[i], plain.entries[i]];
      expect([a.arch, a.trials, a.params]).to.deep.equal([b.arch, b.trials, b.params]);
      expect(a.rank).to.deep.equal(b.rank);
      expect(a.cifar10).to.be.closeTo(b.cifar10, 1e-6);
      expect(a.imagenet16).to.be.closeTo(b.imagenet16, 1e-6);
    }
  });

  it('loads in milliseconds, is scanned in fewer, and needs little memory', () => {
    const file = join(temporary.path, 'measured.table');
    writeTable(file, table);
    const script = join(projectRoot(), 'test/benchmarks/measure.ts');
    const measured = JSON.parse(
      execFileSync(process.execPath, ['--import', 'tsx', '--expose-gc', script, file], { encoding: 'utf8' }),
    );
    // 100 ms, 20 ms and 50 MB are promised on a quiet machine; the times have room for a busy one.
    expect(measured.loadMs).to.be.below(400);
    expect(measured.scanMs).to.be.below(80);
    expect(measured.megabytes).to.be.below(50);
  });
});

describe("genuine files of NATS-Bench's topology space", () => {
  let table: Record<string, string>[];
  const folder = samples ? join(samples, 'NATS-tss-v1_0-3ffb9-simple') : '';
  before(function () {
    if (!csv || !samples) pending.call(this, 'DRNAS_NASBENCH201 or DRNAS_NATS_BENCH');
    const raw = readFileSync(csv!);
    const [head, ...lines] = (raw[0] === 0x1f ? gunzipSync(raw) : raw).toString().trim().split('\n');
    const names = head.split(',');
    table = lines.map((line) => Object.fromEntries(line.split(',').map((cell, c) => [names[c], cell])));
  });

  it('read bit for bit equal to the table', () => {
    const files = readdirSync(folder)
      .filter((name) => /^\d{6}/.test(name))
      .slice(0, 5);
    expect(files.length).to.be.at.least(1);
    for (const name of files) {
      const records = readArchitectureFile(readFileSync(join(folder, name)), name);
      const row = table[records[0].index];
      expect(records[0].text).to.equal(row.arch);
      const trials = records.flatMap((r) => r.trials);
      const of = (dataset: string, split: string, epochs: number, seed?: number) =>
        trials
          .filter(
            (t) => t.dataset === dataset && t.epochs === epochs && (seed === undefined || t.seed === seed),
          )
          .sort((a, b) => a.seed - b.seed)
          .map((t) => t.accuracies.get(split as 'train')!);
      // Full doubles in the table: equal to the last bit.
      expect(of('cifar10', 'ori-test', 12)).to.deep.equal([Number(row.c10_test_e12)]);
      for (const [dataset, short] of [
        ['cifar100', 'c100'],
        ['ImageNet16-120', 'in16'],
      ]) {
        expect(of(dataset, 'x-test', 12)).to.deep.equal([Number(row[`${short}_xtest_e12`])]);
        expect(of(dataset, 'x-valid', 12)).to.deep.equal([Number(row[`${short}_xvalid_e12`])]);
      }
      const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
      const means: [string, number[]][] = [
        ['c10_test_e200', of('cifar10', 'ori-test', 200)],
        ['c100_xtest_e200', of('cifar100', 'x-test', 200)],
        ['in16_xtest_e200', of('ImageNet16-120', 'x-test', 200)],
        ['c10valid_xvalid_e12', of('cifar10-valid', 'x-valid', 12)],
      ];
      for (const [column, values] of means) {
        // A mean's last bit depends on the order of its sum: within one unit in the last place.
        expect(Math.abs(mean(values) - Number(row[column]))).to.be.at.most(2 ** -46, column);
      }
      expect(of('cifar10', 'ori-test', 200)).to.have.length(Number(row.n_seeds_e200));
      // Ten decimals in the table.
      for (const seed of [777, 888, 999]) {
        for (const [column, dataset, split] of [
          [`c10valid_xvalid_e200_s${seed}`, 'cifar10-valid', 'x-valid'],
          [`c100_oritest_e200_s${seed}`, 'cifar100', 'ori-test'],
          [`in16_oritest_e200_s${seed}`, 'ImageNet16-120', 'ori-test'],
        ]) {
          const [value] = of(dataset, split, 200, seed);
          if (row[column] === '') expect(value).to.equal(undefined);
          else expect(value.toFixed(10)).to.equal(Number(row[column]).toFixed(10));
        }
      }
      for (const trial of trials) {
        const column = {
          cifar10: 'params_c10',
          'cifar10-valid': 'params_c10',
          cifar100: 'params_c100',
          'ImageNet16-120': 'params_in16',
        };
        expect(trial.parameters).to.equal(Number(row[column[trial.dataset]]));
      }
    }
  });

  it('give the same answers as the table when imported', async () => {
    const imported = (await importBenchmark(folder, { partial: true })) as BenchmarkTable<'topology'>;
    const own = openTopology()!;
    for (const index of [0, 11, 284]) {
      for (const question of [
        { dataset: 'cifar10', split: 'ori-test', epochs: 200, seed: 'mean' },
        { dataset: 'cifar100', split: 'x-test', epochs: 200, seed: 'mean' },
        { dataset: 'ImageNet16-120', split: 'ori-test', epochs: 200, seed: { seed: 888 } },
      ] as const) {
        const [a, b] = [query(imported, index, question), query(own, index, question)];
        expect([a.accuracy, a.trials]).to.deep.equal([b.accuracy, b.trials]);
      }
    }
  });

  it('are read for the size space too', async () => {
    const size = await importBenchmark(join(samples!, 'NATS-sss-v1_0-50262-simple'), { partial: true });
    expect(size.space).to.equal('size');
    const question = { dataset: 'cifar10', split: 'ori-test', epochs: 90, seed: { seed: 777 } } as const;
    expect(query(size as BenchmarkTable<'size'>, 11, question)).to.deep.include({
      accuracy: 85.77,
      trials: 1,
    });
  });
});
