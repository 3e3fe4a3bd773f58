// Runs the jobs of a grid in parallel processes, within the machine's cores and memory; what is finished is not repeated.
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { lockHolder, tryLock } from '../lock.js';
import { paths } from '../search/folder.js';
import { defined } from './defined.js';
import type { GridJob, JobOutcome } from './jobs.js';
import { openJournal, readJournal } from './journal.js';
import type { CommandOptions } from './kinds.js';
import { availableBytes, createMemoryBook, hasRoom, machineBytes } from './memory.js';
import { jobFiles, type PerformOptions, perform, standing, type Work } from './perform.js';
import { type GridProgress, timeLeft } from './progress.js';

export interface GridOptions
  extends Partial<CommandOptions>,
    Partial<Pick<PerformOptions, 'log' | 'onLine' | 'retries' | 'retryDiverged'>> {
  /** Processes at once. Default: the cores divided by the threads of each. */
  parallel?: number;
  /** Memory of a job. Default: learned from the runs, those of the journal included. */
  memoryMiB?: number;
  /** File that takes down what happened to each job. */
  journal?: string;
  /** Stops all jobs between two steps; everything is kept. */
  signal?: AbortSignal;
  /** The first job that fails stops the others, as an interrupt does. A diverged one does not. */
  stopOnFailure?: boolean;
  onProgress?: (progress: GridProgress) => void;
  onOutcome?: (outcome: JobOutcome) => void;
}

export interface GridReport {
  /** One for each job, in their order. */
  outcomes: JobOutcome[];
  interrupted: boolean;
  seconds: number;
}

const DEFAULTS = { threads: 1, retries: 2, retryDiverged: false, stopOnFailure: false, pollSeconds: 0.25 };
/** While a setting's memory is unknown, the next process waits so long, or for the first epoch of the one before. */
const SETTLING_SECONDS = 15;

const pause = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, 1000 * seconds));

/** Of a job for which no process was started here. */
const untried = (job: GridJob, state: JobOutcome['state']): JobOutcome => ({
  ...{ job, state, reused: false, attempts: 0, seconds: 0 },
});

/**
 * Brings every job to its end, in their order, and says what became of each. A job that dies, diverges or fails takes no
 * other along. Jobs with one folder are one run. Several runners may share the folders: each job is claimed by one.
 */
