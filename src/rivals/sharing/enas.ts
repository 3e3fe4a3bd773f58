// How ENAS's controller learns: architectures drawn from it, each judged on a validation batch with the shared weights.
import type { Stream } from '../../random/stream.js';
import { adamStep, createMoments, type Moments } from '../../tensor/adam.js';
import { type Baseline, movingAverage } from '../baseline.js';
import { type Controller, createController, drawArchitecture } from '../controller.js';
import { controllerScore } from '../controllerScore.js';
import type { ControllerConfig } from './config.js';

export interface Learner {
  controller: Controller;
  moments: Moments;
  baseline: Baseline;
}

export const createLearner = (
  { hidden, layers, temperature, tanhConstant, baselineMomentum }: ControllerConfig,
  stream: Stream,
): Learner => {
  const controller = createController(stream, { hidden, layers, temperature, tanhConstant });
  return {
    controller,
    moments: createMoments(controller.values.length),
    baseline: movingAverage(baselineMomentum),
  };
};

export interface ControllerUpdate {
  /** Means over the update's architectures: accuracy (a fraction) and -ln p, an estimate of the entropy in nats. */
  accuracy: number;
  entropy: number;
  baseline: number;
}

/**
 * One Adam step up the gradient of E[accuracy] + w * entropy, estimated from a few architectures: the mean of
 * (accuracy - w ln p - baseline) times the score. With -ln p as a part of the reward the entropy's gradient is unbiased too,
 * since grad H = E[-ln p * score].
 */
export function updateController(
  { controller, moments, baseline }: Learner,
  config: ControllerConfig,
  stream: Stream,
  accuracyOf: (picks: readonly number[], n: number) => number,
): ControllerUpdate {
  const { architectures, entropyWeight, clipNorm, learningRate, betas, epsilon } = config;
  const descent = new Float64Array(controller.values.length);
  const sums = { accuracy: 0, entropy: 0, baseline: 0 };
  for (let n = 0; n < architectures; n++) {
    const { picks, logProbability } = drawArchitecture(controller, stream.split(n));
    const accuracy = accuracyOf(picks, n);
    const reward = accuracy - entropyWeight * logProbability;
    const average = baseline.update(reward);
    controllerScore(controller, picks).forEach((s, i) => {
      descent[i] -= ((reward - average) * s) / architectures;
    });
    sums.accuracy += accuracy / architectures;
    sums.entropy -= logProbability / architectures;
    sums.baseline = average;
  }
  const norm = Math.sqrt(descent.reduce((sum, g) => sum + g * g, 0));
  const scale = clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
  adamStep(
    controller.values,
    descent.map((g) => g * scale),
    moments,
    learningRate,
    { betas, epsilon },
  );
  return sums;
}
