// Which study a command means, what it refuses, and how a grid's progress is shown.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { gridProgress } from '../../src/cli/gridProgress.js';
import { studyCommand } from '../../src/cli/study.js';
import { studyOf } from '../../src/cli/studyArgument.js';
import { studyAsked } from '../../src/cli/studyRun.js';
import { samplerStudy } from '../../src/experiments/ablations.js';

describe('drnas study', () => {
  let folder: string;
  let file: string;
  let path: string | undefined;
  beforeEach(() => {
    path = process.env.PATH;
    folder = mkdtempSync(join(tmpdir(), 'drnas-study-'));
    file = join(folder, 'mine.json');
    const study = { format: 'drnas-study-1', name: 'mine', scale: 'smoke', out: join(folder, 'runs') };
    writeFileSync(file, JSON.stringify({ ...study, seeds: '0-1', base: { dataset: 'procedural' } }));
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });
  /** What a command of drnas study prints. */
  async function printed(...words: string[]): Promise<string> {
    const lines: string[] = [];
    const { log } = console;
    console.log = (line: string) => lines.push(line);
    try {
      await studyCommand().parseAsync(words, { from: 'user' });
    } finally {
      console.log = log;
    }
    return lines.join('\n');
  }

  it("makes a study of the kit's anew, with the scale and seeds that are asked for", () => {
    expect(studyAsked('samplers', { scale: 'smoke', seeds: '0-1' })).to.deep.equal(
      samplerStudy({ scale: 'smoke', seeds: '0-1' }),
    );
  });

  it('passes over no option beside a study that says it itself', () => {
    expect(() => studyAsked(file, { seeds: '0-9' })).to.throw(
      `${file} says its scale, seeds and settings itself`,
    );
    expect(() => studyAsked(file, { scale: 'paper' })).to.throw('change them there');
    expect(() => studyAsked(file, { axis: ['k=1,2'] })).to.throw(`--axis stands beside ${file}`);
    expect(() => studyAsked(file, { full: true })).to.throw('change them there');
    expect(() => studyAsked(undefined, { full: true })).to.throw('--full is for a study of the kit');
    expect(() => studyAsked('samplers', { name: 'other' })).to.throw('--name stands beside samplers');
    expect(studyAsked(file, {}).name).to.equal('mine');
  });

  it('takes a folder for no study, and what objects have anyway for no name', () => {
    for (const given of [folder, 'toString'])
      expect(() => studyOf(given)).to.throw(`there is no study ${given}: give a file, one of lambda`);
  });

  it('stores the jobs that a Slurm array of a single one reads', async () => {
    process.env.PATH = ''; // no sbatch
    const said = await printed('run', file, '--executor', 'slurm', '--only', 'base-seed1');
    expect(said).to.match(/sbatch is not on this machine; where it is, submit .*\.sbatch \(1 jobs\)/);
    const stored = join(folder, 'runs', 'study-mine', 'jobs.json');
    expect(JSON.parse(readFileSync(stored, 'utf8')).jobs).to.have.length(2);
    expect(existsSync(join(folder, 'runs', 'study-mine', 'study.json'))).to.equal(true);
  });

  it('does not overwrite a table unless forced', async () => {
    const csv = join(folder, 'runs.csv');
    await printed('table', file, '--csv', csv);
    const refused = await printed('table', file, '--csv', csv).catch((error: Error) => error.message);
    expect(refused).to.equal(`${csv} exists: add --force to overwrite it`);
    expect(await printed('table', file, '--csv', csv, '--force')).to.match(/base +0 +new/);
  });
});

describe('the progress of a study', () => {
  const state = (finished: number) => ({ total: 3, finished, failed: 0, running: [] });
  const written = (isTTY: boolean, quiet = false) => {
    const pieces: string[] = [];
    const write = (piece: unknown) => pieces.push(String(piece)) > 0;
    const progress = gridProgress(quiet, { isTTY, write } as NodeJS.WriteStream);
    progress.show(state(1));
    progress.show(state(1));
    progress.say('a: failed');
    progress.show(state(2));
    progress.stop();
    return pieces.join('');
  };

  it('is a line at the bottom of a terminal, under what is said', () => {
    expect(written(true).replaceAll('\r\x1b[K', '<')).to.equal(
      '<1 of 3 done<a: failed\n1 of 3 done<2 of 3 done\n',
    );
  });

  it('is a line with every change elsewhere, and nothing where quiet is asked for', () => {
    expect(written(false)).to.equal('1 of 3 done\na: failed\n2 of 3 done\n');
    expect(written(true, true)).to.equal('');
  });
});
