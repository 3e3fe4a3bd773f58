// A study on disk: its jobs with their folders, and its own files beside the runs.
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { loadNasBench201 } from '../benchmarks/nasbench201.js';
import { openDataset } from '../data/open.js';
import type { Dataset } from '../data/types.js';
import { projectRoot } from '../root.js';
import { readJson, writeJson } from '../search/folder.js';
import { canonicalJson, sha256 } from '../search/manifest.js';
import type { StudyDefinition } from './definition.js';
import { expandStudy, settingName } from './expand.js';
import type { GridJob } from './jobs.js';
import { makeRun, type OpenData } from './kinds.js';

/** Where the runs and the study's own files are. */
export function studyFiles({ name, out = 'runs' }: Pick<StudyDefinition, 'name' | 'out'>) {
  const base = resolve(projectRoot(), out);
  const folder = join(base, `study-${name}`);
  return {
    base,
    folder,
    /** The definition as it was last run, so that a study from the command line can be read again. */
    definition: join(folder, 'study.json'),
    jobs: join(folder, 'jobs.json'),
    journal: join(folder, 'journal.jsonl'),
    slurm: join(folder, 'slurm'),
  };
}

export interface StudyOptions {
  dataFolder?: string;
  /** The NAS-Bench-201 table, where it is not in its usual place. */
  tableFile?: string;
  log?: (line: string) => void;
  /** Who has data sets open already gives them. */
  open?: OpenData;
}

/** Opens each data set of a size once. */
function opener({ dataFolder, log }: StudyOptions): OpenData {
  const opened = new Map<string, Promise<Dataset>>();
  return (name, imageSize) => {
    const key = `${name} ${imageSize}`;
    if (!opened.has(key)) opened.set(key, openDataset(name, { imageSize, folder: dataFolder, log }));
    return opened.get(key)!;
  };
}

/** Reads the table once, if any job asks for it. */
function tableReader({ tableFile: file, log }: StudyOptions): () => Promise<string | undefined> {
  let checksum: Promise<string | undefined> | undefined;
  return () => {
    checksum ??= loadNasBench201({ file, log }).then((table) => table?.checksum);
    return checksum;
  };
}

/**
 * All jobs of a study, seed by seed. Every configuration is checked and every data set opened, so that what cannot run is
 * refused here, by its name.
 */
export async function studyJobs(study: StudyDefinition, options: StudyOptions = {}): Promise<GridJob[]> {
  const { base } = studyFiles(study);
  const planned = expandStudy(study);
  const open = options.open ?? opener(options);
  const tableChecksum = tableReader(options);
  const scale = study.scale ?? 'laptop';
  const seeds = [...new Set(planned.flatMap((setting) => [...setting.seeds]))];
  const jobs: GridJob[] = [];
  for (const seed of seeds) {
    for (const { kind, label, settings, seeds: own } of planned) {
      if (!own.includes(seed)) continue;
      const name = settingName(label);
      try {
        const run = await makeRun[kind](settings, { scale, seed, base, open, tableChecksum });
        jobs.push({ id: `${name}-seed${seed}`, label, ...run });
      } catch (error) {
        throw new Error(
          `setting ${JSON.stringify(name)} of the study ${study.name}: ${(error as Error).message}`,
        );
      }
    }
  }
  return jobs;
}

interface StoredJobs {
  /** SHA-256 of the definition that they follow from. */
  study: string;
  jobs: GridJob[];
}

const digestOf = (study: StudyDefinition) => sha256(canonicalJson(study));

/** Stores the definition and its jobs, so that the study can be looked at without opening its data again. */
export function storeJobs(study: StudyDefinition, jobs: readonly GridJob[]): void {
  const files = studyFiles(study);
  mkdirSync(files.folder, { recursive: true });
  writeJson(files.definition, study);
  // Folders by name: the whole may be moved.
  writeJson(files.jobs, {
    study: digestOf(study),
    jobs: jobs.map((job) => ({ ...job, folder: basename(job.folder) })),
  });
}

/** The stored jobs of an unchanged study, or else as studyJobs makes them. */
export async function knownJobs(study: StudyDefinition, options: StudyOptions = {}): Promise<GridJob[]> {
  const { jobs: path, base } = studyFiles(study);
  const stored = existsSync(path) ? readJson<StoredJobs>(path) : undefined;
  if (stored?.study !== digestOf(study)) return studyJobs(study, options);
  return stored.jobs.map((job) => ({ ...job, folder: join(base, job.folder) }));
}
