// Which images a step sees, and how they are altered: everything follows from the seed, the epoch and the step.
import { type Batch, labelsOf, makeBatch } from '../data/batch.js';
import { type PictureRequest, pictureBatches } from '../data/imagenet/batches.js';
import { jitterPixels } from '../data/imagenet/jitter.js';
import { epochOrder } from '../data/split.js';
import type { Dataset, ImageSet } from '../data/types.js';
import { createStream, type Stream } from '../random/stream.js';
import { drawJitter } from './colourJitter.js';
import type { EvaluationConfig } from './config.js';
import { cutout } from './cutout.js';
import { mirror, randomRectangle, resizeRectangle } from './resizedCrop.js';

/** Steps of an epoch: all batches of the training set, the last one partial, or as many as the configuration says. */
export function stepsPerEpoch(config: EvaluationConfig, dataset: Dataset): number {
  const { batchSize, stepsPerEpoch: asked } = config;
  if (batchSize > dataset.train.count) {
    throw new Error(
      `batch size ${batchSize} exceeds the ${dataset.train.count} training images of ${dataset.title}`,
    );
  }
  const whole = Math.ceil(dataset.train.count / batchSize);
  if (asked !== null && asked > whole) {
    throw new Error(
      `${asked} steps an epoch exceed the ${whole} batches of ${dataset.title}: use at most ${whole}`,
    );
  }
  return asked ?? whole;
}

/** Refuses augmentation that the images do not allow. */
export function checkAugmentation(config: EvaluationConfig, dataset: Dataset): void {
  if (config.colourJitter && dataset.channels !== 3) {
    throw new Error(
      `colour jitter needs colour images, ${dataset.title} has ${dataset.channels} channel(s): set colourJitter to null`,
    );
  }
  if (dataset.pictures && config.augmentation === 'crop-flip') {
    throw new Error(
      `augmentation crop-flip shifts images of one size by a few pixels, those of ${dataset.title} have many: ` +
        'use resized-crop, as the recipe imagenet does, or none',
    );
  }
}

/** A random part of each image at the network's size, mirrored with probability 1/2 where the data set allows it, normalised. */
function resizedCrops(
  dataset: Dataset,
  set: ImageSet,
  indices: ArrayLike<number>,
  size: number,
  stream: Stream,
) {
  const { height, width, channels, mean, std, flip } = dataset;
  const bytes = height * width * channels;
  const x = new Float32Array(indices.length * size * size * channels);
  for (let i = 0; i < indices.length; i++) {
    const image = set.images.subarray(indices[i] * bytes, (indices[i] + 1) * bytes);
    const part = resizeRectangle(image, dataset, randomRectangle(dataset, stream), size);
    if (stream.uniform() < 0.5 && flip) mirror(part, { height: size, width: size, channels });
    for (let j = 0; j < part.length; j++) part[j] = (part[j] - mean[j % channels]) / std[j % channels];
    x.set(part, i * part.length);
  }
  return { x, y: labelsOf(set, indices) };
}

/** Alters the colours of a normalised batch, each image's by draws of its own. */
function jitterBatch(x: Float32Array, dataset: Dataset, config: EvaluationConfig, stream: Stream): void {
  const { mean, std } = dataset;
  const floats = config.imageSize * config.imageSize * 3;
  for (let at = 0; at < x.length; at += floats)
    jitterPixels(x.subarray(at, at + floats), drawJitter(config.colourJitter!, stream), mean, std);
}

/** The training batches of one epoch, in a shuffled pass; each kind of augmentation draws from a stream of its own. */
export function trainingBatches(config: EvaluationConfig, dataset: Dataset, epoch: number) {
  const { seed, batchSize, imageSize, augmentation } = config;
  const shape = { height: imageSize, width: imageSize, channels: dataset.channels };
  const all = Int32Array.from({ length: dataset.train.count }, (_, i) => i);
  const order = epochOrder(createStream(seed, 'order', epoch), all);
  return (step: number): Batch => {
    const indices = order.subarray(step * batchSize, (step + 1) * batchSize);
    const stream = createStream(seed, 'augment', epoch, step);
    const batch =
      augmentation === 'resized-crop'
        ? resizedCrops(dataset, dataset.train, indices, imageSize, stream)
        : makeBatch(dataset, dataset.train, indices, augmentation === 'crop-flip' ? stream : undefined);
    if (config.colourJitter)
      jitterBatch(batch.x, dataset, config, createStream(seed, 'colours', epoch, step));
    if (config.cutout > 0) cutout(batch.x, shape, config.cutout, createStream(seed, 'cutout', epoch, step));
    return batch;
  };
}

/** The batches of a training in order, from an epoch on. */
export interface TrainingSource {
  next(epoch: number, step: number): Promise<Batch>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** From images in memory, or from picture files that are decoded ahead on other threads. */
export function trainingSource(
  config: EvaluationConfig,
  dataset: Dataset,
  fromEpoch: number,
): TrainingSource {
  if (!dataset.pictures) {
    let now: { epoch: number; batch: (step: number) => Batch } | undefined;
    return {
      async next(epoch, step) {
        if (now?.epoch !== epoch) now = { epoch, batch: trainingBatches(config, dataset, epoch) };
        return now.batch(step);
      },
      close: async () => {},
    };
  }
  const { seed, batchSize, imageSize: size, colourJitter: strength } = config;
  const steps = stepsPerEpoch(config, dataset);
  const all = Int32Array.from({ length: dataset.train.count }, (_, i) => i);
  function* requests(): Generator<PictureRequest> {
    for (let epoch = fromEpoch; epoch < config.epochs; epoch++) {
      const order = epochOrder(createStream(seed, 'order', epoch), all);
      for (let step = 0; step < steps; step++) {
        const colours = createStream(seed, 'colours', epoch, step);
        yield {
          indices: order.subarray(step * batchSize, (step + 1) * batchSize),
          ...(config.augmentation === 'none' ? {} : { stream: createStream(seed, 'augment', epoch, step) }),
          ...(strength ? { colours: () => drawJitter(strength, colours) } : {}),
        };
      }
    }
  }
  const batches = pictureBatches(dataset.pictures.train, requests(), { size });
  return {
    async next(epoch, step) {
      const { value, done } = await batches.next();
      if (done) throw new Error(`there is no batch for step ${step + 1} of epoch ${epoch + 1}`);
      if (config.cutout > 0) {
        const shape = { height: size, width: size, channels: dataset.channels };
        cutout(value.x, shape, config.cutout, createStream(seed, 'cutout', epoch, step));
      }
      return value;
    },
    close: async () => {
      await batches.return(undefined);
    },
  };
}
