// `npm run reproduce` on notebooks made for the test.
import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { scratchFolder, writeSample } from './notebook/make.js';

const reproduce = (...args: string[]) =>
  new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    const command = ['--import', 'tsx', 'scripts/reproduce.ts', ...args];
    execFile(process.execPath, command, { timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr });
    });
  });

describe('reproduce', function () {
  this.timeout(180_000);
  let folder: string;
  const copies = () =>
    ['test-ok', 'test-broken'].map((name) => join('runs', 'notebooks', 'smoke', `${name}.ipynb`));
  before(() => {
    folder = scratchFolder();
    const report =
      "reportResult('found', { headline: '94.36 % at ' + scale, look: [figuresFolder + '/loss.svg'] });";
    const parameters =
      "parameters:let scale = 'laptop';\nlet figuresFolder = 'figures';\nlet seed = 1;\nlet fresh = false;";
    const use = "import { reportResult } from './src/notebook';";
    writeSample(
      folder,
      'test-ok',
      '# A search\n\nText.',
      parameters,
      use,
      report,
      'console.log(seed, fresh);',
    );
    writeSample(folder, 'test-broken', "throw new Error('no data');");
  });
  after(() => {
    rmSync(folder, { recursive: true });
    for (const file of copies()) {
      rmSync(file, { force: true });
      rmSync(file.replace('.ipynb', '.results.json'), { force: true });
    }
  });

  it('goes on after a failure, sums up results and where to look, and gives 1', async () => {
    const { status, stdout } = await reproduce(
      '--notebooks',
      folder,
      '--scale',
      'smoke',
      '--seed',
      '5',
      '--fresh',
      '--verbose',
    );
    expect(status).to.equal(1);
    const [progress, summary] = stdout.split('Summary, smoke scale');
    expect(progress)
      .to.contain('[2/2] test-ok: A search')
      .and.match(/^5 true$/m);
    expect(summary).to.match(/test-broken\s+error\s+[\d.]+ s\n/);
    expect(summary).to.match(/test-ok\s+ok\s+[\d.]+ s\n/);
    expect(summary).to.contain('Results:\n  test-ok: 94.36 % at smoke\n');
    expect(summary).to.contain('  runs/figures-smoke/loss.svg\n');
    expect(summary).to.match(/test-broken failed in cell 1: [\s\S]*Error: no data/);
    expect(summary).to.contain('1 of 2 notebooks executed to the end.');
    expect(copies().map(existsSync)).to.deep.equal([true, true]);
  });

  it('lists the notebooks, all or those that are named', async () => {
    const [all, one] = await Promise.all([
      reproduce('--notebooks', folder, '--list'),
      reproduce('--notebooks', folder, '--list', '--only', 'test-ok'),
    ]);
    expect(all.stdout).to.match(/test-broken\ntest-ok\s+A search\n/);
    expect(one.stdout).not.to.contain('test-broken');
  });

  it('gives 2, with a sentence, for a command that is wrong', async () => {
    const wrong: [string[], RegExp][] = [
      [['--scale', 'large'], /--scale large: choose one of smoke, laptop, paper/],
      [['--only', '99'], /--only 99 fits no notebook; there are: test-broken, test-ok/],
      [['--seed', 'x'], /--seed x is not a whole number from 0/],
      [['--store', '--scale', 'smoke'], /--store keeps laptop-scale outputs/],
      [['--fast'], /Unknown option '--fast'/],
      [['--notebooks', join(folder, 'none')], /there are no notebooks in/],
    ];
    const runs = await Promise.all(wrong.map(([args]) => reproduce('--notebooks', folder, ...args)));
    runs.forEach(({ status, stderr }, i) => {
      expect(stderr).to.match(wrong[i][1]);
      expect(status).to.equal(2);
    });
  });
});
