// A study's results in one small file that is kept with the repository: each run's row, and its course epoch by epoch.
import { existsSync, readFileSync } from 'node:fs';
import { writeAtomically } from '../atomic.js';
import type { EpochEvent } from '../search/events.js';
import { paths, readEvents, readJson } from '../search/folder.js';
import { canonicalJson, type Manifest, type RunResult, runDigest, sha256 } from '../search/manifest.js';
import { defined } from './defined.js';
import type { StudyDefinition } from './definition.js';
import type { GridJob } from './jobs.js';
import { standing } from './perform.js';
import { type StudyRow, studyRows } from './rows.js';

/** After an epoch: losses and entropy in nats, accuracies in per cent. */
export interface CoursePoint {
  epoch: number;
  step?: number;
  trainLoss?: number;
  validLoss?: number;
  supernetAccuracy?: number;
  entropy?: number;
  temperature?: number;
  stage?: number;
  /** Smallest, mean and largest concentration of all edges and operations. */
  concentration?: [number, number, number];
  /** The cell so far in NAS-Bench-201, and its test accuracies. */
  index?: number;
  cifar10?: number;
  cifar100?: number;
  imagenet16?: number;
  /** Range of the sampled architectures' test accuracies: smallest, median, largest. */
  band?: Partial<Record<'cifar10' | 'cifar100' | 'imagenet16', [number, number, number]>>;
  diagnostics?: EpochEvent['diagnostics'];
}

/** A run as it is recorded. */
export interface RecordedRun extends StudyRow {
  /** Of what the run was asked to do; the same on every machine, whatever its copy of the data. */
  request: string;
  /** The architecture parameters at the end, one row an edge. */
  alpha?: number[][];
  course: CoursePoint[];
  machine?: string;
  backend?: string;
  started?: string;
}

export interface StudyRecord {
  format: 'drnas-study-record-1';
  study: StudyDefinition;
  /** What the runs were made on: title and SHA-256. */
  data: { title: string; checksum: string }[];
  runs: RecordedRun[];
}

/** Digest of a job's settings, seed and kind of data. Where its data came from, and of a search its scale's name, have no part. */
export function requestDigest(job: GridJob): string {
  if (job.kind === 'search')
    return runDigest(job.config, { name: job.config.dataset as never, checksum: '' });
  return sha256(
    canonicalJson({
      kind: job.kind,
      ...('architecture' in job && { of: job.architecture.text }),
      config: job.config,
    }),
  );
}

/** Five significant digits: the course is for figures, the row beside it is exact. */
const short = (x: number) => Number(x.toPrecision(5));
const shortened = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value, (_, v) => (typeof v === 'number' ? short(v) : v)));

/** An epoch's event as a point; events of rivals have a part of it. */
export function coursePoint(event: Partial<EpochEvent> & { epoch: number }): CoursePoint {
  const { epoch, step, trainLoss, validLoss, entropy, temperature, stage, lookup, diagnostics } = event;
  const beta = event.concentration?.flat();
  const percent = typeof event.supernetAccuracy === 'number' ? 100 * event.supernetAccuracy : undefined;
  return shortened(
    defined({
      ...{ epoch, step, trainLoss, validLoss: validLoss ?? undefined, supernetAccuracy: percent },
      ...{ entropy, temperature, stage, diagnostics },
      ...(beta && {
        concentration: [Math.min(...beta), beta.reduce((a, b) => a + b, 0) / beta.length, Math.max(...beta)],
      }),
      ...(lookup && { index: lookup.index, cifar10: lookup.cifar10, cifar100: lookup.cifar100 }),
      ...(lookup && { imagenet16: lookup.imagenet16 }),
      ...(event.band && {
        band: Object.fromEntries(
          Object.entries(event.band).map(([name, b]) => [name, [b.min, b.median, b.max]]),
        ),
      }),
    }),
  ) as CoursePoint;
}

/** The run of a job that has ended, read from its folder. */
export function recordedRun(job: GridJob): RecordedRun {
  const [row] = studyRows([job]);
  const { manifest, metrics, result } = paths(job.folder);
  const events = readEvents<Partial<EpochEvent> & { epoch?: number }>(metrics);
  const { machine, backend, started } = readJson<Manifest>(manifest);
  const { alpha }: Partial<RunResult> = existsSync(result) ? readJson<Partial<RunResult>>(result) : {};
  const course = events.flatMap((event) =>
    event.event === 'epoch' && event.epoch !== undefined
      ? [coursePoint({ ...event, epoch: event.epoch })]
      : [],
  );
  return {
    ...row,
    request: requestDigest(job),
    ...(alpha && { alpha: shortened(alpha) }),
    course,
    ...(machine && { machine: `${machine.cores} x ${machine.cpu}` }),
    ...(backend && { backend: `${backend.engine}, ${backend.threads} thread(s)` }),
    started,
  };
}

/** The record of a study's jobs, diverged ones included. @throws where one is not finished: nothing is left out. */
export function recordStudy(study: StudyDefinition, jobs: readonly GridJob[]): StudyRecord {
  const open = jobs.filter((job) => !['finished', 'diverged'].includes(standing(job)));
  if (open.length > 0)
    throw new Error(
      `${open.length} of ${jobs.length} runs of the study ${study.name} are not finished (${open[0].id}): drnas study run goes on with them`,
    );
  const runs = jobs.map(recordedRun);
  const data = new Map(
    jobs.flatMap((job) => {
      const { dataset } = readJson<Partial<Manifest>>(paths(job.folder).manifest);
      return dataset ? [[dataset.checksum, dataset.title] as const] : [];
    }),
  );
  return {
    format: 'drnas-study-record-1',
    study,
    data: [...data].map(([checksum, title]) => ({ title, checksum })),
    runs,
  };
}

/** Writes a record: JSON lines, the study first and then one line a run. */
export function writeRecord(file: string, { runs, ...head }: StudyRecord): void {
  writeAtomically(file, [head, ...runs].map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** Reads a record. @throws where the file holds something else, or is cut off. */
export function readRecord(file: string): StudyRecord {
  const lines = readFileSync(file, 'utf8').split('\n');
  const parse = (line: string, i: number) => {
    try {
      return JSON.parse(line);
    } catch (error) {
      throw new Error(
        `${file}, line ${i + 1} is no JSON (${(error as Error).message}): fetch the file again`,
      );
    }
  };
  const [head, ...runs] = lines.filter((line) => line !== '').map(parse);
  if (head?.format !== 'drnas-study-record-1')
    throw new Error(
      `${file} holds no record of a study: its first line must have the format drnas-study-record-1`,
    );
  return { ...head, runs };
}
