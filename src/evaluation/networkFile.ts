// A trained network in one file: weights, running statistics, and what is needed to build it and to prepare images for it.
import type { Dataset } from '../data/types.js';
import { createStream } from '../random/stream.js';
import { assignAll, valuesOf } from '../search/checkpoint.js';
import { readTensorFile, writeTensorFile } from '../search/tensorFile.js';
import { disposeLayers } from '../spaces/layers.js';
import type { EvaluationConfig } from './config.js';
import {
  createEvaluationNetwork,
  type EvaluationNetwork,
  type FoundArchitecture,
  type NetworkSettings,
} from './network.js';

/** What the file's metadata says, beside the weights. */
export interface TrainedDescription {
  architecture: FoundArchitecture;
  network: NetworkSettings;
  /** The data set it was trained on; images are fed as (value / 255 - mean) / std. */
  data: { title: string; classes: string[]; channels: number; mean: number[]; std: number[] };
}

export interface TrainedNetwork extends TrainedDescription {
  net: EvaluationNetwork;
}

/** Writes a network atomically, in the safetensors layout, under the reference's parameter names. */
export function saveTrained(
  path: string,
  architecture: FoundArchitecture,
  config: EvaluationConfig,
  dataset: Dataset,
  net: EvaluationNetwork,
): void {
  const { channels, cells, stem, auxiliary, imageSize } = config;
  const { title, classes, mean, std } = dataset;
  const description: TrainedDescription = {
    architecture,
    network: { channels, cells, stem, auxiliary, imageSize },
    data: { title, classes, channels: dataset.channels, mean, std },
  };
  writeTensorFile(
    path,
    { ...valuesOf(net.parameters), ...valuesOf(net.buffers) },
    { format: 'drnas-network-1', description: JSON.stringify(description) },
  );
}

/** Builds the network of a file; whoever asks disposes it (disposeLayers). */
export function loadTrained(path: string): TrainedNetwork {
  const { arrays, metadata } = readTensorFile(path);
  if (metadata.format !== 'drnas-network-1')
    throw new Error(
      `${path} is no trained network of this kit (format ${JSON.stringify(metadata.format)}): give a run folder of drnas evaluate, or the network.safetensors in it`,
    );
  const description = JSON.parse(metadata.description) as TrainedDescription;
  const { architecture, network, data } = description;
  const shape = { classes: data.classes.length, imageChannels: data.channels };
  const net = createEvaluationNetwork(architecture, network, shape, createStream(0, 'overwritten'));
  try {
    assignAll(net.parameters, arrays, path);
    assignAll(net.buffers, arrays, path);
  } catch (error) {
    disposeLayers(net);
    throw error;
  }
  return { ...description, net };
}
