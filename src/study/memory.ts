// Whether the machine's memory has room for one more job: by what its setting needed before, or is expected to.
import { totalmem } from 'node:os';
import type { GridJob } from './jobs.js';

/** What a job is taken to need while nothing is known: a search at laptop scale holds some 350 MiB. */
const UNKNOWN = 512 * 2 ** 20;
/** Left for the system and for other programs. */
const RESERVE = 256 * 2 ** 20;

export interface MemoryBook {
  /** Bytes that a job will hold at most: given, seen of its setting, or the most seen of its kind. */
  need(job: GridJob): number;
  /** Whether need() rests on something seen or given. */
  knows(job: GridJob): boolean;
  /** Takes down what a job held at most. */
  saw(job: GridJob, peakBytes: number): void;
}

/** With `given` bytes every job needs so much, whatever is seen. */
export function createMemoryBook(given?: number): MemoryBook {
  const peaks = new Map<string, number>();
  const keys = (job: GridJob) => [`${job.kind} ${JSON.stringify(job.label)}`, job.kind];
  const known = (job: GridJob) => {
    const [setting, kind] = keys(job);
    return given ?? peaks.get(setting) ?? peaks.get(kind);
  };
  return {
    need: (job) => known(job) ?? UNKNOWN,
    knows: (job) => known(job) !== undefined,
    saw: (job, peakBytes) => {
      for (const key of keys(job)) peaks.set(key, Math.max(peaks.get(key) ?? 0, peakBytes));
    },
  };
}

/** Bytes that this process may still take, limits of a container included. */
export const availableBytes = (): number => process.availableMemory();
export const machineBytes = (): number => {
  const limit = process.constrainedMemory() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
};

/** Room for `need` bytes beside jobs that may still grow from what they hold `now` to what they `need`. */
export function hasRoom(
  need: number,
  running: readonly { need: number; now: number }[],
  available: number,
): boolean {
  const growth = running.reduce((sum, job) => sum + Math.max(0, job.need - job.now), 0);
  return need + growth + RESERVE <= available;
}
