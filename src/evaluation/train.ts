// The training loop: flat, an event a step and an epoch.
import * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/types.js';
import { createStream } from '../random/stream.js';
import { toTensors } from '../search/batches.js';
import { DivergedError } from '../search/events.js';
import { stepsPerEpoch, type TrainingSource, trainingSource } from './batches.js';
import type { EvaluationConfig } from './config.js';
import type { TrainingEpochEvent, TrainingEvent } from './events.js';
import { dropPathAt, learningRateAt } from './schedule.js';
import type { TrainingState } from './state.js';
import { testScores, trainingStep } from './step.js';

export interface TrainingInputs {
  dataset: Dataset;
  /** Stops the loop between two steps. */
  signal?: AbortSignal;
  /** The best epoch before `state.epoch`, where training goes on. */
  best?: TrainingEpochEvent['bestTest'];
}

/**
 * Continues `state` (from epoch `state.epoch`) to the configuration's last epoch, yielding events.
 * Throws DivergedError when a loss stops being finite.
 */
export async function* trainingLoop(
  config: EvaluationConfig,
  state: TrainingState,
  inputs: TrainingInputs,
): AsyncGenerator<TrainingEvent> {
  const source = trainingSource(config, inputs.dataset, state.epoch);
  try {
    yield* epochsOf(config, state, inputs, source);
  } finally {
    await source.close();
  }
}

async function* epochsOf(
  config: EvaluationConfig,
  state: TrainingState,
  { dataset, signal, best = { accuracy: -1, epoch: 0 } }: TrainingInputs,
  source: TrainingSource,
): AsyncGenerator<TrainingEvent> {
  const steps = stepsPerEpoch(config, dataset);
  const begun = performance.now();
  const stepsBefore = state.step;
  const secondsLeft = () =>
    ((performance.now() - begun) / 1000 / Math.max(1, state.step - stepsBefore)) *
    (config.epochs * steps - state.step);
  let bestTest = best;

  for (let epoch = state.epoch; epoch < config.epochs; epoch++) {
    const epochBegun = performance.now();
    const learningRate = learningRateAt(config, epoch);
    const probability = dropPathAt(config, epoch);
    const total = { images: 0, loss: 0, correct: 0, correct5: 0 };

    for (let i = 0; i < steps; i++) {
      signal?.throwIfAborted();
      const shape = { ...dataset, height: config.imageSize, width: config.imageSize };
      const batch = toTensors(await source.next(epoch, i), shape);
      const images = batch.y.shape[0];
      const stream = createStream(config.seed, 'droppath', epoch, i);
      const dropPath = probability > 0 ? { probability, stream } : undefined;
      const result = trainingStep(state, batch, config, { learningRate, dropPath });
      tf.dispose([batch.x, batch.y]);
      if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) {
        throw new DivergedError(
          `the training diverged at step ${state.step + 1} (epoch ${epoch + 1}): loss ${result.loss}, gradient norm ` +
            `${result.gradientNorm}, learning rate ${learningRate}; lower the learning rate or clip the gradients`,
        );
      }
      total.images += images;
      total.loss += result.loss * images;
      total.correct += result.correct;
      total.correct5 += result.correct5;
      state.step += 1;
      yield {
        event: 'step',
        step: state.step,
        epoch: epoch + 1,
        loss: result.loss,
        accuracy: result.correct / images,
        gradientNorm: result.gradientNorm,
        secondsLeft: secondsLeft(),
      };
      // Lets signals, timers and a notebook's messages through.
      await new Promise((resolve) => setImmediate(resolve));
    }

    state.epoch = epoch + 1;
    const test = await testScores(state.net, dataset, config.testImages);
    if (test.accuracy > bestTest.accuracy) bestTest = { accuracy: test.accuracy, epoch: state.epoch };
    const seconds = (performance.now() - epochBegun) / 1000;
    yield {
      event: 'epoch',
      epoch: state.epoch,
      step: state.step,
      seconds,
      trainLoss: total.loss / total.images,
      trainAccuracy: total.correct / total.images,
      trainTop5: total.correct5 / total.images,
      test,
      bestTest,
      learningRate,
      dropPath: probability,
      imagesPerSecond: total.images / seconds,
      secondsLeft: secondsLeft(),
    };
  }
}
