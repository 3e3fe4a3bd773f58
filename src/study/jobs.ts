// The jobs of a grid: one run of one setting with one seed, each a process and a folder of its own.
import type { EvaluationConfig } from '../evaluation/config.js';
import type { FoundArchitecture } from '../evaluation/network.js';
import type { SearchConfig } from '../search/config.js';

/** What tells the settings of a study apart, a column each: `{ sampler: 'gdas', regulariserWeight: 0.001 }`. No seed. */
export type Label = Readonly<Record<string, string | number>>;

interface Job {
  /** Names the job on the command line and in the journal: letters, digits, `.`, `+`, `-`, `_`; each once in a study. */
  id: string;
  label: Label;
  /** Addressed by the content of configuration and data: equal runs of several settings or studies share it. */
  folder: string;
}

/** A search: `drnas search --config FILE --out FOLDER --resume`. */
export interface SearchJob extends Job {
  kind: 'search';
  config: SearchConfig;
}

/** A training of a found network: `drnas evaluate --config FILE --out FOLDER --resume`. */
export interface EvaluateJob extends Job {
  kind: 'evaluate';
  config: EvaluationConfig;
  architecture: FoundArchitecture;
}

/** Settings of a rival method, as JSON: whatever its command takes beside these two. */
export interface RivalConfig {
  method: string;
  seed: number;
  [setting: string]: unknown;
}

/**
 * Another method: `drnas rival METHOD --seed N --config FILE --out FOLDER --resume`. The folder it leaves looks like a search's:
 * manifest.json (with `status`), metrics.jsonl, run.lock while it runs, and result.json, written last, with `genotype`,
 * `seconds` and, where a table is at hand, `lookup`.
 */
export interface RivalJob extends Job {
  kind: 'rival';
  config: RivalConfig;
}

export type GridJob = SearchJob | EvaluateJob | RivalJob;
export type JobKind = GridJob['kind'];
export const JOB_KINDS: readonly JobKind[] = ['search', 'evaluate', 'rival'];

/** What became of a job. `stopped`: by an interrupt, to go on later. `diverged`: it ended, without a usable result. */
export type JobState = 'finished' | 'diverged' | 'failed' | 'stopped';

export interface JobOutcome {
  job: GridJob;
  state: JobState;
  /** It was finished before, or another runner did it. */
  reused: boolean;
  /** Why it has no result. */
  reason?: string;
  /** How many times a process was started for it here. */
  attempts: number;
  /** Of these processes together. */
  seconds: number;
  /** The most memory that one of them held, where the system says. */
  peakBytes?: number;
}
