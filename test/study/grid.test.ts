// The runner with real processes: what dies, fails or diverges takes nothing along; kills lose and repeat nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { openDataset } from '../../src/data/open.js';
import type { Dataset } from '../../src/data/types.js';
import { lockHolder } from '../../src/lock.js';
import { integer } from '../../src/random/integer.js';
import { createStream } from '../../src/random/stream.js';
import { projectRoot } from '../../src/root.js';
import { paths, readEvents } from '../../src/search/folder.js';
import type { StudyDefinition } from '../../src/study/definition.js';
import { runGrid } from '../../src/study/grid.js';
import type { GridJob } from '../../src/study/jobs.js';
import { readJournal } from '../../src/study/journal.js';
import { jobFiles, standing } from '../../src/study/perform.js';
import { type StudyRow, studyRows } from '../../src/study/rows.js';
import { studyFiles, studyJobs } from '../../src/study/study.js';
import { summariseStudy } from '../../src/study/summary.js';

/** Kills of the runner, and as many of single runs; a nightly test sets more. */
const KILLS = Number(process.env.DRNAS_TEST_KILLS ?? 1);
const TINY = {
  dataset: 'procedural',
  epochs: 3,
  stepsPerEpoch: 2,
  frozenEpochs: 0,
  evaluationImages: 16,
  bandSamples: 0,
};

