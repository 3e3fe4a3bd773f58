// What changes from epoch to epoch: the learning rate, and how often paths are dropped.
import { cosineLearningRate } from '../tensor/cosine.js';
import { linearLearningRate } from '../tensor/linearSchedule.js';
import type { EvaluationConfig } from './config.js';

/** The learning rate of an epoch, counted from 0 (DARTS-space/train.py: a cosine; train_imagenet.py: linear with a slow tail). */
export function learningRateAt(config: EvaluationConfig, epoch: number): number {
  const { learningRate: initial, epochs, warmupEpochs: warmup, tailEpochs: tail } = config;
  return config.schedule === 'cosine'
    ? cosineLearningRate(epoch, { initial, final: 0, epochs, warmup })
    : linearLearningRate(epoch, { initial, epochs, warmup, tail });
}

/** The probability with which a path is dropped in an epoch, counted from 0: it grows from 0 towards `dropPath` (DARTS-space/train.py). */
export function dropPathAt({ dropPath, epochs }: EvaluationConfig, epoch: number): number {
  return (dropPath * epoch) / epochs;
}
