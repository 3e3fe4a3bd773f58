// The NAS-Bench-201 table: ranks, regrets, baselines, refusals; and the published facts where the real one is at hand.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { toArquero } from '../../src/benchmarks/arquero.js';
import { BENCHMARK_DATASETS, loadNasBench201, type NasBench201 } from '../../src/benchmarks/nasbench201.js';
import { rejection, temporaryFolder, withEnvironment } from '../data/files.js';
import { ALL_TEXTS, HEADER, madeUp, madeUpRows } from './table.js';

const PAPER_CELL =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|';

describe('NAS-Bench-201 table', () => {
  const temporary = temporaryFolder();
  const rows = madeUpRows();
  const write = (name: string, lines: string[], header = HEADER): string => {
    const file = join(temporary.path, name);
    const text = Buffer.from(`${[header, ...lines].join('\n')}\n`);
    writeFileSync(file, name.endsWith('.gz') ? gzipSync(text, { level: 1 }) : text);
    return file;
  };
  let file: string;
  let benchmark: NasBench201;
  before(async () => {
    file = write('nasbench201.csv', rows);
    benchmark = (await loadNasBench201({ file }))!;
  });
  after(() => temporary.remove());

  it('holds every architecture at its index, with its numbers', () => {
    expect(benchmark.size).to.equal(15_625);
    for (const n of [0, 1, 4_711, 15_624]) {
      const entry = benchmark.lookup(ALL_TEXTS[n]);
      expect(entry).to.equal(benchmark.entries[n]);
      expect([entry.index, entry.arch, entry.trials]).to.deep.equal([n, ALL_TEXTS[n], 2 + (n % 2)]);
      expect([entry.cifar10, entry.cifar100, entry.imagenet16]).to.deep.equal(madeUp(ALL_TEXTS[n]));
    }
  });

  it('ranks by the number of better architectures, so that ties share the better rank', () => {
    BENCHMARK_DATASETS.forEach((dataset, d) => {
      const values = ALL_TEXTS.map((text) => madeUp(text)[d]);
      const best = Math.max(...values);
      for (const n of [0, 77, 9_930, 15_624]) {
        const better = values.filter((value) => value > values[n]).length;
        expect(benchmark.entries[n].rank[dataset]).to.equal(better + 1);
        expect(benchmark.entries[n].regret[dataset]).to.be.closeTo(best - values[n], 1e-12);
      }
    });
  });

  it('knows what needs no search', () => {
    const { allConv3x3, allSkip, largest, randomMean } = benchmark.baselines();
    expect(allConv3x3.arch).to.equal(PAPER_CELL.replace('skip_connect', 'nor_conv_3x3'));
    expect(allConv3x3.cifar10).to.equal(82); // 10 + 6 x 12
    expect(allSkip.imagenet16).to.equal(11); // 10 / 2 + 6
    expect(largest).to.equal(allConv3x3);
    const mean = ALL_TEXTS.reduce((sum, text) => sum + madeUp(text)[0], 0) / ALL_TEXTS.length;
    expect(randomMean.cifar10).to.be.closeTo(mean, 1e-9);
    expect(benchmark.bestOfN(1, 'cifar10')).to.be.closeTo(mean, 1e-9);
    expect(benchmark.bestOfN(1e7, 'cifar10')).to.be.closeTo(82, 1e-6);
  });

  it('says what is wrong about a text that is no architecture', () => {
    expect(() => benchmark.lookup(PAPER_CELL.replace('skip_connect', 'skip_conect'))).to.throw(
      /"skip_conect".*skip_connect/,
    );
  });

  it('becomes an arquero table with a row per architecture', () => {
    const table = toArquero(benchmark);
    expect(table.numRows()).to.equal(15_625);
    expect(table.get('arch', 9_930)).to.equal(ALL_TEXTS[9_930]);
    expect(table.get('rank_cifar100', 77)).to.equal(benchmark.entries[77].rank.cifar100);
  });

  it('reads the gzipped table to the same content', async () => {
    const packed = await loadNasBench201({ file: write('packed.csv.gz', rows) });
    expect(packed!.checksum).to.equal(benchmark.checksum);
    expect(packed!.entries).to.deep.equal(benchmark.entries);
  });

  it('refuses a table that is not complete or not one, naming row and column', async () => {
    const refusal = async (name: string, lines: string[], header?: string) =>
      (await rejection(loadNasBench201({ file: write(name, lines, header) }))).message;
    const changed = (row: number, from: string | RegExp, to: string) =>
      rows.map((line, r) => (r === row ? line.replace(from, to) : line));
    expect(await refusal('a', rows.slice(0, 15_000))).to.match(/15000 architectures, expected 15625/);
    expect(await refusal('b', rows, HEADER.replace('c100_xtest_e200', 'c100'))).to.match(
      /no column c100_xtest_e200;/,
    );
    expect(await refusal('c', changed(5, '|+|', '|nor_conv_7x7~0|+|'))).to.match(
      /row 6: "\|.*nor_conv_7x7.* is not architecture 35 of NAS-Bench-201/,
    );
    expect(await refusal('d', changed(5, /^35,/, '41,'))).to.match(/row 6: .* is not architecture 41/);
    const twice = rows.map((line, r) => (r === 6 ? rows[5] : line));
    expect(await refusal('h', twice)).to.match(/row 7: index 35 occurs twice/);
    expect(await refusal('e', changed(5, /^35,/, '15625,'))).to.match(
      /row 6: index is "15625", expected a whole number from 0/,
    );
    expect(await refusal('f', changed(5, /,[^,]*,\d+$/, ',,73306'))).to.match(
      /row 6: in16_xtest_e200 is "", expected a number/,
    );
    expect(await refusal('g', changed(5, /,[^,]*,\d+$/, ',101,73306'))).to.match(
      /in16_xtest_e200 is "101", expected a number from 0 to 100/,
    );
    const whole = gzipSync(Buffer.from([HEADER, ...rows].join('\n')), { level: 1 });
    writeFileSync(join(temporary.path, 'cut.csv.gz'), whole.subarray(0, whole.length / 2));
    const error = await rejection(loadNasBench201({ file: join(temporary.path, 'cut.csv.gz') }));
    expect(error.message).to.match(/cut\.csv\.gz cannot be unpacked .*truncated/);
  });

  it('is found by its variable, under DRNAS_DATA and in the cache; where it is not, one line says where to put it', async () => {
    const cache = join(temporary.path, 'cache');
    const data = join(temporary.path, 'data', 'nas-bench-201');
    mkdirSync(data, { recursive: true });
    writeFileSync(
      join(data, 'nasbench201.csv.gz'),
      gzipSync(Buffer.from([HEADER, ...rows].join('\n')), { level: 1 }),
    );
    const source = (
      variables: { DRNAS_NASBENCH201?: string; DRNAS_DATA?: string },
      log?: (line: string) => void,
    ) =>
      withEnvironment({ DRNAS_NASBENCH201: undefined, DRNAS_DATA: undefined, ...variables }, async () => {
        return (await loadNasBench201({ cache, log }))?.source;
      });
    expect(await source({ DRNAS_NASBENCH201: file, DRNAS_DATA: join(temporary.path, 'data') })).to.equal(
      file,
    );
    expect(await source({ DRNAS_NASBENCH201: temporary.path })).to.equal(file);
    expect(await source({ DRNAS_DATA: join(temporary.path, 'data') })).to.equal(
      join(data, 'nasbench201.csv.gz'),
    );
    expect(await source({ DRNAS_DATA: data })).to.equal(join(data, 'nasbench201.csv.gz'));
    const lines: string[] = [];
    expect(await source({}, (line) => lines.push(line))).to.equal(undefined);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.contain(join(cache, 'nas-bench-201')).and.to.contain('DRNAS_NASBENCH201');
    const missing = await rejection(source({ DRNAS_NASBENCH201: '/no/such/table.csv' }));
    expect(missing.message).to.match(/\/no\/such\/table\.csv \(DRNAS_NASBENCH201\): there is no such file/);
  });
});

