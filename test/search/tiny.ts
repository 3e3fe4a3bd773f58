// A search at the size of a test: small data on our wasm engine, one cell a stage, and its state.
import * as tf from '@tensorflow/tfjs';
import { registerWasm } from '../../src/backend/register.js';
import { openDataset } from '../../src/data/open.js';
import type { Dataset } from '../../src/data/types.js';
import { type SearchConfig, searchConfig } from '../../src/search/config.js';
import { createSearchState, type SearchState, supernetShape } from '../../src/search/state.js';

/** The procedural set at 8x8; from then on our wasm engine computes. */
export async function tinyDataset(): Promise<Dataset> {
  await registerWasm({ log: () => {} });
  await tf.setBackend('drnas-wasm');
  return openDataset('procedural', { imageSize: 8 });
}

export const tinyConfig = (overrides: Partial<SearchConfig> = {}): SearchConfig =>
  searchConfig('smoke', {
    dataset: 'procedural',
    channels: 4,
    cellsPerStage: 1,
    batchSize: 8,
    stepsPerEpoch: 2,
    evaluationImages: 0,
    ...overrides,
  });

/** The state before the first step on that data; the caller disposes it. */
export const tinyState = (config: SearchConfig = tinyConfig()): SearchState =>
  createSearchState(config, supernetShape(config, { classes: 10, imageChannels: 3 }));
