// `drnas rank` and `drnas hessian` as their users meet them: on a small run, and on what they refuse.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { writeTable } from '../../src/benchmarks/tableFile.js';
import { hessianCommand } from '../../src/cli/hessian.js';
import { rankCommand } from '../../src/cli/rank.js';
import { parseSchedule } from '../../src/search/progressive/schedules.js';
import { runSearch } from '../../src/search/run.js';
import { madeTable } from '../benchmarks/made.js';
import { tinyConfig, tinyDataset } from '../search/tiny.js';

describe('drnas rank and drnas hessian', () => {
  let folder: string;
  let run: string;
  let table: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'drnas-rank-'));
    run = join(folder, 'run');
    table = join(folder, 'nasbench201.table');
    writeTable(table, madeTable());
    const dataset = await tinyDataset();
    // The second stage has three operations an edge left: 729 architectures, without partial channels.
    const config = tinyConfig({ stages: parseSchedule('2:5:1:0,1:3:1:0', 'nasbench201') });
    const backend = { name: 'drnas-wasm', engine: 'wasm', threads: 1, reason: 'test' };
    await runSearch(config, { folder: run, dataset, backend });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What the command printed, or why it refused. */
  const drnas = async (command: ReturnType<typeof rankCommand>, ...args: string[]) => {
    const { log, error } = console;
    const printed: string[] = [];
    console.log = (line: string) => printed.push(line);
    console.error = () => {};
    try {
      await command.parseAsync(args, { from: 'user' });
    } catch (refusal) {
      return (refusal as Error).message;
    } finally {
      Object.assign(console, { log, error });
    }
    return printed.join('\n');
  };
  const small = ['--images', '16', '--batch-size', '8'];
  const engine = ['--backend', 'wasm', '--threads', '1'];

  it('ranks what pruning has left, holds it against a table, and writes scores and lines', async () => {
    const [json, csv] = [join(folder, 'ranking.json'), join(folder, 'ranking.csv')];
    const args = [run, ...small, ...engine, '--table', table, '--json', json, '--csv', csv];
    const text = await drnas(rankCommand(), ...args);
    expect(text).to.match(/^729 architectures, \d+ different functions, on 16 images in batches of 8/);
    expect(text).to.match(
      /cifar10 test by supernet accuracy: tau -?0\.\d+, in the best tenth.*recall @5 .*@100/,
    );
    const ranking = JSON.parse(readFileSync(json, 'utf8'));
    expect(ranking.accuracy.filter((a: number | null) => a !== null).length).to.equal(729);
    // Three test sets, four scorers; the made-up table has no validation accuracies.
    expect(ranking.rows.length).to.equal(12);
    expect(ranking.rows.every((row: { architectures: number }) => row.architectures === 729)).to.equal(true);
    expect(existsSync(`${json}.part`)).to.equal(false);
    const lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
    expect(lines[0]).to.equal(
      'index,arch,supernet_accuracy,supernet_loss,cifar10_test,cifar100_test,imagenet16_test',
    );
    expect(lines.length).to.equal(15626);
    expect(await drnas(rankCommand(), ...args)).to.match(/ranking\.json exists: add --force/);
  });

  it('prints the spectrum of what pruning has left, or its extremes', async () => {
    const all = await drnas(hessianCommand(), run, ...small, ...engine, '--step', '0.4');
    expect(all).to.match(/Hessian in mu, 18 parameters, 16 images.*36 gradients/);
    expect(all).to.match(/error by the asymmetry of the differences: [\d.e-]+ \(/);
    const args = [run, ...small, ...engine, '--step', '0.4', '--method', 'dominant', '--variable', 'alpha'];
    expect(await drnas(hessianCommand(), ...args)).to.match(
      /dominant eigenvalue -?[\d.e-]+ \(within .*iterations/,
    );
  });

  it('refuses, before any work, a folder without a run, a run without weights, and another space', async () => {
    const made = (name: string, manifest: object) => {
      const path = join(folder, name);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'manifest.json'), JSON.stringify(manifest));
      return path;
    };
    const format = 'drnas-run-1';
    const begun = made('begun', { format, config: {} });
    for (const command of [rankCommand, hessianCommand]) {
      expect(await drnas(command(), folder)).to.match(/holds no run: there is no manifest\.json/);
      expect(await drnas(command(), begun)).to.match(
        /last\.safetensors is missing: the search in .* no epoch/,
      );
      expect(await drnas(command(), made('trained', { format: 'drnas-evaluation-1', config: {} }))).to.match(
        /a run of the kind drnas-evaluation-1, expected a search/,
      );
    }
    const darts = made('darts', { format, config: { space: 'darts' } });
    expect(await drnas(rankCommand(), darts, '--initial')).to.match(/space darts: only nasbench201/);
    expect(await drnas(rankCommand(), run, '--images', '100')).to.match(/multiple of the batch size/);
    expect(await drnas(rankCommand(), run, '--json', join(folder, 'none', 'a.json'))).to.match(
      /folder of .* does not exist/,
    );
    expect(await drnas(rankCommand(), run, '--json', folder, '--force')).to.match(/is a folder: expected/);
    const one = join(folder, 'one');
    expect(await drnas(rankCommand(), run, '--json', one, '--csv', one)).to.match(/both .*name two files/);
  });
});
