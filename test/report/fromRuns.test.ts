// Stored runs as measured values and as the README's tables.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  cellResults,
  PROGRESSIVE,
  progressiveResults,
  storedRuns,
  TRAININGS,
  trainingResults,
} from '../../src/report/fromRuns.js';
import { memoryTable, progressiveTable, trainingTable } from '../../src/report/runTables.js';
import { projectRoot } from '../../src/root.js';
import { temporaryFolder } from '../data/files.js';

describe('stored runs', () => {
  const root = projectRoot();
  const temporary = temporaryFolder();
  const copy = join(temporary.path, 'copy');
  const own = join(copy, PROGRESSIVE);
  beforeEach(() => {
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(copy, { recursive: true });
    cpSync(join(root, PROGRESSIVE), own, { recursive: true });
  });
  after(() => temporary.remove());

  const change = (path: string, replace: (value: Record<string, never>) => void) => {
    const value = JSON.parse(readFileSync(path, 'utf8'));
    replace(value);
    writeFileSync(path, JSON.stringify(value));
  };

  it('give Table 1 the look-ups of all seeds, and say where another data set was searched', () => {
    const [cifar10, cifar100] = progressiveResults(root);
    const runs = storedRuns(root, PROGRESSIVE);
    expect(cifar10.values).to.deep.equal(runs.map(({ result }) => result.lookup!.cifar10));
    expect(cifar10.seeds).to.deep.equal([0, 1, 2]);
    expect(cifar10.otherExperiment).to.equal(undefined);
    expect(cifar100.otherExperiment).to.match(/searched on CIFAR-10/);
  });

  it('of different settings in one folder are refused', () => {
    change(join(own, 'k2-1-seed1', 'manifest.json'), (manifest: { config?: { channels: number } }) => {
      manifest.config!.channels = 16;
    });
    expect(() => progressiveResults(copy)).to.throw(/different settings/);
  });

  it('change the table of the README when a number in them changes', () => {
    const before = progressiveTable(copy, PROGRESSIVE);
    expect(before).to.contain('| 93.76 |');
    change(join(own, 'k2-1-seed0', 'result.json'), (result: { lookup?: { cifar10: number } }) => {
      result.lookup!.cifar10 = 12.34;
    });
    expect(progressiveTable(copy, PROGRESSIVE)).to.contain('| 12.34 |');
  });

  it('of the DARTS space count as the published cell only where operations and edges are the same', () => {
    for (const { values } of cellResults(root)) expect(values).to.deep.equal([0, 0, 0]);
    const folder = 'figures/07-darts-space/runs';
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
    change(join(copy, folder, 'darts-seed1', 'result.json'), (result: { genotype?: string }) => {
      result.genotype = 'DrNAS_cifar10';
    });
    for (const { values } of cellResults(copy)) expect(values).to.deep.equal([0, 1, 0]);
  });

  it('of trainings are shown beside the paper’s errors, and judged by nobody: they are another experiment', () => {
    const results = trainingResults(root);
    expect(results.map(({ exhibit }) => exhibit)).to.deep.equal([
      'table2/DrNAS/error',
      'table2/DARTS (2nd order)/error',
      'table2/PC-DARTS/error',
    ]);
    for (const { values, otherExperiment } of results) {
      expect(values).to.have.length(3);
      expect(otherExperiment).to.match(/none of the paper's/);
    }
    const study = JSON.parse(readFileSync(join(root, TRAININGS), 'utf8'));
    const first = study.runs.find(
      (run: { architecture: { name: string } }) => run.architecture.name === 'DrNAS_cifar10',
    );
    expect(results[0].values[0]).to.be.closeTo(100 - 100 * first.last.accuracy, 1e-9);
    expect(trainingTable(root, TRAININGS)).to.match(/Not within noise: darts-seed0 − PC_DARTS_cifar −2\.54/);
  });

  it('of `drnas memory` show that both spaces take less with each larger k', () => {
    const lines = memoryTable(root, 'figures/04-progressive/memory.json').split('\n');
    const rows = lines
      .filter((line) => /^\| \d/.test(line))
      .map((line) => line.match(/\d+(?= \()/g)!.map(Number));
    expect(rows).to.have.length(5);
    for (const space of [0, 1])
      for (let i = 1; i < rows.length; i++) expect(rows[i][space]).to.be.below(rows[i - 1][space]);
  });

  it('are nothing where nothing is stored', () => {
    const empty = join(temporary.path, 'empty');
    expect([...progressiveResults(empty), ...cellResults(empty), ...trainingResults(empty)]).to.deep.equal(
      [],
    );
    expect(progressiveTable(empty, PROGRESSIVE) + trainingTable(empty, TRAININGS)).to.equal('');
  });
});
