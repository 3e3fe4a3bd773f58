// A training is a folder, as a search is: manifest, metrics, checkpoint, result, and the trained network.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkImageSize, dataShape } from '../data/shape.js';
import type { Dataset } from '../data/types.js';
import { paths, readEvents, readJson } from '../search/folder.js';
import { canonicalJson, type RunRecord, runRecord, sha256 } from '../search/manifest.js';
import { type ResumableOptions, resumableRun } from '../search/resumable.js';
import { checkAugmentation, stepsPerEpoch } from './batches.js';
import { checkEvaluationConfig, type EvaluationConfig } from './config.js';
import type { Scores, TrainingEpochEvent, TrainingEvent, TrainingStepEvent } from './events.js';
import { architectureCost, type FoundArchitecture } from './network.js';
import { saveTrained } from './networkFile.js';
import {
  createTrainingState,
  disposeTraining,
  loadTraining,
  saveTraining,
  type TrainingState,
  weightsDigest,
} from './state.js';
import { trainingLoop } from './train.js';

/** Step events in the metrics file: every so many steps, since a training has thousands that say little. */
const LOGGED_STEPS = 25;

export interface EvaluationResult {
  architecture: FoundArchitecture;
  /** Test scores after the last epoch: the result. */
  last: Scores;
  /** The best test accuracy of all epochs. It is chosen on the test set and therefore too good; only for comparison with papers that report it. */
  best: { accuracy: number; epoch: number };
  /** Mean over the last epoch's augmented images. */
  trainLoss: number;
  trainAccuracy: number;
  epochs: number;
  steps: number;
  /** Seconds of computation, summed over resumptions. */
  seconds: number;
  parameters: number;
  multiplyAdds: number;
  /** SHA-256 of all final weights and running statistics: equal digests mean equal bits. */
  weightsSha256: string;
}

export interface EvaluationManifest extends RunRecord {
  format: 'drnas-evaluation-1';
  digest: string;
  architecture: FoundArchitecture;
  config: EvaluationConfig;
}

export interface StoredEvaluation {
  manifest: EvaluationManifest;
  epochs: TrainingEpochEvent[];
  steps: TrainingStepEvent[];
  result?: EvaluationResult;
}

export interface EvaluationOptions extends ResumableOptions<TrainingEvent> {
  dataset: Dataset;
}

/** Where a run's trained network lies. */
export const networkPath = (folder: string) => join(folder, 'network.safetensors');

/** Reads what a training has left so far. */
export function readEvaluation(folder: string): StoredEvaluation {
  const { manifest: path, metrics, result } = paths(folder);
  const manifest = existsSync(path) ? readJson<EvaluationManifest>(path) : undefined;
  if (manifest?.format !== 'drnas-evaluation-1')
    throw new Error(
      `${folder} holds no training of a found network: expected a manifest.json of format drnas-evaluation-1 in it`,
    );
  const events = readEvents<TrainingEvent>(metrics);
  return {
    manifest,
    epochs: events.filter((e): e is TrainingEpochEvent => e.event === 'epoch'),
    steps: events.filter((e): e is TrainingStepEvent => e.event === 'step'),
    result: existsSync(result) ? readJson<EvaluationResult>(result) : undefined,
  };
}

/** Digest of what determines a training's numbers; names, the scale, recomputation and how `auto` came to its data set do not. */
export function evaluationDigest(
  { space, text }: FoundArchitecture,
  config: EvaluationConfig,
  dataset: Pick<Dataset, 'name' | 'checksum'>,
): string {
  const { scale: _scale, recipe: _recipe, dataset: _dataset, recompute: _recompute, ...settings } = config;
  const data = { name: dataset.name, checksum: dataset.checksum };
  return sha256(canonicalJson({ architecture: { space, text }, settings, data }));
}

/** Refuses, before any work, what would fail or mislead later. */
export function checkInputs(
  architecture: FoundArchitecture,
  config: EvaluationConfig,
  dataset: Dataset,
): void {
  checkEvaluationConfig(config);
  if ((architecture.space === 'nasbench201') !== (config.recipe === 'nasbench201')) {
    throw new Error(
      `an architecture of ${architecture.space} cannot be trained by the recipe ${config.recipe}: ` +
        `use ${architecture.space === 'darts' ? 'cifar or imagenet' : 'nasbench201'}`,
    );
  }
  checkImageSize(dataset, config);
  stepsPerEpoch(config, dataset);
  checkAugmentation(config, dataset);
  architectureCost(architecture, config, dataShape(dataset));
}

/** Starts or continues a training and returns its result. Interruption by `signal` rejects with its reason. */
export async function runEvaluation(
  architecture: FoundArchitecture,
  config: EvaluationConfig,
  options: EvaluationOptions,
): Promise<EvaluationResult> {
  const { folder, dataset, backend, signal } = options;
  checkInputs(architecture, config, dataset);
  const digest = evaluationDigest(architecture, config, dataset);
  return resumableRun(
    {
      digest,
      epochs: config.epochs,
      createManifest: (): EvaluationManifest => ({
        format: 'drnas-evaluation-1',
        digest,
        architecture,
        config,
        ...runRecord(dataset, backend),
      }),
      createState: () => createTrainingState(architecture, config, dataset),
      disposeState: disposeTraining,
      loadState: loadTraining,
      saveState: saveTraining,
      events: (state) => {
        const best = readEvaluation(folder).epochs.at(-1)?.bestTest;
        return trainingLoop(config, state, { dataset, signal, best });
      },
      logsStep: (step) => step % LOGGED_STEPS === 0,
      finish: (state) => {
        saveTrained(networkPath(folder), architecture, config, dataset, state.net);
        return resultOf(architecture, config, dataset, state, readEvaluation(folder).epochs);
      },
      readFinished: () => readEvaluation(folder),
    },
    options,
  );
}

function resultOf(
  architecture: FoundArchitecture,
  config: EvaluationConfig,
  dataset: Dataset,
  state: TrainingState,
  epochs: TrainingEpochEvent[],
): EvaluationResult {
  const last = epochs[epochs.length - 1];
  return {
    architecture,
    last: last.test,
    best: last.bestTest,
    trainLoss: last.trainLoss,
    trainAccuracy: last.trainAccuracy,
    epochs: last.epoch,
    steps: last.step,
    seconds: epochs.reduce((sum, e) => sum + e.seconds, 0),
    ...architectureCost(architecture, config, dataShape(dataset)),
    weightsSha256: weightsDigest(state.net),
  };
}
