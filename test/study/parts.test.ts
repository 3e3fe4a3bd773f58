// The runner's parts without processes: memory, journal, progress, rows into summaries, the Slurm script.
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freeLockOfBatch, lockHolder } from '../../src/lock.js';
import type { GridJob } from '../../src/study/jobs.js';
import { openJournal, readJournal } from '../../src/study/journal.js';
import { createMemoryBook, hasRoom } from '../../src/study/memory.js';
import { fractionOf, inWords, progressLine, timeLeft } from '../../src/study/progress.js';
import { slurmQueue, slurmScript, submit } from '../../src/study/slurm.js';
import { summariseStudy } from '../../src/study/summary.js';
import { runsTable, summaryTable } from '../../src/study/tables.js';
import { studyText } from '../../src/study/text.js';
import { madeRow } from './made.js';

const GIB = 2 ** 30;
const job = (sampler: string) => ({ kind: 'search', label: { sampler } }) as unknown as GridJob;

describe('the memory of a grid', () => {
  it('has room for a job only beside what the running ones may still grow to, and a reserve', () => {
    expect(hasRoom(GIB, [], 2 * GIB)).to.equal(true);
    expect(hasRoom(GIB, [{ need: 2 * GIB, now: GIB }], 2 * GIB)).to.equal(false);
    expect(hasRoom(GIB, [{ need: 2 * GIB, now: 2 * GIB }], 2 * GIB)).to.equal(true);
    expect(hasRoom(GIB, [], GIB)).to.equal(false);
  });

  it('learns what a setting needs from its own runs, else from those of its kind; a given number stands', () => {
    const book = createMemoryBook();
    expect(book.knows(job('a'))).to.equal(false);
    book.saw(job('a'), 3 * GIB);
    book.saw(job('a'), GIB);
    expect(book.need(job('a'))).to.equal(3 * GIB);
    expect(book.need(job('b'))).to.equal(3 * GIB);
    book.saw(job('b'), GIB);
    expect(book.need(job('b'))).to.equal(GIB);
    expect(createMemoryBook(5).need(job('a'))).to.equal(5);
  });
});

describe('the progress of a grid', () => {
  it('is read from what the runs say', () => {
    expect(fractionOf('epoch 3/30 | train loss 2')).to.equal(0.1);
    expect(fractionOf('resuming /a/b after epoch 15 of 30')).to.equal(0.5);
    expect(fractionOf('backend: native')).to.equal(undefined);
  });

  it('gives the time left by the pace so far, and none without one', () => {
    expect(timeLeft(2, 6, 60)).to.equal(180);
    expect(timeLeft(0, 6, 60)).to.equal(undefined);
    expect([inWords(40), inWords(720), inWords(7500)]).to.deep.equal(['40 s', '12 min', '2 h 05 min']);
    const running = [{ job: job('a'), fraction: 0.409 }];
    expect(progressLine({ total: 9, finished: 3, failed: 1, running, secondsLeft: 720 })).to.equal(
      '3 of 9 done, 1 without a result, 1 running (40 %), about 12 min left',
    );
  });
});

