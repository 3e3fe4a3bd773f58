// A run is a folder: manifest, metrics as JSON Lines, checkpoint, result; interrupted at any moment, it resumes.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { NasBench201 } from '../benchmarks/nasbench201.js';
import type { Dataset } from '../data/types.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { checkConfig, type SearchConfig } from './config.js';
import { DivergedError, type EpochEvent, type SearchEvent, type StepEvent } from './events.js';
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
import { writeAtomically } from './tensorFile.js';

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

export interface StoredRun {
  manifest: Manifest;
  epochs: EpochEvent[];
  steps: StepEvent[];
  result?: RunResult;
}

const paths = (folder: string) => ({
  manifest: join(folder, 'manifest.json'),
  metrics: join(folder, 'metrics.jsonl'),
  result: join(folder, 'result.json'),
  checkpoint: join(folder, 'checkpoints', 'last.safetensors'),
  lock: join(folder, 'run.lock'),
});

const writeJson = (path: string, value: unknown) =>
  writeAtomically(path, [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)]);
const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

/** Reads what a run has left so far. */
export function readRun(folder: string): StoredRun {
  const { manifest, metrics, result } = paths(folder);
  if (!existsSync(manifest)) throw new Error(`${folder} holds no run: there is no manifest.json in it`);
  const lines = existsSync(metrics) ? readFileSync(metrics, 'utf8').split('\n') : [];
  // A line cut off by a kill has no newline after it; the last piece of the split is therefore dropped.
  const events = lines.slice(0, -1).map((line) => JSON.parse(line) as SearchEvent);
  return {
    manifest: readJson<Manifest>(manifest),
    epochs: events.filter((e): e is EpochEvent => e.event === 'epoch'),
    steps: events.filter((e): e is StepEvent => e.event === 'step'),
    result: existsSync(result) ? readJson<RunResult>(result) : undefined,
  };
}

/** Makes the folder and proves that it can be written, before any work starts. */
function prepareFolder(folder: string): void {
  try {
    mkdirSync(join(folder, 'checkpoints'), { recursive: true });
    const probe = join(folder, `.probe-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw new Error(
      `cannot write to the output folder ${folder} (${(error as Error).message}): choose another one`,
    );
  }
}

/** One process a folder: a second one would mix its metrics into the first one's. */
function takeLock(path: string): () => void {
  if (existsSync(path)) {
    const pid = Number(readFileSync(path, 'utf8'));
    let alive = pid !== process.pid;
    try {
      process.kill(pid, 0);
    } catch {
      alive = false;
    }
    if (alive && pid > 0)
      throw new Error(`process ${pid} is running in this folder (${path}): wait for it, or stop it first`);
  }
  writeFileSync(path, String(process.pid));
  return () => rmSync(path, { force: true });
}

/** Refuses a folder that holds something else than this run. */
function checkFolder(folder: string, digest: string, resume: boolean): 'new' | 'unfinished' | 'finished' {
  const { manifest, result } = paths(folder);
  if (!existsSync(manifest)) {
    if (
      existsSync(folder) &&
      readdirSync(folder).some((name) => name !== 'checkpoints' && !name.startsWith('.'))
    ) {
      throw new Error(`${folder} is not empty and holds no run: choose another output folder`);
    }
    return 'new';
  }
  if (!resume)
    throw new Error(
      `${folder} already holds a run: add --resume to continue it, or choose another output folder`,
    );
  const stored = readJson<Manifest>(manifest);
  if (stored.digest !== digest) {
    throw new Error(
      `the run in ${folder} has another configuration or data set (digest ${stored.digest.slice(0, 12)}, asked for ${digest.slice(0, 12)}): ` +
        'resume with its own settings (see its manifest.json), or choose another output folder',
    );
  }
  return existsSync(result) ? 'finished' : 'unfinished';
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
        if (event.event === 'epoch') {
          fsyncSync(metrics);
          saveCheckpoint(file.checkpoint, state, { digest, metricsBytes: statSync(file.metrics).size });
        }
        onEvent?.(event);
      }
    } finally {
      closeSync(metrics);
    }
    const result = resultOf(readRun(folder).epochs);
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

function resultOf(epochs: EpochEvent[]): RunResult {
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
  };
}
