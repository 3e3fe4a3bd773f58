// One process at a time: a lock file beside what is guarded, freed when its holder has died.
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';

interface Holder {
  pid: number;
  host: string;
  id: string;
  /** When the process began, as the system counts; tells it from a later one with its number. */
  began?: string;
  /** Slurm's id of the job that it belongs to: whether that still runs, the queue knows from any machine. */
  batch?: string;
}

export interface LockOptions {
  /** Seconds between two looks while another process holds it. */
  pauseSeconds?: number;
  /** Seconds after which waiting is given up. */
  patienceSeconds?: number;
  /** Told once that another process is being waited for. */
  onWait?: (holder: { pid: number; host: string }) => void;
}

const DEFAULTS = { pauseSeconds: 0.2, patienceSeconds: 24 * 3600 };

/**
 * Takes `file` as this process's lock and returns what frees it. A dead process's lock is taken over.
 * @throws at once where a running process holds it, so that nobody waits unawares
 */
export function takeLock(file: string): () => void {
  const release = tryLock(file);
  if (release) return release;
  const other = read(file);
  throw new Error(
    `process ${other?.pid ?? '?'} on ${other?.host ?? '?'} is running in this folder (${file}): wait for it or stop it first, ` +
      'or delete that file when no such process runs any more',
  );
}

/** The same for who has something else to do meanwhile: undefined where a running process holds it. */
export function tryLock(file: string): (() => void) | undefined {
  const mine = holder();
  while (!take(file, mine)) {
    const other = read(file);
    if (other !== undefined && isDead(other) && evict(file, other)) continue;
    return undefined;
  }
  return () => release(file, mine);
}

/** The process that holds `file`; undefined where nobody does, or one that no longer runs. */
export function lockHolder(file: string): { pid: number; host: string; here: boolean } | undefined {
  const found = read(file);
  if (found === undefined || isDead(found)) return undefined;
  return { pid: found.pid, host: found.host, here: found.host === hostname() };
}

/** Frees `file` where its holder belonged to a Slurm job that is not in the queue any more. True if it did. */
export function freeLockOfBatch(file: string, inQueue: (batch: string) => boolean): boolean {
  const found = read(file);
  return found?.batch !== undefined && !inQueue(found.batch) && evict(file, found);
}

/**
 * Runs `action` while holding `file`, and waits for another process that holds it.
 * A lock whose process no longer runs on this machine is taken over.
 * @throws after `patienceSeconds`
 */
export async function withLock<T>(
  file: string,
  action: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const { pauseSeconds, patienceSeconds } = { ...DEFAULTS, ...options };
  mkdirSync(dirname(file), { recursive: true });
  const begun = performance.now();
  let free = tryLock(file);
  for (let waited = false; !free; free = tryLock(file)) {
    const other = read(file);
    if (!waited && other) options.onWait?.(other);
    waited = true;
    if ((performance.now() - begun) / 1000 > patienceSeconds) {
      throw new Error(
        `${file} is held by process ${other?.pid ?? '?'} on ${other?.host ?? '?'}: wait for it, or delete that file when ` +
          'no such process runs any more',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pauseSeconds * 1000));
  }
  try {
    return await action();
  } finally {
    free();
  }
}

/** A process's state (Z: ended, not yet collected) and the ticks from the machine's start to its own; undefined without /proc. */
function processStat(pid: number): { state: string; began: string } | undefined {
  try {
    // The name in parentheses may hold anything; the state comes right after it, the beginning is the 20th.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').pop()!.split(' ');
    return { state: fields[0], began: fields[19] };
  } catch {
    return undefined;
  }
}

function holder(): Holder {
  const began = processStat(process.pid)?.began;
  const batch = process.env.SLURM_JOB_ID;
  const more = { ...(began !== undefined && { began }), ...(batch && { batch }) };
  return { pid: process.pid, host: hostname(), id: randomUUID(), ...more };
}

/** Frees the lock if it is still this holder's. */
function release(file: string, mine: Holder): void {
  if (read(file)?.id === mine.id) rmSync(file, { force: true });
}

/** Appears whole or not at all: written aside, then linked, which fails where the name exists. */
function take(file: string, mine: Holder): boolean {
  const aside = `${file}.${mine.id}`;
  writeFileSync(aside, JSON.stringify(mine));
  try {
    linkSync(aside, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined; // gone in between, or not a lock of ours: then only waiting helps
  }
}

function isDead({ pid, host, began }: Holder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const now = processStat(pid);
  if (now === undefined) return false;
  // Numbers are given anew, surely after a restart of the machine.
  return now.state === 'Z' || (began !== undefined && now.began !== began);
}

/** Moves the lock of a dead process away. Two may try at once: who moved a live lock instead puts it back. */
function evict(file: string, dead: Holder): boolean {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return true; // another process was faster
  }
  const moved = read(aside);
  if (moved?.id !== dead.id) {
    try {
      linkSync(aside, file);
    } catch {
      // A third one took it meanwhile; the checksum after the lock still protects the file.
    }
  }
  rmSync(aside, { force: true });
  return true;
}
