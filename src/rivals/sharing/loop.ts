// RSPS and ENAS as one loop: shared weights trained on one path a batch, a controller in between (ENAS), then the candidates.
import * as tf from '@tensorflow/tfjs';
import { createStream, type Stream } from '../../random/stream.js';
import { epochBatches, stepsPerEpoch, toTensors } from '../../search/batches.js';
import { lookUp } from '../../search/evaluate.js';
import { DivergedError } from '../../search/events.js';
import { weightLearningRateAt } from '../../search/learningRates.js';
import type { SearchInputs } from '../../search/loop.js';
import { type PassResult, weightStep } from '../../search/step.js';
import { formatArchitecture } from '../../spaces/nasbench201/architecture.js';
import { architectureAt } from '../../spaces/nasbench201/officialOrder.js';
import { OPERATIONS } from '../../spaces/nasbench201/operations.js';
import { drawArchitecture } from '../controller.js';
import { anyArchitecture } from '../game.js';
import { indexOfPicks } from '../reinforce.js';
import type { SharingConfig } from './config.js';
import { type ControllerUpdate, updateController } from './enas.js';
import type { SharingEvent } from './events.js';
import { oneHot, pathAccuracy, pathCorrect } from './path.js';
import type { Candidate, SharingState } from './state.js';

/** Candidates judged between two checkpoints. */
const GROUP = 10;

const picksOf = (index: number): number[] => architectureAt(index).map((o) => OPERATIONS.indexOf(o));
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The best of the candidates; of equals the first. */
export const bestCandidate = (candidates: readonly Candidate[]): Candidate =>
  candidates.reduce((best, one) => (one.accuracy > best.accuracy ? one : best));

/**
 * Goes on from `state` to the end. Everything drawn follows from the seed and its place, so an interrupted run continues to the
 * same bits. The weights see what a search's do: the same batches, learning rates and clipping.
 */
export async function* sharingLoop(
  config: SharingConfig,
  state: SharingState,
  { dataset, table, signal }: SearchInputs,
): AsyncGenerator<SharingEvent> {
  const { search: settings, controller: own } = config;
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

  const known = new Map(state.candidates.map(({ index, accuracy }) => [index, accuracy]));
  const judgingBegun = performance.now();
  const already = state.candidates.length;
  while (state.candidates.length < config.candidates) {
    const groupBegun = performance.now();
    const latest: Candidate[] = [];
    const from = state.candidates.length;
    for (let n = from; n < Math.min(from + GROUP, config.candidates); n++) {
      signal?.throwIfAborted();
      const stream = createStream(settings.seed, 'candidates', n);
      const index = learner
        ? indexOfPicks(drawArchitecture(learner.controller, stream).picks)
        : anyArchitecture(stream);
      // A controller that has made up its mind draws the same one again.
      const accuracy =
        known.get(index) ?? pathAccuracy(search, dataset, picksOf(index), config.candidateImages);
      known.set(index, accuracy);
      latest.push({ index, accuracy });
      await new Promise((resolve) => setImmediate(resolve));
    }
    state.candidates.push(...latest);
    const done = state.candidates.length;
    const best = bestCandidate(state.candidates);
    const genotype = formatArchitecture(architectureAt(best.index));
    const spent = (performance.now() - judgingBegun) / 1000;
    yield {
      event: 'candidates',
      step: search.step,
      done,
      of: config.candidates,
      latest,
      best,
      genotype,
      seconds: (performance.now() - groupBegun) / 1000,
      secondsLeft: (spent / (done - already)) * (config.candidates - done),
      ...(table ? { lookup: lookUp(table, genotype) } : {}),
    };
  }
}
