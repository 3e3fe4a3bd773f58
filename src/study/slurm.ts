// A study as a Slurm job array: one task a job. The script is written, submitted where sbatch exists, and the queue is read.
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../atomic.js';
import { freeLockOfBatch } from '../lock.js';
import { projectRoot } from '../root.js';
import { paths, readEvents } from '../search/folder.js';
import { defined } from './defined.js';
import type { Resources } from './definition.js';
import type { GridJob } from './jobs.js';
import { jobFiles } from './perform.js';

/** What an array asks for where the study does not say. */
export const SLURM_DEFAULTS = { threads: 1, memoryMiB: 2048, minutes: 24 * 60 };
/** Seconds before the time limit at which a task is asked to stop between two steps. */
const WARNING_SECONDS = 60;
/** Memory of the runner that a task consists of, beside the job's. */
const RUNNER_MIB = 256;

export interface SlurmScript extends Resources {
  name: string;
  /** The study's file, as `drnas study run` takes it. */
  file: string;
  /** Ids of the jobs; the task's index selects one. */
  jobs: readonly string[];
  /** Folder of the script and of what the tasks say. */
  folder: string;
  /** More arguments of `drnas study run`, such as `--data-folder`. */
  more?: readonly string[];
  /** More lines for sbatch: `--partition=long`. */
  sbatch?: readonly string[];
}

/** A word as the shell reads it. */
const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

/** The script of an array whose tasks run one job each. Submitted again it goes on with what is unfinished: runs resume. */
export function slurmScript(options: SlurmScript): string {
  const { name, file, jobs, folder, parallel, more = [], sbatch = [] } = options;
  const { threads, memoryMiB, minutes } = { ...SLURM_DEFAULTS, ...defined(options) };
  if (jobs.length === 0) throw new Error(`the study ${name} has no unfinished job for Slurm`);
  if (/["\n]/.test(folder))
    throw new Error(`${folder} has a quotation mark or a line end in it: Slurm cannot write there`);
  const limit = parallel === undefined ? '' : `%${parallel}`;
  const command = [process.execPath, 'bin/drnas.mjs', 'study', 'run', file];
  const words = [...command, '--parallel', '1', '--threads', String(threads), ...more].map(quoted).join(' ');
  return `#!/bin/bash
#SBATCH --job-name=drnas-${name}
#SBATCH --array=0-${jobs.length - 1}${limit}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=${threads}
#SBATCH --mem=${memoryMiB + RUNNER_MIB}M
#SBATCH --time=${minutes}
#SBATCH --signal=B:INT@${WARNING_SECONDS}
#SBATCH --output="${folder}/%A_%a.log"
${sbatch.map((line) => `#SBATCH ${line}\n`).join('')}
# Task i of the array runs job i. Interrupted before its time limit, a run keeps its checkpoint.
jobs=(
${jobs.map((id) => `  ${quoted(id)}`).join('\n')}
)
cd ${quoted(projectRoot())} || exit 1
exec ${words} --only "\${jobs[$SLURM_ARRAY_TASK_ID]}"
`;
}

/** Writes the script of these jobs and returns its path. */
export function writeSlurmScript(options: SlurmScript): string {
  mkdirSync(options.folder, { recursive: true });
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const path = join(options.folder, `${options.name}-${stamp}.sbatch`);
  writeAtomically(path, slurmScript(options));
  chmodSync(path, 0o755);
  return path;
}

interface Submission {
  /** Slurm's id of the array. */
  array: string;
  jobs: readonly string[];
  time: string;
}

const submissionsIn = (folder: string) => join(folder, 'submissions.jsonl');

/** Whether an array of this study was ever submitted. */
export const wasSubmitted = (folder: string): boolean => existsSync(submissionsIn(folder));

/** Whether this machine has Slurm's commands. */
export const hasSlurm = (): boolean => spawnSync('sbatch', ['--version']).status === 0;

/** Submits a script and takes down which task is which job. Returns the array's id. */
export function submit(script: string, jobs: readonly string[], folder: string): string {
  const { status, stdout, stderr, error } = spawnSync('sbatch', ['--parsable', script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`sbatch ${script}: ${error?.message ?? stderr.trim()}`);
  const array = stdout.trim().split(';')[0];
  const line: Submission = { array, jobs, time: new Date().toISOString() };
  appendFileSync(submissionsIn(folder), `${JSON.stringify(line)}\n`);
  return array;
}

export interface SlurmQueue {
  /** Slurm's state of each of the study's jobs that is in its queue: PENDING, RUNNING, COMPLETING, … */
  states: ReadonlyMap<string, string>;
  /** Slurm's ids of all that is in the queue, whosever it is. */
  ids: ReadonlySet<string>;
}

/** Reads the queue. */
export function slurmQueue(folder: string): SlurmQueue {
  const submissions = readEvents<Submission>(submissionsIn(folder));
  const states = new Map<string, string>();
  const { status, stdout, stderr, error } = spawnSync(
    'squeue',
    ['--noheader', '--array', '--format=%A %F %K %T'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`squeue: ${error?.message ?? stderr.trim()}`);
  const ids = new Set<string>();
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [id, array, task, state] = line.trim().split(/\s+/);
    ids.add(id);
    const job = submissions.find((submission) => submission.array === array)?.jobs[Number(task)];
    if (job !== undefined) states.set(job, state);
  }
  return { states, ids };
}

/** Frees what tasks left locked that were killed, perhaps with their machine; only the queue knows of other machines. */
export function freeLostJobs(jobs: readonly GridJob[], { ids }: SlurmQueue): void {
  for (const job of jobs)
    for (const lock of [jobFiles(job).claim, paths(job.folder).lock])
      freeLockOfBatch(lock, (id) => ids.has(id));
}
