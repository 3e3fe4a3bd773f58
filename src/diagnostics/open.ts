// Opens a run's folder for a diagnosis: its configuration, its data, and the supernet that its checkpoint holds.
import { existsSync, readFileSync } from 'node:fs';
import type { Dataset } from '../data/types.js';
import { loadCheckpoint } from '../search/checkpoint.js';
import type { SearchConfig } from '../search/config.js';
import { paths, readRun } from '../search/folder.js';
import { type BackendRecord, type Manifest, sha256 } from '../search/manifest.js';
import { openComputing, type WorkplaceOptions } from '../search/start.js';
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
  /** Of ImageNet, whose pictures are files: how many of the alpha half are taken into memory. Default: as many as the search evaluated. */
  images?: number;
}

/** Refuses a folder that holds no search, or one without the checkpoint that is wanted. Reads files only. */
export function checkRun(folder: string, { initial = false } = {}): Manifest {
  const { manifest } = readRun(folder);
  if (manifest.format !== 'drnas-run-1')
    throw new Error(`${folder} holds a run of the kind ${manifest.format}, expected a search (drnas-run-1)`);
  const { checkpoint } = paths(folder);
  if (!initial && !existsSync(checkpoint))
    throw new Error(
      `${checkpoint} is missing: the search in ${folder} has completed no epoch, or its weights were deleted`,
    );
  return manifest;
}

/** The run with its state; whoever asks disposes the state. */
export async function openRun(folder: string, options: OpenRunOptions = {}): Promise<RunToDiagnose> {
  const { initial, images, ...workplace } = options;
  const manifest = checkRun(folder, { initial });
  const { config } = manifest;
  const evaluationImages = images ?? config.evaluationImages;
  const { backend, dataset } = await openComputing(
    { dataset: manifest.dataset.name, imageSize: config.imageSize, evaluationImages },
    workplace,
  );
  if (dataset.checksum !== manifest.dataset.checksum)
    throw new Error(
      `${dataset.title} here (${dataset.source}) is not what the run was made with: SHA-256 ${dataset.checksum.slice(0, 12)}, in its manifest ${manifest.dataset.checksum.slice(0, 12)}`,
    );
  const { checkpoint } = paths(folder);
  const data = { classes: dataset.classes.length, imageChannels: dataset.channels };
  const state = createSearchState(config, supernetShape(config, data));
  if (!initial) loadCheckpoint(checkpoint, state, manifest.digest);
  const weights = initial ? 'initial' : sha256(readFileSync(checkpoint));
  return { folder, config, dataset, backend, state, digest: sha256(`${manifest.digest} ${weights}`) };
}
