// Everything that training changes while it runs: network and momentum; saved and restored by name.
import { createHash } from 'node:crypto';
import { dataShape } from '../data/shape.js';
import type { Dataset } from '../data/types.js';
import { createStream } from '../random/stream.js';
import {
  assignAll,
  type CheckpointPlace,
  checkDigest,
  ofPrefix,
  valuesOf,
  withPrefix,
} from '../search/checkpoint.js';
import { type NamedArrays, readTensorFile, writeTensorFile } from '../search/tensorFile.js';
import { disposeLayers, type Layers } from '../spaces/layers.js';
import { createSgd, type Sgd } from '../tensor/sgd.js';
import type { EvaluationConfig } from './config.js';
import { createEvaluationNetwork, type EvaluationNetwork, type FoundArchitecture } from './network.js';

export interface TrainingState {
  net: EvaluationNetwork;
  optimiser: Sgd;
  /** Steps and epochs completed. */
  step: number;
  epoch: number;
}

/** A fresh state; every initial value comes from the seed. */
export function createTrainingState(
  architecture: FoundArchitecture,
  config: EvaluationConfig,
  dataset: Dataset,
): TrainingState {
  const { seed, momentum, weightDecay, nesterov } = config;
  const data = dataShape(dataset);
  return {
    net: createEvaluationNetwork(architecture, config, data, createStream(seed, 'initial', 'weights')),
    optimiser: createSgd({ momentum, weightDecay, nesterov }),
    step: 0,
    epoch: 0,
  };
}

/** SHA-256 of all weights and running statistics (float32, little-endian) in the order of their names: equal digests mean equal bits. */
export function weightsDigest({ parameters, buffers }: Layers): string {
  const hash = createHash('sha256');
  const arrays: NamedArrays = { ...valuesOf(parameters), ...valuesOf(buffers) };
  for (const name of Object.keys(arrays).sort()) {
    hash.update(`${name}\n`).update(new Uint8Array(arrays[name].buffer));
  }
  return hash.digest('hex');
}

/** Writes weights, running statistics and momentum. */
export function saveTraining(path: string, state: TrainingState, place: CheckpointPlace): void {
  const arrays = {
    ...withPrefix('parameters', valuesOf(state.net.parameters)),
    ...withPrefix('buffers', valuesOf(state.net.buffers)),
    ...withPrefix('momentum', state.optimiser.exportState()),
  };
  writeTensorFile(path, arrays, {
    format: 'drnas-evaluation-1',
    digest: place.digest,
    metricsBytes: String(place.metricsBytes),
    epoch: String(state.epoch),
    step: String(state.step),
  });
}

/** Restores `state` from a file; refuses one of another run. Returns where the metrics end. */
export function loadTraining(path: string, state: TrainingState, digest: string): CheckpointPlace {
  const { arrays, metadata } = readTensorFile(path);
  checkDigest(path, metadata.digest, digest);
  assignAll(state.net.parameters, ofPrefix('parameters', arrays), path);
  assignAll(state.net.buffers, ofPrefix('buffers', arrays), path);
  state.optimiser.importState(ofPrefix('momentum', arrays) as Record<string, Float32Array>);
  state.epoch = Number(metadata.epoch);
  state.step = Number(metadata.step);
  return { digest, metricsBytes: Number(metadata.metricsBytes) };
}

export function disposeTraining({ net, optimiser }: TrainingState): void {
  disposeLayers(net);
  optimiser.dispose();
}
