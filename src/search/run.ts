// A search is a folder: manifest, metrics as JSON Lines, checkpoint, result; interrupted at any moment, it resumes.
import { existsSync } from 'node:fs';
import type { NasBench201 } from '../benchmarks/nasbench201.js';
import { checkImageSize, dataShape } from '../data/shape.js';
import type { Dataset } from '../data/types.js';
import { checkMemory } from '../memoryPlan/check.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { checkConfig, type SearchConfig } from './config.js';
import type { SearchEvent } from './events.js';
import { paths, readRun, type StoredRun } from './folder.js';
import { searchLoop } from './loop.js';
import { alphaDigest, createManifest, type RunResult, runDigest } from './manifest.js';
import { type ResumableOptions, resumableRun } from './resumable.js';
import { createSearchState, disposeSearchState, supernetShape } from './state.js';

export interface RunOptions extends ResumableOptions<SearchEvent> {
  dataset: Dataset;
  table?: NasBench201;
  /** Bytes that the search may take: a search that needs more is refused. Default what is left; Infinity for no check. */
  memory?: number;
}

/** Starts or continues a run and returns its result; see RunOptions. Interruption by `signal` rejects with its reason. */
export async function runSearch(config: SearchConfig, options: RunOptions): Promise<RunResult> {
  checkConfig(config);
  const { folder, dataset, table, backend, signal } = options;
  checkImageSize(dataset, config);
  const data = dataShape(dataset);
  if (!existsSync(paths(folder).result)) await checkMemory(config, { data, backend, memory: options.memory });
  return resumableRun(
    {
      digest: runDigest(config, dataset),
      epochs: config.epochs,
      createManifest: () => createManifest(config, dataset, table, backend),
      createState: () => createSearchState(config, supernetShape(config, data)),
      disposeState: disposeSearchState,
      loadState: loadCheckpoint,
      saveState: saveCheckpoint,
      events: (state) => searchLoop(config, state, { dataset, table, signal }),
      logsStep: () => true,
      finish: () => resultOf(readRun(folder)),
      readFinished: () => readRun(folder),
    },
    options,
  );
}

function resultOf({ epochs, stages }: StoredRun): RunResult {
  const last = epochs[epochs.length - 1];
  return {
    genotype: last.genotype,
    alpha: last.alpha,
    alphaSha256: alphaDigest(last.alpha),
    epochs: last.epoch,
    steps: last.step,
    seconds: epochs.reduce((sum, e) => sum + e.seconds, 0),
    finalTrainLoss: last.trainLoss,
    supernetAccuracy: last.supernetAccuracy,
    ...(last.lookup ? { lookup: last.lookup } : {}),
    ...(last.cells ? { cells: last.cells } : {}),
    ...(stages.length ? { stages } : {}),
  };
}
