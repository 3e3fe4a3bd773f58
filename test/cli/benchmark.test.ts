// drnas benchmark and drnas forensics as their users meet them, on a made-up table.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { writeTable } from '../../src/benchmarks/tableFile.js';
import { questionOf } from '../../src/cli/benchmark.js';
import { projectRoot } from '../../src/root.js';
import { column, madeTable } from '../benchmarks/made.js';
import { writeFolder } from '../benchmarks/official.js';
import { temporaryFolder } from '../data/files.js';

describe('drnas benchmark and forensics', function () {
  this.timeout(60_000);
  const temporary = temporaryFolder();
  const file = join(temporary.path, 'made.table');
  const drnas = (...args: string[]) =>
    spawnSync(process.execPath, ['bin/drnas.mjs', ...args], {
      cwd: projectRoot(),
      encoding: 'utf8',
      env: { ...process.env, DRNAS_NASBENCH201: file, DRNAS_DATA: '' },
    });
  before(() => {
    const table = madeTable();
    const mean = column(
      'cifar10',
      'ori-test',
      200,
      'mean',
      (i) => 3 * (i % 5000),
      () => 3,
    );
    writeTable(file, {
      ...table,
      accuracies: [...table.accuracies.filter((c) => c.dataset !== 'cifar10'), mean],
    });
  });
  after(() => temporary.remove());

  it('imports a part of an official folder and says what it holds', () => {
    const out = join(temporary.path, 'part.table');
    const folder = writeFolder(temporary.path, [11]);
    expect(drnas('benchmark', 'import', folder, '--out', out)).to.include({ status: 1 });
    const run = drnas('benchmark', 'import', folder, '--partial', '--out', out);
    expect(run.stdout, run.stderr).to.match(
      /part\.table: 42 columns of accuracies, \d+ of numbers, \d+ bytes/,
    );
    const again = drnas('benchmark', 'import', folder, '--partial', '--out', out);
    expect(again.stderr).to.contain('part.table exists: add --force to overwrite it');
    const info = JSON.parse(drnas('benchmark', 'info', out, '--json').stdout);
    expect(info.sources[0].name).to.equal('NATS-tss-v1_0-3ffb9-simple');
    // Index 11 was not trained with seed 999.
    const seeds = new Set(info.accuracies.map((c: { seed: number }) => c.seed));
    expect(seeds).to.deep.equal(new Set([111, 777, 888]));
  });

  it('puts no table without accuracies where searches look', () => {
    const scores = join(temporary.path, 'scores.csv');
    writeFileSync(scores, 'index,score\n0,1.5\n');
    expect(drnas('benchmark', 'import', scores, '--force').stderr).to.contain('have no accuracies');
  });

  it('answers a question and says on how many trainings the answer rests', () => {
    const ask = ['--dataset', 'cifar100', '--split', 'x-test', '--epochs', '200', '--seed', 'mean'];
    expect(drnas('benchmark', 'query', '11', ...ask).stdout).to.equal(
      '0.2200 %, 2 training(s), 5000 images\n',
    );
    const incomplete = drnas('benchmark', 'query', '11', '--dataset', 'cifar100');
    expect(incomplete.stderr).to.match(/required option '--split <set>' not specified/);
  });

  it('refuses in words what the types refuse in code', () => {
    const ask = (dataset: string, split: string, epochs: string, seed: string) => () =>
      questionOf({ dataset, split, epochs, seed });
    expect(ask('cifar10', 'x-valid', '200', 'mean')).to.throw(
      'cifar10 was not evaluated on "x-valid", only on train, ori-test',
    );
    expect(ask('cifar', 'x-valid', '200', 'mean')).to.throw(
      '"cifar" is unknown: use one of cifar10-valid, cifar10',
    );
    expect(ask('cifar10', 'ori-test', '90', 'mean')).to.throw('90 epochs: the benchmark has 12 and 200');
    expect(ask('cifar10', 'ori-test', '200', 'random')).to.throw(
      'use mean, a number such as 777, or draw:NAME',
    );
    expect(ask('cifar10', 'ori-test', '200', 'draw:x')).to.not.throw();
  });

  it('finds the cells of printed accuracies', () => {
    // 11/100, 22/100 and 11/30 percent are those of index 11, and of 15011 by the remainders that the table is made of.
    const found = drnas('forensics', '0.11', '0.22', '0.37');
    expect(found.stdout, found.stderr).to.match(/cifar10 0\.11 %: 4 of 15,625 cells alone/);
    expect(found.stdout).to.match(/all 3 together: 2 cell\(s\)\n {2}11 /);
    expect(drnas('forensics', '943.6').stderr).to.match(/drnas: "943\.6" is no accuracy in percent/);
  });
});
