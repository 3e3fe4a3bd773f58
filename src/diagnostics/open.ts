// Opens a run's folder for a diagnosis: its configuration, its data, and the supernet that its checkpoint holds.
import { existsSync, readFileSync } from 'node:fs';
import { chooseBackend } from '../backend/choose.js';
import { openDataset } from '../data/open.js';
import type { Dataset } from '../data/types.js';
import { loadCheckpoint } from '../search/checkpoint.js';
import type { SearchConfig } from '../search/config.js';
import { paths, readRun } from '../search/folder.js';
import { type BackendRecord, sha256 } from '../search/manifest.js';
import type { WorkplaceOptions } from '../search/start.js';
import { createSearchState, type SearchState, supernetShape } from '../search/state.js';

export interface RunToDiagnose {
  folder: string;
  config: SearchConfig;
  dataset: Dataset;
  backend: BackendRecord;
  state: SearchState;
  /** Of the configuration, the data and the weights: what a diagnosis of this run depends on beside its own options. */
  digest: string;
}

export interface OpenRunOptions extends Omit<WorkplaceOptions, 'tableFile'> {
  /** The supernet as it was before the first step, instead of the checkpoint's: the baseline of random weights. */
  initial?: boolean;
}

/** Refuses a folder that holds no search, or one without the checkpoint that is wanted. Reads files only. */
export function checkRun(folder: string, { initial = false } = {}): SearchConfig {
  const { manifest } = readRun(folder);
  if (manifest.format !== 'drnas-run-1')
    throw new Error(`${folder} holds a run of the kind ${manifest.format}, expected a search (drnas-run-1)`);
  const { checkpoint } = paths(folder);
  if (!initial && !existsSync(checkpoint))
    throw new Error(
      `${checkpoint} is missing: the search in ${folder} has completed no epoch, or its weights were deleted`,
    );
  return manifest.config;
}

/** The run with its state; whoever asks disposes the state. */
export async function openRun(folder: string, options: OpenRunOptions = {}): Promise<RunToDiagnose> {
  const config = checkRun(folder, options);
  const { manifest } = readRun(folder);
  const { log, threads, dataFolder } = options;
  const { name, engine, reason, ...chosen } = await chooseBackend({ prefer: options.backend, threads, log });
  const backend = { name, engine, reason, threads: chosen.threads };
  log?.(`backend: ${engine}, ${backend.threads} thread(s)`);
  const { imageSize } = config;
  const dataset = await openDataset(manifest.dataset.name, { imageSize, folder: dataFolder, log });
  if (dataset.checksum !== manifest.dataset.checksum)
    throw new Error(
      `${dataset.title} here (${dataset.source}) is not what the run was made with: SHA-256 ${dataset.checksum.slice(0, 12)}, in its manifest ${manifest.dataset.checksum.slice(0, 12)}`,
    );
  const { checkpoint } = paths(folder);
  const data = { classes: dataset.classes.length, imageChannels: dataset.channels };
  const state = createSearchState(config, supernetShape(config, data));
  if (!options.initial) loadCheckpoint(checkpoint, state, manifest.digest);
  const weights = options.initial ? 'initial' : sha256(readFileSync(checkpoint));
  return { folder, config, dataset, backend, state, digest: sha256(`${manifest.digest} ${weights}`) };
}
