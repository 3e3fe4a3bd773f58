// A run's folder: where its files are, reading them, and the refusals that protect what is in it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../atomic.js';
import type { EpochEvent, SearchEvent, StageEvent, StepEvent } from './events.js';
import type { Manifest, RunResult } from './manifest.js';

export interface StoredRun {
  manifest: Manifest;
  epochs: EpochEvent[];
  steps: StepEvent[];
  /** Boundaries between stages. */
  stages: StageEvent[];
  result?: RunResult;
}

export const paths = (folder: string) => ({
  manifest: join(folder, 'manifest.json'),
  metrics: join(folder, 'metrics.jsonl'),
  result: join(folder, 'result.json'),
  checkpoint: join(folder, 'checkpoints', 'last.safetensors'),
  lock: join(folder, 'run.lock'),
});

/**
 * The folder under `base` of the run with this digest. The digest is the address, the `words` before it are for readers: a run
 * that is there under other words, such as another preset's name for equal settings, is the same run.
 */
export function addressedFolder(base: string, words: string, digest: string): string {
  const address = `-${digest.slice(0, 10)}`;
  const own = `${words}${address}`;
  const there = existsSync(base) ? readdirSync(base).filter((name) => name.endsWith(address)) : [];
  return join(base, there.length === 0 || there.includes(own) ? own : there.sort()[0]);
}

export const writeJson = (path: string, value: unknown) =>
  writeAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
export const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

/** The events in a metrics file. A line cut off by a kill has no newline after it; the last piece of the split is therefore dropped. */
export function readEvents<Event>(metrics: string): Event[] {
  const lines = existsSync(metrics) ? readFileSync(metrics, 'utf8').split('\n') : [];
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Event);
}

/** Reads what a run has left so far. */
export function readRun(folder: string): StoredRun {
  const { manifest, metrics, result } = paths(folder);
  if (!existsSync(manifest)) throw new Error(`${folder} holds no run: there is no manifest.json in it`);
  const events = readEvents<SearchEvent>(metrics);
  return {
    manifest: readJson<Manifest>(manifest),
    epochs: events.filter((e): e is EpochEvent => e.event === 'epoch'),
    steps: events.filter((e): e is StepEvent => e.event === 'step'),
    stages: events.filter((e): e is StageEvent => e.event === 'stage'),
    result: existsSync(result) ? readJson<RunResult>(result) : undefined,
  };
}

/** Makes the folder and proves that it can be written, before any work starts. */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(join(folder, 'checkpoints'), { recursive: true });
    const probe = join(folder, `.probe-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw new Error(
      `cannot write to the output folder ${folder} (${(error as Error).message}): choose another one`,
    );
  }
}

/** Refuses a folder that holds something else than this run. */
export function checkFolder(
  folder: string,
  digest: string,
  resume: boolean,
): 'new' | 'unfinished' | 'finished' {
  const { manifest, result } = paths(folder);
  if (!existsSync(manifest)) {
    if (
      existsSync(folder) &&
      // What a process leaves that was killed before it wrote the manifest counts as nothing.
      readdirSync(folder).some((name) => !/^(checkpoints$|run\.lock|\.)/.test(name))
    ) {
      throw new Error(`${folder} is not empty and holds no run: choose another output folder`);
    }
    return 'new';
  }
  if (!resume)
    throw new Error(
      `${folder} already holds a run: add --resume to continue it, or choose another output folder`,
    );
  const stored = readJson<Manifest>(manifest);
  if (stored.digest !== digest) {
    throw new Error(
      `the run in ${folder} has another configuration or data set (digest ${stored.digest.slice(0, 12)}, asked for ${digest.slice(0, 12)}): ` +
        'resume with its own settings (see its manifest.json), or choose another output folder',
    );
  }
  return existsSync(result) ? 'finished' : 'unfinished';
}
