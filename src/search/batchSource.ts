// Where the batches of a whole search come from: images in memory, or picture files that are decoded ahead on other threads.
import type { Batch } from '../data/batch.js';
import { type PictureRequest, pictureBatches } from '../data/imagenet/batches.js';
import type { Dataset } from '../data/types.js';
import { epochBatches, epochRequests, stepsPerEpoch } from './batches.js';
import type { SearchConfig } from './config.js';
import { stageAt, stagesOf } from './progressive/stages.js';
import { SAMPLERS } from './samplers/traits.js';

/** Batches in the order of a search: of each step the weights', then alpha's where alpha learns. */
export interface BatchSource {
  valid(epoch: number, step: number): Promise<Batch>;
  train(epoch: number, step: number): Promise<Batch>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** Whether alpha learns in an epoch. */
export function alphaLearns(config: SearchConfig, epoch: number): boolean {
  if (SAMPLERS[config.sampler].gradient === 'none') return false;
  const { firstEpoch, frozenEpochs } = stageAt(stagesOf(config), epoch);
  return epoch - firstEpoch >= frozenEpochs;
}

/** The batches from an epoch on; everything random follows from the seed, the epoch and the step, whoever decodes. */
export function batchSource(config: SearchConfig, dataset: Dataset, fromEpoch: number): BatchSource {
  if (!dataset.pictures) return inMemory(config, dataset);
  const steps = stepsPerEpoch(config, dataset);
  const places: string[] = [];
  function* requests(): Generator<PictureRequest> {
    for (let epoch = fromEpoch; epoch < config.epochs; epoch++) {
      const { train, valid } = epochRequests(config, dataset, epoch);
      for (let step = 0; step < steps; step++) {
        places.push(`train ${epoch} ${step}`);
        yield train(step);
        if (!alphaLearns(config, epoch)) continue;
        places.push(`valid ${epoch} ${step}`);
        yield valid(step);
      }
    }
  }
  const batches = pictureBatches(dataset.pictures.train, requests(), { size: config.imageSize });
  const next = async (place: string): Promise<Batch> => {
    const { value, done } = await batches.next();
    const expected = places.shift();
    if (done || place !== expected)
      throw new Error(`a search asked for batch ${place} where ${expected ?? 'no more'} was next`);
    return value;
  };
  return {
    valid: (epoch, step) => next(`valid ${epoch} ${step}`),
    train: (epoch, step) => next(`train ${epoch} ${step}`),
    close: async () => {
      await batches.return(undefined);
    },
  };
}

function inMemory(config: SearchConfig, dataset: Dataset): BatchSource {
  let now: { epoch: number; batches: ReturnType<typeof epochBatches> } | undefined;
  const of = (epoch: number) => {
    if (now?.epoch !== epoch) now = { epoch, batches: epochBatches(config, dataset, epoch) };
    return now.batches;
  };
  return {
    valid: async (epoch, step) => of(epoch).valid(step),
    train: async (epoch, step) => of(epoch).train(step),
    close: async () => {},
  };
}