export async function runGrid(jobs: readonly GridJob[], options: GridOptions = {}): Promise<GridReport> {
  const { threads, retries, retryDiverged, stopOnFailure, pollSeconds } = {
    ...DEFAULTS,
    ...defined(options),
  };
  const { signal, log = () => {}, onLine = () => {}, onProgress, onOutcome } = options;
  const parallel = Math.max(1, options.parallel ?? Math.floor(availableParallelism() / threads));
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;

  const book = createMemoryBook(options.memoryMiB === undefined ? undefined : options.memoryMiB * 2 ** 20);
  const byId = new Map(jobs.map((job) => [job.id, job]));
  for (const { job: id, peakMiB } of options.journal ? readJournal(options.journal) : []) {
    const job = byId.get(id);
    if (job && peakMiB !== undefined) book.saw(job, peakMiB * 2 ** 20);
  }
  const halt = new AbortController();
  const onAbort = () => halt.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  const performing: PerformOptions = {
    ...{ threads, retries, retryDiverged, pollSeconds, log, onLine },
    ...{ backend: options.backend, dataFolder: options.dataFolder, tableFile: options.tableFile },
    searchMemory: options.searchMemory,
    signal: halt.signal,
    journal: openJournal(options.journal),
  };

  const outcomes = new Map<string, JobOutcome>();
  const settle = (outcome: JobOutcome) => {
    outcomes.set(outcome.job.folder, outcome);
    onOutcome?.(outcome);
    if (stopOnFailure && outcome.state === 'failed') halt.abort(new Error(outcome.reason));
  };
  const reuse = (job: GridJob) => settle({ ...untried(job, 'finished'), reused: true });

  const distinct = [...new Map(jobs.map((job) => [job.folder, job])).values()];
  let queue = distinct.filter((job) => standing(job) !== 'finished');
  for (const job of distinct) if (!queue.includes(job)) reuse(job);
  if (queue.length < distinct.length)
    log(`${distinct.length - queue.length} of ${distinct.length} runs are finished already`);

  const running = new Map<Work, Promise<void>>();
  let doneHere = 0;
  let lastStart = -Infinity;
  const elsewhere = new Set<GridJob>();
  const room = (job: GridJob): boolean => {
    const others = [...running.keys()].map((work) => ({ need: book.need(work.job), now: work.now }));
    if (others.length === 0) return true;
    if (!book.knows(job)) {
      const unsettled = [...running.keys()].some(({ fraction, begin }) => fraction <= begin);
      if (unsettled && elapsed() - lastStart < SETTLING_SECONDS) return false;
      for (const { job: other, peakBytes } of running.keys())
        if (peakBytes !== undefined) book.saw(other, peakBytes);
    }
    return hasRoom(book.need(job), others, availableBytes());
  };
  const start = (job: GridJob, release: () => void) => {
    const work: Work = { job, begin: 0, fraction: 0, now: 0 };
    lastStart = elapsed();
    const done = perform(work, performing)
      .catch((error: Error): JobOutcome => ({ ...untried(job, 'failed'), reason: error.message }))
      .then((outcome) => {
        release();
        running.delete(work);
        if (outcome.peakBytes !== undefined) book.saw(job, outcome.peakBytes);
        if (outcome.attempts > 0 && outcome.state !== 'stopped')
          doneHere += (outcome.state === 'finished' ? 1 : work.fraction) - work.begin;
        settle(outcome);
      });
    running.set(work, done);
  };
  const report = () => {
    if (!onProgress) return;
    const all = [...outcomes.values()];
    const works = [...running.keys()];
    const gained = works.reduce((sum, { fraction, begin }) => sum + fraction - begin, doneHere);
    const left = works.reduce((sum, { fraction }) => sum + 1 - fraction, queue.length);
    onProgress({
      total: distinct.length,
      finished: all.filter(({ state }) => state === 'finished').length,
      failed: all.filter(({ state }) => state === 'failed' || state === 'diverged').length,
      running: works.map(({ job, fraction }) => ({ job, fraction })),
      secondsLeft: timeLeft(gained, left, elapsed()),
    });
  };

  while (queue.length > 0 || running.size > 0) {
    if (halt.signal.aborted) {
      for (const job of queue) outcomes.set(job.folder, untried(job, 'stopped'));
      queue = [];
    }
    for (const job of queue) {
      if (running.size >= parallel || !room(job)) break;
      if (book.knows(job) && book.need(job) > machineBytes()) {
        const [need, all] = [book.need(job), machineBytes()].map((bytes) => Math.ceil(bytes / 2 ** 20));
        const reason = `it needs ${need} MiB of memory and the machine has ${all}`;
        settle({ ...untried(job, 'failed'), reason });
      } else {
        const { claim } = jobFiles(job);
        mkdirSync(dirname(claim), { recursive: true });
        const release = tryLock(claim);
        if (release) start(job, release);
        else {
          if (!elsewhere.has(job))
            log(`${job.id}: process ${lockHolder(claim)?.pid ?? '?'} has taken it; looking again later`);
          elsewhere.add(job);
          if (!existsSync(paths(job.folder).result)) continue;
          reuse(job);
        }
      }
      queue = queue.filter((other) => other !== job);
    }
    report();
    const some = [...running.values()];
    if (some.length > 0 || queue.length > 0) await Promise.race([...some, pause(pollSeconds)]);
  }
  report();
  signal?.removeEventListener('abort', onAbort);
  return {
    outcomes: jobs.map((job) => ({ ...outcomes.get(job.folder)!, job })),
    interrupted: signal?.aborted === true,
    seconds: elapsed(),
  };
}