describe('a study on disk', () => {
  let folder: string;
  const path = process.env.PATH;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drnas-parts-'));
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  it('has a journal that survives a line cut off by a kill', () => {
    const file = join(folder, 'journal.jsonl');
    openJournal(file)({ job: 'a', run: 'r', event: 'started', pid: 7 });
    appendFileSync(file, '{"job":"b","ev');
    expect(readJournal(file).map(({ job: id, pid }) => [id, pid])).to.deep.equal([['a', 7]]);
    expect(readJournal(join(folder, 'none'))).to.deep.equal([]);
  });

  it('frees a lock that a Slurm job left which is not in the queue any more, and no other', () => {
    const file = join(folder, 'a.lock');
    const lock = (batch?: string) =>
      writeFileSync(file, JSON.stringify({ pid: 1, host: 'node7', id: 'x', batch }));
    lock('41');
    expect(freeLockOfBatch(file, (id) => id === '41')).to.equal(false);
    expect(lockHolder(file)).to.deep.equal({ pid: 1, host: 'node7', here: false });
    expect(freeLockOfBatch(file, () => false)).to.equal(true);
    expect(lockHolder(file)).to.equal(undefined);
    lock();
    expect(freeLockOfBatch(file, () => false)).to.equal(false);
  });

  const options = () => ({ name: 'a', file: "it's.json", jobs: ['x-seed0', 'y-seed0'], folder });

  it('becomes a Slurm script whose task i runs job i, whatever the file is called', () => {
    const script = slurmScript({
      ...options(),
      parallel: 1,
      minutes: 30,
      memoryMiB: 1000,
      sbatch: ['--partition=long'],
      more: ['--table', 'my table.csv'],
    });
    for (const line of ['--array=0-1%1', '--cpus-per-task=1', '--mem=1256M', '--time=30', '--partition=long'])
      expect(script).to.contain(`#SBATCH ${line}\n`);
    // What the shell makes of it, the command being only printed.
    const printed = script.replace(/^exec '[^']+'/m, "printf '%s\\n'");
    const { stdout } = spawnSync('bash', ['-c', printed], {
      encoding: 'utf8',
      env: { ...process.env, SLURM_ARRAY_TASK_ID: '1' },
    });
    const words = stdout.trim().split('\n');
    expect(words.slice(0, 4)).to.deep.equal(['bin/drnas.mjs', 'study', 'run', "it's.json"]);
    expect(words.slice(-4)).to.deep.equal(['--table', 'my table.csv', '--only', 'y-seed0']);
    expect(() => slurmScript({ ...options(), jobs: [] })).to.throw('has no unfinished job');
  });

  it('is submitted with sbatch, and finds its tasks in the queue, by stand-ins of both', () => {
    const command = (name: string, body: string) => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(folder, name), 0o755);
    };
    command('sbatch', 'echo "77;cluster"');
    command('squeue', 'printf "78 77 0 RUNNING\\n77 77 1 PENDING\\n90 90 N/A RUNNING\\n"');
    process.env.PATH = `${folder}:${path}`;
    expect(submit('script', ['x-seed0', 'y-seed0'], folder)).to.equal('77');
    const { states, ids } = slurmQueue(folder);
    expect([...states]).to.deep.equal([
      ['x-seed0', 'RUNNING'],
      ['y-seed0', 'PENDING'],
    ]);
    expect([...ids]).to.deep.equal(['78', '77', '90']);
    command('sbatch', 'echo no such partition >&2; exit 1');
    expect(() => submit('script', ['x'], folder)).to.throw('no such partition');
    expect(readFileSync(join(folder, 'submissions.jsonl'), 'utf8').trim().split('\n')).to.have.length(1);
  });
});

describe('the results of a study', () => {
  const row = (sampler: string, seed: number, cifar10?: number) => madeRow({ sampler }, seed, cifar10);
  const rows = [
    row('a', 0, 94),
    row('b', 0, 93),
    row('a', 1, 93),
    row('b', 1, 94),
    row('a', 2, 94),
    row('b', 2),
  ];
  const study = { format: 'drnas-study-1', name: 's', seeds: '0-2' } as const;

  it('are summarised by setting, compared on shared seeds, and the same each time', () => {
    const summary = summariseStudy(study, rows);
    expect(summary.settings.map(({ n, diverged, missing }) => [n, diverged, missing])).to.deep.equal([
      [3, 0, 0],
      [2, 1, 0],
    ]);
    expect(summary.comparisons.map(({ label, comparison }) => [label.sampler, comparison.n])).to.deep.equal([
      ['b', 2],
    ]);
    expect(summariseStudy(study, rows)).to.deep.equal(summary);
    expect(
      summariseStudy({ ...study, reference: { sampler: 'b' } }, rows).comparisons[0].label,
    ).to.deep.equal({ sampler: 'a' });
    expect(() => summariseStudy({ ...study, reference: { sampler: 'c' } }, rows)).to.throw(
      'reference is {"sampler":"c"}, which 0 settings have',
    );
    expect(() => summariseStudy({ ...study, metric: 'speed' }, rows)).to.throw(
      'metric is "speed", expected one of cifar10',
    );
  });

  it('are printed with every seed, and plainly where nothing can be told apart', () => {
    const text = studyText({ ...study, scale: 'smoke' }, rows, summariseStudy(study, rows));
    expect(text).to.match(/b +2 +diverged/);
    expect(text).to.match(/b: 1 diverged, left out above/);
    expect(text).to.match(/b +2 .*cannot be distinguished/);
    expect(text).to.match(/3\/3 \[44, 100\]/); // Wilson's interval of 3 of 3
    expect(text).not.to.match(/best of/);
  });

  it('are tables, whose best value says in its name of how many it is', () => {
    expect(runsTable(rows).toCSV().split('\n')[0]).to.match(
      /^sampler,seed,run,state,cifar10,index,rankCifar10,seconds/,
    );
    const table = summaryTable(summariseStudy(study, rows));
    expect(table.columnNames()).to.include.members([
      'sampler',
      'n',
      'mean',
      'best_of_3',
      'headline',
      'distinction',
    ]);
    expect(table.get('best_of_3', 0)).to.equal(94);
    expect(table.get('distinction', 1)).to.equal('cannot be distinguished');
  });
});
