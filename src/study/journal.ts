// What happened to each job and when, a line each, appended only; results are never read from it.
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';

export interface JournalEntry {
  time: string;
  host: string;
  /** Process of the runner. */
  runner: number;
  job: string;
  /**
   * `adopted`: a process that an earlier runner left behind was found at work. `died`: its process was ended from outside or
   * crashed, and another was started for it.
   */
  event: 'started' | 'adopted' | 'died' | 'finished' | 'diverged' | 'failed' | 'stopped';
  /** Of the run's folder: its name. */
  run: string;
  pid?: number;
  seconds?: number;
  peakMiB?: number;
  reason?: string;
}

/** Appends to the file; every line carries time, host and runner. */
export function openJournal(
  file: string | undefined,
): (entry: Omit<JournalEntry, 'time' | 'host' | 'runner'>) => void {
  if (file === undefined) return () => {};
  mkdirSync(dirname(file), { recursive: true });
  return (entry) => {
    const line = { time: new Date().toISOString(), host: hostname(), runner: process.pid, ...entry };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  };
}

/** All entries in their order. A line that a kill or a full disk cut off is left out. */
export function readJournal(file: string): JournalEntry[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as JournalEntry];
      } catch {
        return [];
      }
    });
}
