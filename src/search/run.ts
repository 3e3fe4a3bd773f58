// A run is a folder: manifest, metrics as JSON Lines, checkpoint, result; interrupted at any moment, it resumes.
import { closeSync, existsSync, fsyncSync, openSync, statSync, truncateSync, writeSync } from 'node:fs';
import type { NasBench201 } from '../benchmarks/nasbench201.js';
import type { Dataset } from '../data/types.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { checkConfig, type SearchConfig } from './config.js';
import { DivergedError, type SearchEvent } from './events.js';
import {
  checkFolder,
  paths,
  prepareFolder,
  readJson,
  readRun,
  type StoredRun,
  takeLock,
  writeJson,
} from './folder.js';
import { searchLoop } from './loop.js';
import {
  alphaDigest,
  type BackendRecord,
  createManifest,
  type Manifest,
  type RunResult,
  runDigest,
} from './manifest.js';
import { createSearchState, disposeSearchState, supernetShape } from './state.js';

export interface RunOptions {
  folder: string;
  dataset: Dataset;
  backend: BackendRecord;
  table?: NasBench201;
  /** Continue a run that is already in the folder; without it such a folder is refused. A finished run is returned as it is. */
  resume?: boolean;
  signal?: AbortSignal;
  onEvent?: (event: SearchEvent) => void;
  log?: (line: string) => void;
}

/** Starts or continues a run and returns its result; see RunOptions. Interruption by `signal` rejects with its reason. */
export async function runSearch(config: SearchConfig, options: RunOptions): Promise<RunResult> {
  checkConfig(config);
  const { folder, dataset, table, backend, resume = false, signal, onEvent, log = () => {} } = options;
  const file = paths(folder);
  const digest = runDigest(config, dataset);
  if (dataset.height !== config.imageSize) {
    throw new Error(
      `the data set has ${dataset.height}-pixel images, the configuration asks for ${config.imageSize}`,
    );
  }
  const found = checkFolder(folder, digest, resume);
  if (found === 'finished') {
    log(`${folder} is finished already; its stored result is used`);
    const stored = readRun(folder);
    for (const event of stored.epochs) onEvent?.(event);
    return stored.result!;
  }
  prepareFolder(folder);
  const release = takeLock(file.lock);
  const state = createSearchState(
    config,
    supernetShape(config, { classes: dataset.classes.length, imageChannels: dataset.channels }),
  );
  let manifest: Manifest;
  try {
    let metricsBytes = 0;
    if (found === 'new') {
      manifest = createManifest(config, dataset, table, backend);
    } else {
      manifest = readJson<Manifest>(file.manifest);
      if (existsSync(file.checkpoint))
        metricsBytes = loadCheckpoint(file.checkpoint, state, digest).metricsBytes;
      if (manifest.backend.engine !== backend.engine) {
        log(
          `this run began on ${manifest.backend.engine} and goes on with ${backend.engine}: its last digits will differ from an uninterrupted run`,
        );
      }
      log(`resuming ${folder} after epoch ${state.epoch} of ${config.epochs}`);
      manifest.resumed.push(new Date().toISOString());
      manifest.status = 'running';
    }
    writeJson(file.manifest, manifest);
    const metrics = openSync(file.metrics, 'a');
    try {
      // What was logged after the checkpoint is computed again.
      truncateSync(file.metrics, Math.min(metricsBytes, statSync(file.metrics).size));
      for await (const event of searchLoop(config, state, { dataset, table, signal })) {
        writeSync(metrics, `${JSON.stringify(event)}\n`);
        if (event.event !== 'step') {
          fsyncSync(metrics);
          saveCheckpoint(file.checkpoint, state, { digest, metricsBytes: statSync(file.metrics).size });
        }
        onEvent?.(event);
      }
    } finally {
      closeSync(metrics);
    }
    const result = resultOf(readRun(folder));
    writeJson(file.result, result);
    writeJson(file.manifest, { ...manifest, status: 'finished' });
    return result;
  } catch (error) {
    const status = error instanceof DivergedError ? 'diverged' : 'interrupted';
    if (existsSync(file.manifest)) writeJson(file.manifest, { ...readJson<Manifest>(file.manifest), status });
    throw error;
  } finally {
    disposeSearchState(state);
    release();
  }
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
