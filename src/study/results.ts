// A study's results for a reader: the runs of a record, else those of this machine's folders, and what neither has is run now.
import { existsSync } from 'node:fs';
import type { Dataset } from '../data/types.js';
import type { StudyDefinition } from './definition.js';
import { type GridOptions, runGrid } from './grid.js';
import type { GridJob } from './jobs.js';
import { standing } from './perform.js';
import { type RecordedRun, readRecord, recordedRun, requestDigest, type StudyRecord } from './record.js';
import { type StudyOptions, storeJobs, studyFiles, studyJobs } from './study.js';
import { type StudySummary, summariseStudy } from './summary.js';

export interface StudyResultsOptions
  extends Pick<StudyOptions, 'dataFolder' | 'tableFile' | 'log'>,
    Pick<GridOptions, 'parallel' | 'threads' | 'backend' | 'signal' | 'onProgress'> {
  /** File of a record (`drnas study record`): runs in it need not be made again. */
  record?: string;
  /** Passes the record over: what this machine has not run itself is run. */
  fresh?: boolean;
}

export interface StudyResults {
  study: StudyDefinition;
  /** One for each job, in the study's order. */
  runs: RecordedRun[];
  summary: StudySummary;
  /** How many came from the record, from this machine's folders, and were run now. */
  from: { record: number; folders: number; here: number };
  /** Titles of the data. */
  data: string[];
}

/** Without the data a job still has its settings, by which a record knows it. */
const undescribed = async (name: string) => ({ name, checksum: '' }) as unknown as Dataset;

/** The jobs of a study; where its data are not at hand those of the record, if that has all of them. */
async function jobsOf(
  study: StudyDefinition,
  recorded: ReadonlyMap<string, RecordedRun>,
  options: StudyResultsOptions,
): Promise<GridJob[]> {
  try {
    return await studyJobs(study, options);
  } catch (error) {
    const jobs = await studyJobs(study, { ...options, open: undescribed }).catch(() => {
      throw error;
    });
    const missing = jobs.filter((job) => !recorded.has(requestDigest(job)));
    if (missing.length > 0 || jobs.length === 0) throw error;
    options.log?.(`the data are not at hand (${(error as Error).message}); every run is in the record`);
    return jobs;
  }
}

/**
 * All runs of a study with their summary. Each run is looked for in the record, then in this machine's run folders, and is run in
 * a process of its own if neither has it; an interrupt keeps what was done. Runs that diverged are rows without values.
 * @throws where a run fails, by its name.
 */
export async function studyResults(
  study: StudyDefinition,
  options: StudyResultsOptions = {},
): Promise<StudyResults> {
  const { record: file, fresh = false, log, signal, onProgress, parallel, threads, backend } = options;
  const record: StudyRecord | undefined = file && !fresh && existsSync(file) ? readRecord(file) : undefined;
  const recorded = new Map(record?.runs.map((run) => [run.request, run]));
  const jobs = await jobsOf(study, recorded, options);
  const ofRecord = jobs.map((job) => recorded.get(requestDigest(job)));
  const elsewhere = jobs.filter((_, i) => !ofRecord[i]);
  const open = elsewhere.filter((job) => !['finished', 'diverged'].includes(standing(job)));
  if (open.length > 0) {
    log?.(`${jobs.length - open.length} of ${jobs.length} runs are at hand, ${open.length} run now`);
    storeJobs(study, jobs);
    const report = await runGrid(open, {
      ...study.resources,
      ...(parallel !== undefined && { parallel }),
      ...(threads !== undefined && { threads }),
      ...{ backend, dataFolder: options.dataFolder, tableFile: options.tableFile, signal, log, onProgress },
      journal: studyFiles(study).journal,
    });
    signal?.throwIfAborted();
    const failed = report.outcomes.find(({ state }) => state === 'failed');
    if (failed) throw new Error(`${failed.job.id} failed: ${failed.reason ?? 'without a word'}`);
  }
  // The label is that of the study that asks: a run may stand under another name in the record.
  const runs = jobs.map((job, i): RecordedRun => {
    const own = ofRecord[i];
    return own ? { ...own, label: job.label } : recordedRun(job);
  });
  const data = [...new Set(runs.flatMap(({ dataset }) => (dataset === undefined ? [] : [dataset])))];
  return {
    ...{ study, runs, summary: summariseStudy(study, runs), data },
    from: {
      record: jobs.length - elsewhere.length,
      folders: elsewhere.length - open.length,
      here: open.length,
    },
  };
}
