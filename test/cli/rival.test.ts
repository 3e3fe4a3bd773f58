// drnas rival as its users meet it, on a made-up table; and a run with weight sharing that is killed and goes on.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { writeTable } from '../../src/benchmarks/tableFile.js';
import { TABLE_4 } from '../../src/experiments/publishedNb201.js';
import { projectRoot } from '../../src/root.js';
import { column } from '../benchmarks/made.js';
import { temporaryFolder } from '../data/files.js';

/** Images right of so many, by index: any numbers do. */
const right = (images: number, factor: number) => (i: number) => (i * factor) % images;

describe('drnas rival', function () {
  this.timeout(120_000);
  const temporary = temporaryFolder();
  const at = (name: string) => join(temporary.path, name);
  const file = at('made.table');
  const options = {
    cwd: projectRoot(),
    encoding: 'utf8' as const,
    env: { ...process.env, DRNAS_NASBENCH201: file, DRNAS_DATA: '' },
  };
  const drnas = (...args: string[]) =>
    spawnSync(process.execPath, ['bin/drnas.mjs', 'rival', ...args], options);

  before(() => {
    const valid = [
      ['cifar10-valid', 25_000, 7],
      ['cifar100', 5000, 3],
      ['ImageNet16-120', 3000, 11],
    ] as const;
    writeTable(file, {
      space: 'topology',
      size: 15_625,
      accuracies: [
        ...valid.flatMap(([dataset, images, factor]) =>
          [12, 200].map((epochs) =>
            column(dataset, 'x-valid', epochs, 'mean', right(images, factor * epochs)),
          ),
        ),
        column('cifar10', 'ori-test', 200, 'mean', right(10_000, 13)),
        column('cifar100', 'x-test', 200, 'mean', right(5000, 17)),
        column('ImageNet16-120', 'x-test', 200, 'mean', right(3000, 19)),
      ],
      numbers: [],
      sources: [{ name: 'made up', sha256: null }],
    });
  });
  after(() => temporary.remove());

  it('lists every row of Table 4 with how it runs here', () => {
    const { stdout } = drnas('list');
    for (const row of Object.keys(TABLE_4.rows)) expect(stdout).to.match(new RegExp(`^${row} \\[`, 'm'));
    expect(stdout).to.contain('Equal cost:');
  });

  it('leaves a folder as a search does, and uses what is in it when it goes on', () => {
    const run = ['evolution', '--seed', '3', '--queries', '30', '--out', at('one'), '--json'];
    const { stdout, stderr } = drnas(...run);
    const result = JSON.parse(stdout || stderr);
    expect(result).to.deep.include({ rival: 'evolution', seed: 3, queries: 30, simulatedSeconds: null });
    expect(result.lookup.index).to.equal(result.index);
    const lines = readFileSync(join(at('one'), 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines).to.have.length(30);
    expect(JSON.parse(readFileSync(join(at('one'), 'manifest.json'), 'utf8')).status).to.equal('finished');
    expect(JSON.parse(drnas(...run, '--resume').stdout)).to.deep.equal(result);
  });

  it('takes settings from a file, as the runner hands them over, and options change them', () => {
    const config = at('config.json');
    const settings = { method: 'reinforce', seed: 5, queries: 8, settings: { momentum: 0.5 } };
    writeFileSync(config, JSON.stringify(settings));
    const out = at(join('new', 'study.json'));
    const options = ['--config', config, '--seeds', '5,6', '--queries', '4', '--out', out];
    expect(drnas('reinforce', ...options).status).to.equal(0);
    const study = JSON.parse(readFileSync(out, 'utf8'));
    expect(study.budget).to.deep.equal({ queries: 4 });
    const rows: { seed: number; queries: number }[] = study.rows;
    expect(rows.map(({ seed, queries }) => [seed, queries])).to.deep.equal([
      [5, 4],
      [6, 4],
    ]);
  });

  it('refuses with one sentence what cannot be', () => {
    writeFileSync(at('there.json'), '');
    const refused: [string[], RegExp][] = [
      [['random', '--seeds', '0-3', '--out', at('there.json')], /exists: add --resume to overwrite it/],
      [['random', '--simulated-seconds', '5000'], /does not know how long trainings/],
    ];
    for (const [args, message] of refused) {
      const { status, stderr } = drnas(...args);
      expect(status).to.equal(1);
      expect(stderr).to.match(message);
    }
  });

  it('rsps: killed at any moment, it goes on to the result of an undisturbed run', async () => {
    const settings = [
      '--scale',
      'smoke',
      '--set',
      'dataset=procedural',
      '--set',
      'epochs=8',
      '--threads',
      '1',
    ];
    const command = (name: string) => [
      ...['bin/drnas.mjs', 'rival', 'rsps', '--json', '--resume', '--out', at(name)],
      ...settings,
    ];
    const whole = spawnSync(process.execPath, command('whole'), options);
    expect(whole.status, whole.stderr).to.equal(0);
    for (const milliseconds of [60, 700]) {
      const child = spawn(process.execPath, command('killed'), {
        cwd: options.cwd,
        env: options.env,
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.on('exit', resolve));
      while (child.exitCode === null && !existsSync(join(at('killed'), 'metrics.jsonl'))) await sleep(20);
      await sleep(milliseconds);
      child.kill('SIGKILL');
      await ended;
    }
    const { status, stderr, stdout } = spawnSync(process.execPath, command('killed'), options);
    expect(status, stderr).to.equal(0);
    const timeless = (text: string) => {
      const { seconds: _s, folder: _f, ...result } = JSON.parse(text);
      return result;
    };
    expect(timeless(stdout)).to.deep.equal(timeless(whole.stdout));
  });
});
