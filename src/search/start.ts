// From a configuration to a running search: backend, data, table and folder, each chosen with a word on why.
import { join } from 'node:path';
import { chooseBackend, type Preference } from '../backend/choose.js';
import { loadNasBench201, type NasBench201 } from '../benchmarks/nasbench201.js';
import { openDataset } from '../data/open.js';
import type { Dataset } from '../data/types.js';
import { projectRoot } from '../root.js';
import { checkConfig, type SearchConfig } from './config.js';
import { addressedFolder } from './folder.js';
import { type BackendRecord, type RunResult, runDigest } from './manifest.js';
import { type RunOptions, runSearch } from './run.js';

export interface Workplace {
  backend: BackendRecord;
  dataset: Dataset;
  table?: NasBench201;
}

export interface WorkplaceOptions {
  backend?: Preference;
  threads?: number;
  /** Folder of the data set, and file of the NAS-Bench-201 table, where they are not in their usual places. */
  dataFolder?: string;
  tableFile?: string;
  log?: (line: string) => void;
}

/** Chooses the backend and opens the data set of a configuration; of ImageNet with so many of alpha's pictures in memory. */
export async function openComputing(
  {
    dataset: name,
    imageSize,
    evaluationImages,
  }: Pick<SearchConfig, 'dataset' | 'imageSize' | 'evaluationImages'>,
  { backend: prefer, threads, dataFolder: folder, log }: WorkplaceOptions = {},
): Promise<Omit<Workplace, 'table'>> {
  const chosen = await chooseBackend({ prefer, threads, log });
  const backend = {
    name: chosen.name,
    engine: chosen.engine,
    threads: chosen.threads,
    reason: chosen.reason,
  };
  log?.(`backend: ${backend.engine}, ${backend.threads} thread(s)`);
  const dataset = await openDataset(name, { imageSize, folder, search: { evaluationImages }, log });
  return { backend, dataset };
}

/** Chooses the backend, opens the data set of a configuration and loads the table if one is at hand. */
export async function openWorkplace(
  config: SearchConfig,
  options: WorkplaceOptions = {},
): Promise<Workplace> {
  checkConfig(config);
  const computing = await openComputing(config, options);
  const { tableFile: file, log } = options;
  const darts = config.space === 'darts';
  return { ...computing, table: darts ? undefined : await loadNasBench201({ file, log }) };
}

/** The folder that a configuration's run has under `base`: equal settings on equal data share it. */
export function runFolder(
  config: SearchConfig,
  dataset: Dataset,
  base: string = join(projectRoot(), 'runs'),
): string {
  const { sampler, regulariser, scale, seed, space, stages } = config;
  const kind = `${space === 'darts' ? 'darts' : 'nb201'}${stages ? '-progressive' : ''}`;
  const words = `${kind}-${scale}-${dataset.name}-${sampler}-${regulariser}-seed${seed}`;
  return addressedFolder(base, words, runDigest(config, dataset));
}

/**
 * Runs a search in its own folder, which is addressed by the content of the configuration: a finished run is not
 * repeated, an interrupted one goes on.
 */
export async function cachedSearch(
  config: SearchConfig,
  workplace: Workplace,
  options: Partial<Omit<RunOptions, 'dataset' | 'table' | 'backend' | 'resume'>> = {},
): Promise<{ folder: string; result: RunResult }> {
  const folder = options.folder ?? runFolder(config, workplace.dataset);
  const result = await runSearch(config, { ...options, ...workplace, folder, resume: true });
  return { folder, result };
}
