// Which images a step sees: everything follows from the seed, the epoch and the step, so a resumed run sees the same.
import * as tf from '@tensorflow/tfjs';
import { type Batch, makeBatch } from '../data/batch.js';
import { epochOrder, searchSplit } from '../data/split.js';
import type { Dataset } from '../data/types.js';
import { integer } from '../random/integer.js';
import { createStream, type Stream } from '../random/stream.js';
import type { SearchConfig } from './config.js';
import type { TensorBatch } from './tensorBatch.js';

/** Steps of an epoch: all batches of the weight half, the last one partial, or as many as the configuration says. */
export function stepsPerEpoch(config: SearchConfig, dataset: Dataset): number {
  const half = searchSplit(dataset).weights.length;
  const whole = Math.ceil(half / config.batchSize);
  if (config.batchSize > half) {
    throw new Error(
      `batch size ${config.batchSize} exceeds the ${half} images of a half of ${dataset.title}`,
    );
  }
  if (config.stepsPerEpoch !== null && config.stepsPerEpoch > whole) {
    throw new Error(
      `${config.stepsPerEpoch} steps an epoch exceed the ${whole} batches of ${dataset.title}: use at most ${whole}`,
    );
  }
  return config.stepsPerEpoch ?? whole;
}

/** `count` different entries of `indices`, uniformly at random. */
function sampleWithoutReplacement(stream: Stream, indices: Int32Array, count: number): number[] {
  const chosen = new Set<number>();
  while (chosen.size < Math.min(count, indices.length)) chosen.add(indices[integer(stream, indices.length)]);
  return [...chosen];
}

/** Which images a batch has, and the stream of their augmentation. */
export interface BatchRequest {
  indices: ArrayLike<number>;
  stream: Stream;
}

/** What the batches of one epoch are: `train(i)` in a shuffled pass, `valid(i)` a fresh random draw each step (201-space/train_search.py:252-276). */
export function epochRequests(config: SearchConfig, dataset: Dataset, epoch: number) {
  const { seed, batchSize } = config;
  const split = searchSplit(dataset);
  const order = epochOrder(createStream(seed, 'order', epoch), split.weights);
  return {
    train: (step: number): BatchRequest => ({
      indices: order.subarray(step * batchSize, (step + 1) * batchSize),
      stream: createStream(seed, 'augment', 'train', epoch, step),
    }),
    valid: (step: number): BatchRequest => ({
      indices: sampleWithoutReplacement(createStream(seed, 'valid', epoch, step), split.alpha, batchSize),
      stream: createStream(seed, 'augment', 'valid', epoch, step),
    }),
  };
}

/** The batches of one epoch, made of images in memory. */
export function epochBatches(config: SearchConfig, dataset: Dataset, epoch: number) {
  const { train, valid } = epochRequests(config, dataset, epoch);
  const made = ({ indices, stream }: BatchRequest): Batch =>
    makeBatch(dataset, dataset.train, indices, stream);
  return { train: (step: number) => made(train(step)), valid: (step: number) => made(valid(step)) };
}

/** The batch as tensors; whoever asks disposes them. */
export function toTensors(
  batch: Batch,
  dataset: { height: number; width: number; channels: number },
): TensorBatch {
  const shape: [number, number, number, number] = [
    batch.y.length,
    dataset.height,
    dataset.width,
    dataset.channels,
  ];
  return { x: tf.tensor4d(batch.x, shape), y: tf.tensor1d(batch.y, 'int32') };
}
