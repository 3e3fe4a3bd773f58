// How far a grid is, and how long it will take.
import type { GridJob } from './jobs.js';

export interface GridProgress {
  total: number;
  /** Ended with a result, before or now. */
  finished: number;
  /** Ended without one. */
  failed: number;
  running: { job: GridJob /** 0 to 1, as far as it says. */; fraction: number }[];
  /** By the pace since the start; undefined while there is none. */
  secondsLeft?: number;
}

/** The part of its work that a line of a job's output reports as done: `epoch 3/30 …`, `… after epoch 3 of 30`. */
export function fractionOf(line: string): number | undefined {
  const said = /^epoch (\d+)\/(\d+)/.exec(line) ?? /after epoch (\d+) of (\d+)$/.exec(line);
  return said ? Number(said[1]) / Number(said[2]) : undefined;
}

/** Seconds for what is left, by the pace at which `done` jobs (in fractions) were done in `seconds`. */
export function timeLeft(done: number, left: number, seconds: number): number | undefined {
  return done > 0.001 ? (seconds / done) * left : undefined;
}

/** `1 h 05 min`, `12 min`, `40 s`. */
export function inWords(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90
    ? `${minutes} min`
    : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `3 of 20 done, 1 without a result, 2 running (40 %, 10 %), about 34 min left`. */
export function progressLine({ total, finished, failed, running, secondsLeft }: GridProgress): string {
  const parts = [`${finished} of ${total} done`];
  if (failed > 0) parts.push(`${failed} without a result`);
  if (running.length > 0)
    parts.push(
      `${running.length} running (${running.map(({ fraction }) => `${Math.floor(100 * fraction)} %`).join(', ')})`,
    );
  if (secondsLeft !== undefined) parts.push(`about ${inWords(secondsLeft)} left`);
  return parts.join(', ');
}
