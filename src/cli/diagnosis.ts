// What `drnas rank` and `drnas hessian` share: options, refusals before any work, the run with its images, freed at the end.
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { type Command, Option } from 'commander';
import { type Preference, preferences } from '../backend/choose.js';
import { checkImages, fixedBatches } from '../diagnostics/batches.js';
import { checkRun, openRun, type RunToDiagnose } from '../diagnostics/open.js';
import type { SearchConfig } from '../search/config.js';
import { disposeSearchState } from '../search/state.js';
import type { TensorBatch } from '../search/step.js';
import { integer } from './parsers.js';

export interface DiagnosisOptions {
  images: number;
  batchSize: number;
  initial?: boolean;
  json?: string;
  force?: boolean;
  backend?: Preference;
  threads?: number;
  dataFolder?: string;
}

/** Adds the run's folder and the shared options. */
export const diagnosisOptions = (
  command: Command,
  { images, json }: { images: number; json: string },
): Command =>
  command
    .argument('<run>', 'folder of a search')
    .option('--images <n>', 'images of the alpha half that are looked at', integer, images)
    .option('--batch-size <n>', 'images that batch norms normalise over', integer, 64)
    .option('--initial', 'the supernet before its first step: the baseline of random weights')
    .option('--json <file>', json)
    .option('--force', 'overwrite what is written')
    .addOption(new Option('--backend <name>', 'what computes').choices([...preferences]))
    .option('--threads <n>', 'threads of the CPU backend', integer)
    .option('--data-folder <path>', 'folder that holds the data set');

/** Refuses a file that is there, or one that cannot be, before any work. */
export function checkOutput(path: string | undefined, force = false): void {
  if (path === undefined) return;
  if (!existsSync(dirname(path))) throw new Error(`the folder of ${path} does not exist: make it first`);
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory()) throw new Error(`${path} is a folder: expected the name of a file`);
  if (!force) throw new Error(`${path} exists: add --force to overwrite it`);
}

/** The configuration of the search, if all that can be known from files and options is right. */
export function checkDiagnosis(
  folder: string,
  { images, batchSize, initial, json, force }: DiagnosisOptions,
): SearchConfig {
  checkOutput(json, force);
  const { config } = checkRun(folder, { initial });
  checkImages(images, batchSize);
  return config;
}

/** What a stored diagnosis begins with. */
export interface DiagnosisFacts extends Pick<RunToDiagnose, 'digest' | 'backend'> {
  run: string;
  initial: boolean;
  batchSize: number;
  seconds: number;
}

/** What `measure` finds on the run and its images, with how long that took. */
export async function diagnose<T>(
  folder: string,
  { images, batchSize, initial = false, backend, threads, dataFolder }: DiagnosisOptions,
  measure: (run: RunToDiagnose, batches: TensorBatch[]) => T | Promise<T>,
): Promise<{ found: T; facts: DiagnosisFacts }> {
  const log = (line: string) => console.error(line);
  const run = await openRun(folder, { initial, images, backend, threads, dataFolder, log });
  let batches: TensorBatch[] = [];
  try {
    batches = fixedBatches(run.dataset, images, batchSize);
    const begun = performance.now();
    const found = await measure(run, batches);
    const seconds = (performance.now() - begun) / 1000;
    const { digest } = run;
    return { found, facts: { run: folder, digest, initial, batchSize, seconds, backend: run.backend } };
  } finally {
    disposeSearchState(run.state);
    tf.dispose(batches.map(({ x, y }) => [x, y]));
  }
}