describe('the real NAS-Bench-201 table', () => {
  let benchmark: NasBench201;
  before(async function () {
    if (!process.env.DRNAS_NASBENCH201) {
      for (const test of this.test!.parent!.tests) test.title += ' (skipped: DRNAS_NASBENCH201 is not set)';
      this.skip();
    }
    benchmark = (await loadNasBench201())!;
  });

  it("has the paper's cell at 9930, with the paper's accuracies and ranks 3, 1 and 26", () => {
    const entry = benchmark.lookup(PAPER_CELL);
    expect(entry.index).to.equal(9930);
    // DrNAS, table 4: 94.36, 73.51, 46.34.
    expect(BENCHMARK_DATASETS.map((dataset) => entry[dataset].toFixed(2))).to.deep.equal([
      '94.36',
      '73.51',
      '46.34',
    ]);
    expect(BENCHMARK_DATASETS.map((dataset) => entry.rank[dataset])).to.deep.equal([3, 1, 26]);
    // The optima of the benchmark are 94.37, 73.51 and 47.31.
    expect(entry.regret.cifar10).to.be.closeTo(0.01, 0.005);
    expect(entry.regret.cifar100).to.equal(0);
    expect(entry.regret.imagenet16).to.be.closeTo(0.97, 0.005);
  });

  it('ranks the cells that need no search where the survey of the table has them', () => {
    const { allConv3x3, allSkip, largest, randomMean } = benchmark.baselines();
    const accuracies = (entry: Record<string, unknown>) =>
      BENCHMARK_DATASETS.map((d) => (entry[d] as number).toFixed(2));
    expect(accuracies({ ...allConv3x3 })).to.deep.equal(['93.76', '71.11', '41.44']);
    expect(allConv3x3.rank.cifar10).to.equal(167);
    expect(largest).to.equal(allConv3x3);
    expect(allSkip.index).to.equal(1835);
    expect(accuracies({ ...allSkip })).to.deep.equal(['54.30', '15.61', '16.32']);
    expect(allSkip.rank.cifar10).to.equal(15_231);
    // The mean over all cells, computed with awk over the column.
    expect(accuracies({ ...randomMean })).to.deep.equal(['87.06', '61.41', '33.59']);
  });

  it('puts random search with a test oracle where a survey of the table has it', () => {
    // Best of 1, 10, 30 and 100 as a survey of the table gives them. They seem to be simulated: the exact best of
    // 1 is the mean over all cells, from which the survey's differs by up to 0.3.
    const simulated = {
      cifar10: [87.16, 93.11, 93.53, 93.84],
      cifar100: [61.71, 69.83, 70.78, 71.53],
      imagenet16: [33.39, 43.38, 44.75, 45.62],
    };
    for (const dataset of BENCHMARK_DATASETS) {
      [1, 10, 30, 100].forEach((n, i) => {
        expect(benchmark.bestOfN(n, dataset)).to.be.closeTo(simulated[dataset][i], n === 1 ? 0.35 : 0.04);
      });
    }
  });

  it('loads in well under a second', async () => {
    let best = Infinity;
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      await loadNasBench201();
      best = Math.min(best, performance.now() - start);
    }
    expect(best).to.be.below(1500); // 230 ms when written; the margin is for busy machines
  });
});
