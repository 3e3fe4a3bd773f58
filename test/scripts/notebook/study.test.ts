// A study in a cell that is interrupted: its processes stop, what they did is kept, and the cell goes on from there.
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { type Kernel, startKernel } from '../../../scripts/notebook/kernel.js';
import type { Message } from '../../../scripts/notebook/wire.js';
import { lockHolder } from '../../../src/lock.js';
import { paths, readEvents } from '../../../src/search/folder.js';
import type { StudyDefinition } from '../../../src/study/definition.js';
import type { GridJob } from '../../../src/study/jobs.js';
import { readJournal } from '../../../src/study/journal.js';
import { studyFiles, studyJobs } from '../../../src/study/study.js';

describe('a study in a notebook', function () {
  this.timeout(240_000);
  let kernel: Kernel;
  let base: string;
  let study: StudyDefinition;
  let jobs: GridJob[];
  before(async () => {
    base = mkdtempSync(join(tmpdir(), 'drnas-cell-'));
    study = {
      ...{ format: 'drnas-study-1', name: 'cell', scale: 'smoke', seeds: [0, 1, 2], out: join(base, 'runs') },
      base: {
        // Short epochs, and many: an interrupt after the first finds the search far from its end.
        ...{ dataset: 'procedural', epochs: 8, stepsPerEpoch: 10, frozenEpochs: 0 },
        ...{ evaluationImages: 16, bandSamples: 0 },
      },
    };
    jobs = await studyJobs(study);
    kernel = await startKernel({ folder: '/' });
  });
  after(async () => {
    await kernel?.shutdown();
    rmSync(base, { recursive: true, force: true });
  });

  async function run(code: string) {
    const messages: Message[] = [];
    const reply = await kernel.execute(code, (message) => messages.push(message));
    const text = messages
      .filter(({ type }) => type === 'stream')
      .map(({ content }) => content.text)
      .join('');
    return { reply, text };
  }
  const epochsOf = ({ folder }: GridJob) =>
    existsSync(paths(folder).metrics)
      ? readEvents<{ event: string; epoch: number }>(paths(folder).metrics)
          .filter(({ event }) => event === 'epoch')
          .map(({ epoch }) => epoch)
      : [];
  const processes = () => jobs.flatMap(({ folder }) => lockHolder(paths(folder).lock)?.pid ?? []);
  const alive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const until = async (what: () => boolean) => {
    while (!what()) await wait(20);
  };

  it('stops its processes at an interrupt, keeps their epochs and finished runs, and goes on when the cell is run again', async () => {
    await run(
      `import { interruptSignal } from './src/interrupt';\nimport { studyResults } from './src/study/results';\nconst study = ${JSON.stringify(study)} as any;`,
    );
    const cell =
      'const { from } = await studyResults(study, { parallel: 1, signal: interruptSignal() });\nconsole.log(JSON.stringify(from));';
    const first = run(cell);
    // The first run is finished, the second at work, the third not begun.
    await until(() => existsSync(paths(jobs[0].folder).result) && epochsOf(jobs[1]).length >= 1);
    const pids = processes();
    expect(pids).to.have.length(1);
    kernel.interrupt();
    expect((await first).reply).to.include({ status: 'error', ename: 'Interrupted' });
    await until(() => !pids.some(alive) && processes().length === 0);
    const kept = epochsOf(jobs[1]);
    expect(kept.length).to.be.within(1, 7);
    expect(existsSync(paths(jobs[1].folder).result)).to.equal(false);
    const finished = statSync(paths(jobs[0].folder).result).mtimeMs;
    // Nothing goes on in the background.
    await run('await new Promise((resolve) => setTimeout(resolve, 500));');
    expect(epochsOf(jobs[1])).to.deep.equal(kept);
    expect(epochsOf(jobs[2])).to.deep.equal([]);

    const { reply, text } = await run(cell);
    expect(reply, text).to.include({ status: 'ok' });
    expect(text).to.contain('{"record":0,"folders":1,"here":2}');
    for (const job of jobs) expect(epochsOf(job)).to.deep.equal(Array.from({ length: 8 }, (_, i) => i + 1));
    expect(statSync(paths(jobs[0].folder).result).mtimeMs).to.equal(finished);
    const events = readJournal(studyFiles(study).journal).map(({ run, event }) => [
      jobs.findIndex(({ folder }) => basename(folder) === run),
      event,
    ]);
    expect(events).to.deep.equal([
      ...[
        [0, 'started'],
        [0, 'finished'],
      ],
      ...[
        [1, 'started'],
        [1, 'stopped'],
      ],
      ...[
        [1, 'started'],
        [1, 'finished'],
      ],
      ...[
        [2, 'started'],
        [2, 'finished'],
      ],
    ]);
  });
});
