// One row for each run of a study, computed from the run folders alone.
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { EvaluationResult } from '../evaluation/run.js';
import { paths, readJson } from '../search/folder.js';
import type { RunRecord, RunResult } from '../search/manifest.js';
import type { GridJob, Label } from './jobs.js';
import { standing } from './perform.js';

/** Accuracies in percent, regrets in percentage points. A run without a result has its state alone. */
export interface StudyRow {
  label: Label;
  seed: number;
  state: ReturnType<typeof standing>;
  /** Name of the run's folder. */
  run: string;
  genotype?: string;
  /** The cell's index in NAS-Bench-201, its test accuracies, ranks and regrets. */
  index?: number;
  cifar10?: number;
  cifar100?: number;
  imagenet16?: number;
  rankCifar10?: number;
  rankCifar100?: number;
  rankImagenet16?: number;
  regretCifar10?: number;
  regretCifar100?: number;
  regretImagenet16?: number;
  /** Of the supernet, or of a trained network after its last epoch on the test set. */
  supernetAccuracy?: number;
  accuracy?: number;
  parameters?: number;
  epochs?: number;
  steps?: number;
  seconds?: number;
  /** SHA-256 of alpha, or of a trained network's weights: equal digests mean equal bits. */
  digest?: string;
  /** What it was run on. */
  dataset?: string;
  commit?: string;
}

/** Columns that can be summarised. */
export const METRICS = [
  ...(['cifar10', 'cifar100', 'imagenet16', 'supernetAccuracy', 'accuracy', 'seconds'] as const),
  ...(['rankCifar10', 'rankCifar100', 'rankImagenet16'] as const),
  ...(['regretCifar10', 'regretCifar100', 'regretImagenet16'] as const),
] as const;
export type Metric = (typeof METRICS)[number];

function lookupColumns(lookup: RunResult['lookup']): Partial<StudyRow> {
  if (!lookup) return {};
  const { index, cifar10, cifar100, imagenet16, rank, regret } = lookup;
  return {
    ...{ index, cifar10, cifar100, imagenet16 },
    ...{ rankCifar10: rank.cifar10, rankCifar100: rank.cifar100, rankImagenet16: rank.imagenet16 },
    ...{
      regretCifar10: regret.cifar10,
      regretCifar100: regret.cifar100,
      regretImagenet16: regret.imagenet16,
    },
  };
}

const percent = (x: number | null | undefined) => (typeof x === 'number' ? 100 * x : undefined);

function resultColumns(job: GridJob): Partial<StudyRow> {
  const { result: path } = paths(job.folder);
  if (job.kind === 'evaluate') {
    const { last, parameters, epochs, steps, seconds, weightsSha256 } = readJson<EvaluationResult>(path);
    const { text } = job.architecture;
    return {
      genotype: text,
      accuracy: percent(last.accuracy),
      parameters,
      epochs,
      steps,
      seconds,
      digest: weightsSha256,
    };
  }
  const { genotype, supernetAccuracy, epochs, steps, seconds, alphaSha256, lookup } =
    readJson<RunResult>(path);
  const quality = {
    supernetAccuracy: percent(supernetAccuracy),
    epochs,
    steps,
    seconds,
    digest: alphaSha256,
  };
  return { genotype, ...lookupColumns(lookup), ...quality };
}

/** The row of each job, in their order. */
export function studyRows(jobs: readonly GridJob[]): StudyRow[] {
  return jobs.map((job) => {
    const state = standing(job);
    const { manifest: path } = paths(job.folder);
    const manifest = existsSync(path) ? readJson<RunRecord>(path) : undefined;
    const row: StudyRow = {
      ...{ label: job.label, seed: job.config.seed, state, run: basename(job.folder) },
      ...(state === 'finished' ? resultColumns(job) : {}),
      ...(manifest?.dataset && { dataset: manifest.dataset.title }),
      ...(manifest?.code && { commit: manifest.code.commit }),
    };
    // JSON has no undefined; a row read back equals the row.
    return Object.fromEntries(
      Object.entries(row).filter(([, value]) => value !== undefined),
    ) as unknown as StudyRow;
  });
}