describe('the runner', function () {
  this.timeout(120_000 + KILLS * 60_000);
  let base: string;
  let dataset: Dataset;
  before(async () => {
    base = mkdtempSync(join(tmpdir(), 'drnas-grid-'));
    dataset = await openDataset('procedural', { imageSize: 8 });
  });
  after(() => rmSync(base, { recursive: true, force: true }));
  const study = (name: string, more: Partial<StudyDefinition>): StudyDefinition => ({
    ...{ format: 'drnas-study-1', name, seeds: [0], scale: 'smoke', out: join(base, name), base: TINY },
    ...more,
  });
  const jobsOf = (definition: StudyDefinition) => studyJobs(definition, { open: async () => dataset });
  /** The table as it does not depend on when and where runs were made. */
  const timeless = (rows: StudyRow[]) => rows.map(({ seconds: _, commit: __, ...row }) => row);

  // Two runners at once: what one has taken the other leaves alone, and both know the end.
  it('records what fails and what diverges, and brings the others to their end; two runners run nothing twice', async () => {
    const definition = study('mixed', {
      variants: [
        { name: 'occupied' },
        {
          name: 'diverging',
          settings: { weightLearningRate: { initial: 1e30, final: 1e30, warmupEpochs: 0 }, clipNorm: 0 },
        },
        { name: 'good', settings: { sampler: 'softmax' } },
      ],
    });
    const jobs = await jobsOf(definition);
    const [occupied, diverging, good] = jobs;
    mkdirSync(occupied.folder, { recursive: true });
    writeFileSync(join(occupied.folder, 'of-someone-else'), '');
    const { journal } = studyFiles(definition);
    const runner = () => runGrid(jobs, { journal, parallel: 2, memoryMiB: 300 });
    const reports = await Promise.all([runner(), runner()]);
    for (const { outcomes, interrupted } of reports) {
      expect(interrupted).to.equal(false);
      expect(outcomes.map(({ job, state }) => [job.id, state])).to.deep.equal([
        ['occupied-seed0', 'failed'],
        ['diverging-seed0', 'diverged'],
        ['good-seed0', 'finished'],
      ]);
    }
    const reasons = readJournal(journal).map(({ job, event, reason }) => [job, event, reason ?? '']);
    const of = (job: GridJob) => reasons.filter(([id]) => id === job.id);
    expect(of(good).map(([, event]) => event)).to.deep.equal(['started', 'finished']);
    expect(of(diverging).map(([, event]) => event)).to.deep.equal(['started', 'diverged']);
    expect(of(diverging)[1][2]).to.match(/diverged/);
    expect(of(occupied).find(([, event]) => event === 'failed')![2]).to.match(
      /is not empty and holds no run/,
    );
    expect(existsSync(jobFiles(good).claim)).to.equal(false);
    expect(existsSync(jobFiles(good).config)).to.equal(false);
    expect(studyRows(jobs).map(({ state }) => state)).to.deep.equal(['new', 'diverged', 'finished']);
    // What has ended is not run again: nothing more is started.
    writeFileSync(journal, '');
    const again = await runGrid([diverging, good], { journal });
    expect(again.outcomes.map(({ state, reused }) => [state, reused])).to.deep.equal([
      ['diverged', true],
      ['finished', true],
    ]);
    expect(readJournal(journal)).to.deep.equal([]);
  });

  const drnas = (definition: StudyDefinition): ChildProcess => {
    const file = join(base, `${definition.name}.json`);
    writeFileSync(file, JSON.stringify(definition));
    const command = ['study', 'run', file, '--parallel', '2', '--memory', '300'];
    return spawn(process.execPath, [join(projectRoot(), 'bin', 'drnas.mjs'), ...command], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  };
  const ended = (child: ChildProcess) =>
    new Promise<{ code: number | null; said: string }>((resolve) => {
      let said = '';
      child.stderr!.on('data', (piece) => (said += piece));
      child.on('close', (code, signal) => resolve({ code, said: `${said}${signal ?? ''}` }));
    });

  it('loses and repeats nothing when runners and single runs are killed at random, and the table is equal', async () => {
    // Long enough that an interrupt at the beginning finds them at work.
    const shape = {
      base: { ...TINY, stepsPerEpoch: 20 },
      axes: { sampler: ['dirichlet', 'softmax'] },
      seeds: KILLS > 1 ? '0-1' : '0',
    };
    const [calm, wild] = [study('calm', shape), study('wild', { ...shape, out: join(base, 'wild') })];
    const calmJobs = await jobsOf(calm);
    const { outcomes } = await runGrid(calmJobs, { parallel: 2, memoryMiB: 300 });
    expect(outcomes.every(({ state, attempts }) => state === 'finished' && attempts === 1)).to.equal(true);

    const jobs = await jobsOf(wild);
    const random = createStream(KILLS, 'kills');
    const { journal } = studyFiles(wild);
    // Results as they were first seen: a finished run must never be touched again.
    const firstSeen = new Map<string, number>();
    const look = () => {
      for (const { folder } of jobs) {
        const { result } = paths(folder);
        if (existsSync(result) && !firstSeen.has(folder)) firstSeen.set(folder, statSync(result).mtimeMs);
      }
    };
    const runs = () =>
      jobs.flatMap(({ folder }) => {
        const holder = lockHolder(paths(folder).lock);
        return holder ? [holder.pid] : [];
      });
    const kills = ['SIGINT runner', ...Array.from({ length: KILLS }, () => ['run', 'SIGKILL runner']).flat()];
    let code: number | null = null;
    for (let rounds = 0; jobs.some((job) => standing(job) !== 'finished'); rounds++) {
      expect(rounds, 'rounds').to.be.below(4 + 3 * KILLS);
      const runner = drnas(wild);
      const end = ended(runner);
      const victim = kills.shift();
      if (victim !== undefined) {
        while (runner.exitCode === null && runs().length === 0) await sleep(20);
        if (victim !== 'SIGINT runner') await sleep(random.uniform() * 1000);
        const alive = runs();
        if (victim === 'run' && alive.length > 0)
          process.kill(alive[integer(random, alive.length)], 'SIGKILL');
        else if (victim !== 'run') runner.kill(victim.split(' ')[0] as NodeJS.Signals);
      }
      const { code: how, said } = await end;
      code = how;
      look();
      if (victim === 'SIGINT runner' && how !== 0) {
        expect(how, said).to.equal(130);
        expect(said).to.match(/interrupted; the same command goes on from here/);
        expect(runs(), 'runs stopped with the runner').to.deep.equal([]);
      }
    }
    expect(code).to.be.oneOf([0, null]);
    look();
    for (const { folder } of jobs) {
      expect(statSync(paths(folder).result).mtimeMs).to.equal(firstSeen.get(folder));
      // Each epoch once, whatever was computed again.
      const epochs = readEvents<{ event: string; epoch: number }>(paths(folder).metrics).filter(
        (e) => e.event === 'epoch',
      );
      expect(epochs.map(({ epoch }) => epoch)).to.deep.equal([1, 2, 3]);
    }
    const entries = readJournal(journal);
    for (const { folder } of jobs) {
      const own = entries.filter(({ run }) => run === basename(folder));
      const finish = own.findIndex(({ event }) => event === 'finished');
      if (finish >= 0) expect(own.slice(finish + 1).map(({ event }) => event)).to.deep.equal([]);
    }
    const [calmRows, wildRows] = [studyRows(calmJobs), studyRows(jobs)].map(timeless);
    expect(wildRows).to.deep.equal(calmRows);
    const comparable = (rows: StudyRow[]) => summariseStudy({ name: 'equal' }, rows);
    expect(comparable(wildRows)).to.deep.equal(comparable(calmRows));
    expect(readFileSync(journal, 'utf8').endsWith('\n')).to.equal(true);
  });

  it('says plainly why a run died, and gives it up after as many deaths as were asked for', async () => {
    const [job] = await jobsOf(
      study('dying', { base: { ...TINY, epochs: 2000, stepsPerEpoch: 50, evaluationImages: 0 } }),
    );
    const kill = setInterval(() => {
      const holder = lockHolder(paths(job.folder).lock);
      if (holder) process.kill(holder.pid, 'SIGKILL');
    }, 50);
    try {
      const { outcomes } = await runGrid([job], { retries: 1 });
      const [{ state, attempts, reason }] = outcomes;
      expect([state, attempts]).to.deep.equal(['failed', 2]);
      expect(reason).to.match(
        /^ended by SIGKILL( when it held \d+ MiB)?, as Linux does where memory runs out$/,
      );
    } finally {
      clearInterval(kill);
    }
  });
});
