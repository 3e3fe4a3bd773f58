// Where every job of a study stands: from its run folder, the locks, the journal and, where there is one, Slurm's queue.
import { basename } from 'node:path';
import { lockHolder } from '../lock.js';
import { paths, readEvents } from '../search/folder.js';
import type { GridJob } from './jobs.js';
import type { JournalEntry } from './journal.js';
import { standing } from './perform.js';

export interface JobStatus {
  job: GridJob;
  state: 'finished' | 'diverged' | 'failed' | 'running' | 'queued' | 'interrupted' | 'waiting';
  /** Why it failed; where it runs; how Slurm calls its state. */
  detail: string;
  /** Epochs it has completed, of how many its configuration asks for, where it says. */
  epochs: number;
  of?: number;
}

const epochsOf = (job: GridJob) => {
  const wanted = (job.config as { epochs?: unknown }).epochs;
  const events = readEvents<{ event: string }>(paths(job.folder).metrics);
  const epochs = events.filter(({ event }) => event === 'epoch').length;
  return { epochs, ...(typeof wanted === 'number' && { of: wanted }) };
};

/** The state of each job. `queue` has Slurm's word for those that are in its queue, by job id. */
export function studyStatus(
  jobs: readonly GridJob[],
  journal: readonly JournalEntry[],
  queue: ReadonlyMap<string, string> = new Map(),
): JobStatus[] {
  return jobs.map((job) => {
    const run = basename(job.folder);
    const last = journal.findLast(
      (entry) => entry.run === run && !['started', 'adopted'].includes(entry.event),
    );
    const stands = standing(job);
    const status = (state: JobStatus['state'], detail = ''): JobStatus => ({
      job,
      state,
      detail,
      ...epochsOf(job),
    });
    if (stands === 'finished') return status('finished');
    if (stands === 'diverged') return status('diverged', last?.reason ?? '');
    const holder = lockHolder(paths(job.folder).lock);
    if (holder) return status('running', `process ${holder.pid}${holder.here ? '' : ` on ${holder.host}`}`);
    const queued = queue.get(job.id);
    if (queued !== undefined) return status('queued', `Slurm: ${queued}`);
    if (last?.event === 'failed') return status('failed', last.reason);
    return status(
      stands === 'unfinished' ? 'interrupted' : 'waiting',
      last?.event === 'died' ? last.reason : '',
    );
  });
}

/** A line a job, and how many are in each state. */
export function statusText(all: readonly JobStatus[]): string {
  const width = Math.max(...all.map(({ job }) => job.id.length));
  const counts = new Map<string, number>();
  for (const { state } of all) counts.set(state, (counts.get(state) ?? 0) + 1);
  const lines = all.map(({ job, state, detail, epochs, of }) => {
    const far =
      state === 'finished' || epochs === 0 ? '' : `epoch ${epochs}${of === undefined ? '' : ` of ${of}`}`;
    return `${job.id.padEnd(width)}  ${state.padEnd(11)}  ${[far, detail].filter(Boolean).join(', ')}`.trimEnd();
  });
  const sums = [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
  return [...lines, `${all.length} jobs: ${sums}`].join('\n');
}
