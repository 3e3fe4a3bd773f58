// The command line as its users meet it: help, machine-readable output, refusals with one clear sentence.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../src/root.js';
import { checkConfig } from '../../src/search/config.js';

function drnas(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/drnas.mjs', ...args], {
    cwd: projectRoot(),
    encoding: 'utf8',
    // Without a table and data folders of the machine at hand, the answers are the same everywhere.
    env: { ...process.env, DRNAS_NASBENCH201: '', DRNAS_DATA: '' },
  });
  return { status, stdout, stderr };
}

const PAPER =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|';
const SMOKE = ['search', '--scale', 'smoke', '--dataset', 'procedural'];

describe('drnas', function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'drnas-cli-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('teaches its commands and the options of each', () => {
    expect(drnas('--help').stdout).to.match(/search[\s\S]*lookup[\s\S]*draw[\s\S]*info[\s\S]*Start here/);
    expect(drnas('search', '--help').stdout).to.match(
      /--sampler[\s\S]*--regulariser[\s\S]*--progressive[\s\S]*--widening[\s\S]*--resume[\s\S]*Examples/,
    );
  });

  it('looks an architecture up by text or index, as JSON, without accuracies where no table is', () => {
    const byText = JSON.parse(drnas('lookup', PAPER, '--json').stdout);
    expect(byText.index).to.equal(9930);
    // The cache is looked into always; the accuracy is the paper's.
    const cache = join(projectRoot(), 'datasets', 'cache');
    const cached = ['table', 'csv', 'csv.gz'].some((ending) =>
      [cache, join(cache, 'nas-bench-201')].some((at) => existsSync(join(at, `nasbench201.${ending}`))),
    );
    if (cached) expect(byText.lookup.cifar10).to.be.closeTo(94.36, 0.005);
    else expect(byText.lookup).to.equal(null);
    expect(JSON.parse(drnas('lookup', '9930', '--json').stdout)).to.deep.equal(byText);
  });

  it('lists every setting of a space, as a configuration that can be run', () => {
    for (const space of ['nasbench201', 'darts']) {
      const settings = JSON.parse(drnas('info', '--settings', '--space', space, '--json').stdout);
      expect(settings).to.include.keys(
        'clipNorm',
        'wideningRule',
        'learningRateRestart',
        'readout',
        'alphaClipNorm',
      );
      expect('withNone' in settings && 'stem' in settings).to.equal(space === 'darts');
      checkConfig(settings);
    }
  });

  it('draws a cell and does not overwrite it unless forced', () => {
    const out = join(folder, 'cell');
    expect(drnas('draw', '9930', '--out', out).status).to.equal(0);
    expect(existsSync(`${out}.svg`) && existsSync(`${out}.png`)).to.equal(true);
    expect(drnas('draw', '1', '--out', out)).to.include({
      status: 1,
      stderr: `drnas: ${out}.svg exists: add --force to overwrite it, or choose another name\n`,
    });
    expect(drnas('draw', '1', '--out', out, '--force').status).to.equal(0);
  });

  it('prints a finished search as JSON and nothing else on stdout', () => {
    const run = drnas(
      ...SMOKE,
      '--epochs',
      '1',
      '--steps-per-epoch',
      '2',
      '--out',
      join(folder, 'json'),
      '--json',
    );
    expect(run.status, run.stderr).to.equal(0);
    const result = JSON.parse(run.stdout);
    expect(result.alphaSha256).to.match(/^[0-9a-f]{64}$/);
    expect(result.steps).to.equal(2);
    expect(result.dataset).to.match(/8x8/);
  });

  const refusals: [string, string[], RegExp][] = [
    ['an unknown option', [...SMOKE, '--sampel', 'x'], /unknown option '--sampel'/],
    ['an unknown setting', [...SMOKE, '--set', 'colour=3'], /"colour" does not exist/],
    ['a wrong image size', [...SMOKE, '--image-size', '13'], /13/],
    ['a k that does not divide C', [...SMOKE, '--k', '3'], /k = 3 does not divide the 4 channels/],
    [
      'a k that does not divide C at a later stage',
      [...SMOKE, '--progressive', '4:5:2:1,3:3:2:1'],
      /stage 2: k = 3/,
    ],
    [
      'a stage that keeps more operations than there are',
      [...SMOKE, '--progressive', '4:5:2:1,2:6:2:1'],
      /stage 2 keeps 6 operations.*5 are left/,
    ],
    ['stages that nobody understands', [...SMOKE, '--progressive', 'half'], /"half".*nasbench201-paper/],
    ['a widening that does not exist', [...SMOKE, '--widening', 'copy'], /copy.*net2net/],
    ['a word where a number belongs', [...SMOKE, '--epochs', 'many'], /"many" is not a number/],
    ['a misspelt operation', ['lookup', PAPER.replace('skip', 'skipp')], /unknown operation "skipp_connect"/],
    ['an index that does not exist', ['draw', '15625', '--out', 'x'], /15625/],
    ['an unknown data set', [...SMOKE, '--dataset', 'mnist'], /mnist/],
    ['a data folder without the data', [...SMOKE, '--dataset', 'cifar10', '--data-folder', 'src'], /src/],
    ['a table that is not there', ['lookup', '1', '--table', 'nowhere.csv'], /nowhere\.csv/],
  ];
  for (const [what, args, pattern] of refusals) {
    it(`refuses ${what} with a clear sentence and a status that is not 0`, () => {
      const out = join(folder, 'refused');
      const { status, stderr } = drnas(...args, ...(args[0] === 'search' ? ['--out', out] : []));
      expect(status).not.to.equal(0);
      expect(stderr).to.match(pattern);
      expect(stderr, 'no stack trace').not.to.match(/\n\s+at /);
      expect(existsSync(out), 'nothing is written').to.equal(false);
    });
  }

  it('refuses a truncated CIFAR-10 file and names it', () => {
    const data = join(folder, 'data', 'cifar-10-batches-bin');
    mkdirSync(data, { recursive: true });
    for (const name of [
      'data_batch_1',
      'data_batch_2',
      'data_batch_3',
      'data_batch_4',
      'data_batch_5',
      'test_batch',
    ]) {
      writeFileSync(join(data, `${name}.bin`), Buffer.alloc(3073 * 10 - 5));
    }
    const out = join(folder, 'truncated');
    const run = drnas(
      'search',
      '--scale',
      'smoke',
      '--dataset',
      'cifar10',
      '--data-folder',
      join(folder, 'data'),
      '--out',
      out,
    );
    expect(run.status).not.to.equal(0);
    expect(run.stderr).to.match(/data_batch_1\.bin/);
    expect(existsSync(out)).to.equal(false);
  });

  it('refuses an output folder with other things in it and leaves them alone', () => {
    const out = join(folder, 'mine');
    mkdirSync(out);
    writeFileSync(join(out, 'thesis.tex'), 'precious');
    const run = drnas(...SMOKE, '--out', out);
    expect(run.status).to.equal(1);
    expect(run.stderr).to.match(/not empty and holds no run/);
    expect(readdirSync(out)).to.deep.equal(['thesis.tex']);
  });
});
