// One job from where it stands to its end: its process is started, watched, started again when it died, never twice at once.
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lockHolder } from '../lock.js';
import { paths, readJson, writeJson } from '../search/folder.js';
import type { RunRecord } from '../search/manifest.js';
import type { GridJob, JobOutcome } from './jobs.js';
import type { JournalEntry } from './journal.js';
import { type CommandOptions, jobArguments } from './kinds.js';
import { type DrnasProcess, type Ended, startDrnas } from './process.js';
import { fractionOf } from './progress.js';

/** Where a job's configuration, what its process says, and the lock of the runner that has taken it lie: beside the runs. */
export function jobFiles({ folder }: Pick<GridJob, 'folder'>) {
  const beside = join(dirname(folder), '.jobs', basename(folder));
  return { config: `${beside}.json`, log: `${beside}.log`, claim: `${beside}.lock` };
}

/** How a job's run folder stands. A diverged run would diverge again: it has ended, too. */
export function standing(job: Pick<GridJob, 'folder'>): 'new' | 'unfinished' | 'diverged' | 'finished' {
  const { manifest, result } = paths(job.folder);
  if (existsSync(result)) return 'finished';
  if (!existsSync(manifest)) return 'new';
  return readJson<RunRecord>(manifest).status === 'diverged' ? 'diverged' : 'unfinished';
}

export interface PerformOptions extends CommandOptions {
  /** How often in a row a process that died is replaced by another without that the run came further. */
  retries: number;
  /** Diverged runs are tried again. */
  retryDiverged: boolean;
  signal: AbortSignal;
  journal: (entry: Omit<JournalEntry, 'time' | 'host' | 'runner'>) => void;
  log: (line: string) => void;
  onLine: (job: GridJob, line: string) => void;
  /** Between two looks at the process. */
  pollSeconds: number;
}

/** A job at work, for those who look on. */
export interface Work {
  job: GridJob;
  /** 0 to 1; where it stood when it was taken up, and now. */
  begin: number;
  fraction: number;
  /** Bytes its process holds now, and held at most. */
  now: number;
  peakBytes?: number;
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
/** Changes when the run comes further. */
const place = ({ folder }: GridJob) => {
  const { checkpoint } = paths(folder);
  return existsSync(checkpoint) ? statSync(checkpoint).mtimeMs : 0;
};

/** Why a process ended without a result. */
function reasonOf({ code, signal, lastLine }: Ended, peakBytes?: number): string {
  if (signal !== null) {
    const held = peakBytes === undefined ? '' : ` when it held ${Math.round(peakBytes / 2 ** 20)} MiB`;
    const memory = signal === 'SIGKILL' ? ', as Linux does where memory runs out' : '';
    return `ended by ${signal}${held}${memory}`;
  }
  const said = lastLine.replace(/^drnas: /, '');
  return said || `ended with status ${code} and without a word`;
}

/** Follows a process to its end. */
async function watch(process: DrnasProcess, work: Work, options: PerformOptions): Promise<Ended> {
  const { signal, onLine, pollSeconds } = options;
  let ended: Ended | undefined;
  const end = process.ended.then((how) => {
    ended = how;
  });
  const look = () => {
    const held = process.memory();
    if (held) {
      work.now = held.now;
      work.peakBytes = Math.max(work.peakBytes ?? 0, held.peak);
    }
    for (const line of process.lines()) {
      const fraction = fractionOf(line);
      if (fraction !== undefined) {
        if (!line.startsWith('epoch')) work.begin = fraction;
        work.fraction = fraction;
      }
      onLine(work.job, line);
    }
  };
  const stop = () => process.interrupt();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  while (!ended) {
    await Promise.race([end, pause(pollSeconds)]);
    look();
  }
  signal.removeEventListener('abort', stop);
  return ended;
}

/** Brings a job to its end; the caller has claimed it. */
export async function perform(work: Work, options: PerformOptions): Promise<JobOutcome> {
  const { job } = work;
  const { signal, journal, log, pollSeconds } = options;
  const files = jobFiles(job);
  const run = basename(job.folder);
  const total = { attempts: 0, seconds: 0 };
  const outcome = (state: JobOutcome['state'], reason?: string): JobOutcome => {
    const peakBytes = work.peakBytes;
    if (total.attempts > 0) {
      const peakMiB = peakBytes === undefined ? {} : { peakMiB: Math.round(peakBytes / 2 ** 20) };
      const seconds = Number(total.seconds.toFixed(1));
      journal({
        job: job.id,
        run,
        event: state,
        seconds,
        ...peakMiB,
        ...(reason !== undefined && { reason }),
      });
    }
    const extras = { ...(reason !== undefined && { reason }), ...(peakBytes !== undefined && { peakBytes }) };
    return { job, state, reused: total.attempts === 0, ...total, ...extras };
  };
  let deaths = 0;
  for (let adopted = false; ; ) {
    const stands = standing(job);
    if (stands === 'finished') return outcome('finished');
    if (stands === 'diverged' && !options.retryDiverged && total.attempts === 0)
      return outcome('diverged', 'it diverged in an earlier session');
    if (signal.aborted) return outcome('stopped');
    const holder = lockHolder(paths(job.folder).lock);
    if (holder) {
      // A process of a runner that is gone, or somebody's own: it does the work, and stays at it when this runner stops.
      if (!adopted) {
        journal({ job: job.id, run, event: 'adopted', pid: holder.pid });
        log(`${job.id}: process ${holder.pid} on ${holder.host} is at it already; waiting for it`);
      }
      adopted = true;
      await pause(pollSeconds);
      continue;
    }

    mkdirSync(dirname(files.config), { recursive: true });
    writeJson(files.config, job.config);
    const before = place(job);
    const process = startDrnas(jobArguments(job, files.config, options), files.log);
    total.attempts += 1;
    journal({ job: job.id, run, event: 'started', pid: process.pid });
    const ended = await watch(process, work, options);
    rmSync(files.config, { force: true });
    total.seconds += ended.seconds;

    const after = standing(job);
    if (after === 'finished') return outcome('finished');
    const reason = reasonOf(ended, work.peakBytes);
    if (after === 'diverged') return outcome('diverged', reason);
    if (signal.aborted) return outcome('stopped');
    if (ended.signal !== null) {
      deaths = place(job) === before ? deaths + 1 : 1;
      if (deaths > options.retries) return outcome('failed', reason);
      journal({ job: job.id, run, event: 'died', pid: process.pid, reason });
      log(`${job.id}: ${reason}; it goes on from its last checkpoint`);
      continue;
    }
    // Another process had taken the folder in between.
    if (lockHolder(paths(job.folder).lock)) continue;
    return outcome('failed', ended.code === 0 ? 'ended without a result' : reason);
  }
}
