// RSPS and ENAS as one loop: shared weights trained on one path a batch, a controller in between (ENAS), then the candidates.
import * as tf from '@tensorflow/tfjs';
import { createStream, type Stream } from '../../random/stream.js';
import { epochBatches, stepsPerEpoch, toTensors } from '../../search/batches.js';
import { DivergedError } from '../../search/events.js';
import { weightLearningRateAt } from '../../search/learningRates.js';
import type { SearchInputs } from '../../search/loop.js';
import { type PassResult, weightStep } from '../../search/step.js';
import { drawArchitecture } from '../controller.js';
import type { SharingConfig } from './config.js';
import { type ControllerUpdate, updateController } from './enas.js';
import type { SharingEvent } from './events.js';
import { judge } from './judge.js';
import { oneHot, pathCorrect } from './path.js';
import type { SharingState } from './state.js';

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/**
 * Goes on from `state` to the end. Everything drawn follows from the seed and its place, so an interrupted run continues to the
 * same bits. The weights see what a search's do: the same batches, learning rates and clipping.
 */
export async function* sharingLoop(
  config: SharingConfig,
  state: SharingState,
  inputs: SearchInputs,
): AsyncGenerator<SharingEvent> {
  const { search: settings, controller: own } = config;
  const { dataset, signal } = inputs;
  const { search, learner } = state;
  const steps = stepsPerEpoch(settings, dataset);
  const begun = performance.now();
  const before = search.step;
  const secondsLeft = () => {
    const done = search.step - before;
    const all = settings.epochs * steps;
    return done === 0 ? 0 : ((performance.now() - begun) / 1000 / done) * (all - search.step);
  };
  /** ENAS trains its weights on what its controller draws, RSPS on uniform paths. */
  const path = (stream: Stream) => {
    if (!learner) return { stream };
    const theta = oneHot(drawArchitecture(learner.controller, stream).picks);
    return { stream, theta, mask: theta };
  };

  for (let epoch = search.epoch; epoch < settings.epochs; epoch++) {
    const epochBegun = performance.now();
    const learningRate = weightLearningRateAt(settings, epoch);
    const { clipNorm } = settings;
    const batches = epochBatches(settings, dataset, epoch);
    const train: PassResult[] = [];
    for (let i = 0; i < steps; i++) {
      signal?.throwIfAborted();
      const batch = toTensors(batches.train(i), dataset);
      const stream = createStream(settings.seed, 'theta', search.step, 'train');
      const pass = weightStep(
        search,
        batch,
        { learningRate, clipNorm, clipIncludesAlpha: false },
        path(stream),
      );
      tf.dispose([batch.x, batch.y]);
      if (!Number.isFinite(pass.loss) || !Number.isFinite(pass.gradientNorm))
        throw new DivergedError(
          `${config.rival} diverged at step ${search.step + 1} (epoch ${epoch + 1}): training loss ${pass.loss}, ` +
            `gradient norm ${pass.gradientNorm}; lower the learning rate`,
        );
      train.push(pass);
      search.step += 1;
      yield {
        event: 'step',
        step: search.step,
        epoch: epoch + 1,
        trainLoss: pass.loss,
        trainAccuracy: pass.accuracy,
        validLoss: null,
        validAccuracy: null,
        gradientNorm: pass.gradientNorm,
        secondsLeft: secondsLeft(),
      };
      await new Promise((resolve) => setImmediate(resolve));
    }

    const updates: ControllerUpdate[] = [];
    for (let u = 0; learner && own && epoch >= settings.frozenEpochs && u < own.updates; u++) {
      signal?.throwIfAborted();
      const stream = createStream(settings.seed, 'controller', epoch, u);
      updates.push(
        updateController(learner, own, stream, (picks, n) => {
          const batch = toTensors(batches.valid(u * own.architectures + n), dataset);
          const correct = pathCorrect(search, batch, picks);
          const accuracy = correct / batch.y.shape[0];
          tf.dispose([batch.x, batch.y]);
          return accuracy;
        }),
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    search.epoch = epoch + 1;
    const seconds = (performance.now() - epochBegun) / 1000;
    const seen = train.length + updates.length * (own?.architectures ?? 0);
    yield {
      event: 'epoch',
      epoch: epoch + 1,
      step: search.step,
      seconds,
      trainLoss: mean(train.map((p) => p.loss)),
      trainAccuracy: mean(train.map((p) => p.accuracy)),
      controller: updates.length
        ? {
            accuracy: mean(updates.map((u) => u.accuracy)),
            entropy: mean(updates.map((u) => u.entropy)),
            baseline: updates[updates.length - 1].baseline,
          }
        : null,
      learningRate,
      imagesPerSecond: (seen * settings.batchSize) / seconds,
      secondsLeft: secondsLeft(),
    };
  }

  yield* judge(config, state, inputs);
}
