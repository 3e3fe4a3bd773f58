// Which learning rates an epoch has: the weights' cosine, with the official scripts' restart as an option, and alpha's.
import { cosineLearningRate } from '../tensor/cosine.js';
import type { SearchConfig } from './config.js';
import { stageAt, stagesOf } from './progressive/stages.js';

/** Learning rate of the weights at an epoch counted from 0: one cosine over all stages, as intended, or with restarts. */
export function weightLearningRateAt(config: SearchConfig, epoch: number): number {
  const { initial, final, warmupEpochs: warmup } = config.weightLearningRate;
  if (config.learningRateRestart) return restartedLearningRate(config, epoch);
  return cosineLearningRate(epoch, { initial, final, epochs: config.epochs, warmup });
}

/**
 * What the official scripts do at a stage boundary: the new optimiser begins at the initial rate, and PyTorch's scheduler, whose
 * counter is restored, multiplies the rate it finds by the ratio of the cosine's neighbours (net2wider.py:113-116,
 * DARTS-space/train_search.py:151-157). From half of the cosine on, that is twice the intended curve. A warm-up sets the rate
 * by hand, and the same recursion goes on from there.
 */
function restartedLearningRate(config: SearchConfig, epoch: number): number {
  const { initial, final, warmupEpochs } = config.weightLearningRate;
  const starts = new Set(stagesOf(config).map(({ firstEpoch }) => firstEpoch));
  const height = (e: number) => 1 + Math.cos((Math.PI * e) / config.epochs);
  let rate = initial;
  for (let e = 1; e <= epoch; e++) {
    rate = starts.has(e) ? initial : final + ((rate - final) * height(e)) / height(e - 1);
    if (e < warmupEpochs) rate = (initial * (e + 1)) / warmupEpochs;
  }
  return epoch === 0 && warmupEpochs > 0 ? initial / warmupEpochs : rate;
}

/** Constant as in the reference, or a cosine over the epochs in which alpha learns. */
export function alphaLearningRateAt(config: SearchConfig, epoch: number): number {
  const { alphaLearningRate: initial, alphaFinalLearningRate: final } = config;
  const stages = stagesOf(config);
  const { frozenEpochs, firstEpoch } = stageAt(stages, epoch);
  if (final === null || epoch < firstEpoch + frozenEpochs) return initial;
  const learning = (until: number) =>
    stages.reduce((sum, stage) => {
      const epochs = Math.min(until - stage.firstEpoch, stage.epochs);
      return sum + Math.max(0, epochs - stage.frozenEpochs);
    }, 0);
  return cosineLearningRate(learning(epoch), { initial, final, epochs: learning(config.epochs) });
}
