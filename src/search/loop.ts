// The search loop: flat, an event a step, an epoch and a stage; a notebook, the CLI and the tests consume the same thing.
import * as tf from '@tensorflow/tfjs';
import type { NasBench201 } from '../benchmarks/nasbench201.js';
import type { Dataset } from '../data/types.js';
import { checkEnough } from '../diagnostics/batches.js';
import { epochDiagnostics } from '../diagnostics/epoch.js';
import { concentration } from '../distributions/concentration.js';
import { createStream } from '../random/stream.js';
import { stepsPerEpoch, toTensors } from './batches.js';
import { alphaLearns, type BatchSource, batchSource } from './batchSource.js';
import { DEFAULTS, type SearchConfig } from './config.js';
import { accuracyBand, cellsOf, expectedMixing, genotypeNow, lookUp, supernetQuality } from './evaluate.js';
import { DivergedError, type EpochEvent, type SearchEvent } from './events.js';
import { alphaLearningRateAt, weightLearningRateAt } from './learningRates.js';
import { enterStage } from './progressive/stage.js';
import { type PlacedStage, stageAt, stagesOf } from './progressive/stages.js';
import { alphaRows, edgeSharesNow, type SearchState } from './state.js';
import { architectureStep, type PassResult, weightStep } from './step.js';
import { temperatureAt } from './temperature.js';

export interface SearchInputs {
  dataset: Dataset;
  /** Where a NAS-Bench-201 table is at hand, each epoch's genotype of that space is looked up. */
  table?: NasBench201;
  /** Stops the loop between two steps; the state is then that of the last completed step. */
  signal?: AbortSignal;
}

const mean = (values: number[]) => (values.length ? values.reduce((a, b) => a + b, 0) / values.length : null);

/** Mean over rows of the entropy of the expected mixing weights, in nats. */
export function mixingEntropy(mixing: number[][]): number {
  const rows = mixing.map((row) => row.reduce((h, p) => (p > 0 ? h - p * Math.log(p) : h), 0));
  return rows.reduce((a, b) => a + b, 0) / rows.length;
}

/**
 * Continues `state` (from epoch `state.epoch`) to the configuration's last epoch, yielding events.
 * Throws DivergedError when a loss or alpha stops being finite.
 */
export async function* searchLoop(
  config: SearchConfig,
  state: SearchState,
  inputs: SearchInputs,
): AsyncGenerator<SearchEvent> {
  const source = batchSource(config, inputs.dataset, state.epoch);
  try {
    yield* epochsOf(config, state, inputs, source);
  } finally {
    await source.close();
  }
}

async function* epochsOf(
  config: SearchConfig,
  state: SearchState,
  inputs: SearchInputs,
  source: BatchSource,
): AsyncGenerator<SearchEvent> {
  const { dataset, table, signal } = inputs;
  const steps = stepsPerEpoch(config, dataset);
  if (config.diagnostics) checkEnough(dataset, config.diagnostics.images);
  const stages = stagesOf(config);
  const begun = performance.now();
  const stepsBefore = state.step;
  const secondsLeft = () => {
    const done = state.step - stepsBefore;
    return done === 0
      ? 0
      : ((performance.now() - begun) / 1000 / done) * (config.epochs * steps - state.step);
  };

  for (let epoch = state.epoch; epoch < config.epochs; epoch++) {
    const stage = stageAt(stages, epoch);
    signal?.throwIfAborted();
    if (stages.indexOf(stage) > state.stage) yield boundary(config, state, stage, inputs);

    const epochBegun = performance.now();
    const learningRate = weightLearningRateAt(config, epoch);
    const alphaLearningRate = alphaLearningRateAt(config, epoch);
    const temperature = temperatureAt(config, epoch);
    const { momentum, weightDecay } = config;
    const train: PassResult[] = [];
    const valid: PassResult[] = [];

    for (let i = 0; i < steps; i++) {
      signal?.throwIfAborted();
      let validPass: PassResult | undefined;
      const noise = (pass: 'valid' | 'train') => ({
        stream: createStream(config.seed, 'theta', state.step, pass),
        temperature,
      });
      const batch = toTensors(await source.train(epoch, i), dataset);
      if (alphaLearns(config, epoch)) {
        const validBatch = toTensors(await source.valid(epoch, i), dataset);
        const unroll = { train: batch, learningRate, momentum, weightDecay };
        validPass = architectureStep(
          state,
          validBatch,
          alphaLearningRate,
          noise('valid'),
          config.alphaClipNorm,
          unroll,
        );
        tf.dispose([validBatch.x, validBatch.y]);
        valid.push(validPass);
      }
      const trainPass = weightStep(
        state,
        batch,
        { learningRate, clipNorm: config.clipNorm, clipIncludesAlpha: config.clipIncludesAlpha },
        noise('train'),
      );
      tf.dispose([batch.x, batch.y]);
      train.push(trainPass);
      if (
        !Number.isFinite(trainPass.loss) ||
        !Number.isFinite(trainPass.gradientNorm) ||
        (validPass && !Number.isFinite(validPass.loss))
      ) {
        throw new DivergedError(
          `the search diverged at step ${state.step + 1} (epoch ${epoch + 1}): training loss ${trainPass.loss}, ` +
            `validation loss ${validPass?.loss}, gradient norm ${trainPass.gradientNorm}; lower the learning rates or raise the regulariser's weight`,
        );
      }
      state.step += 1;
      yield {
        event: 'step',
        step: state.step,
        epoch: epoch + 1,
        trainLoss: trainPass.loss,
        trainAccuracy: trainPass.accuracy,
        validLoss: validPass?.loss ?? null,
        validAccuracy: validPass?.accuracy ?? null,
        gradientNorm: trainPass.gradientNorm,
        secondsLeft: secondsLeft(),
      };
      // Lets signals, timers and a notebook's messages through.
      await new Promise((resolve) => setImmediate(resolve));
    }

    state.epoch = epoch + 1;
    const alpha = alphaRows(state);
    if (alpha.flat().some((a) => !Number.isFinite(a)))
      throw new DivergedError(`alpha is no longer finite after epoch ${epoch + 1}`);
    const mixing = expectedMixing(state);
    const genotype = genotypeNow(config, state);
    const event: EpochEvent = {
      event: 'epoch',
      epoch: epoch + 1,
      step: state.step,
      seconds: 0,
      trainLoss: mean(train.map((p) => p.loss))!,
      trainAccuracy: mean(train.map((p) => p.accuracy))!,
      validLoss: mean(valid.map((p) => p.loss)),
      validAccuracy: mean(valid.map((p) => p.accuracy)),
      supernetAccuracy: supernetQuality(state, dataset, mixing, config.evaluationImages)?.accuracy ?? null,
      alpha,
      concentration: alpha.map((row) => row.map(concentration)),
      mixing,
      ...(state.edges ? { edges: edgeSharesNow(state) } : {}),
      ...(temperature === undefined ? {} : { temperature }),
      entropy: mixingEntropy(mixing),
      genotype,
      ...(stages.length > 1 ? { stage: state.stage + 1 } : {}),
      learningRate,
      imagesPerSecond: 0,
      secondsLeft: secondsLeft(),
    };
    const cells = cellsOf(state, genotype);
    if (cells) event.cells = cells;
    if (table && state.space.name === 'nasbench201') {
      event.lookup = lookUp(table, genotype);
      event.band = accuracyBand(state, config, table, alpha);
    }
    event.seconds = (performance.now() - epochBegun) / 1000;
    event.imagesPerSecond = ((train.length + valid.length) * config.batchSize) / event.seconds;
    const diagnostics = await epochDiagnostics(config, state, inputs);
    if (diagnostics) event.diagnostics = diagnostics;
    yield event;
  }
}

/** Takes the state over a stage boundary. Everything drawn follows from the seed, so it can be repeated after a kill. */
function boundary(
  config: SearchConfig,
  state: SearchState,
  stage: PlacedStage,
  inputs: SearchInputs,
): SearchEvent {
  const begun = performance.now();
  const rule = config.wideningRule ?? DEFAULTS.wideningRule;
  const { k, operations, mask, parameters, jump } = enterStage(state, stage, {
    rule,
    seed: config.seed,
    measure: (now) => supernetQuality(now, inputs.dataset, expectedMixing(now), config.evaluationImages),
  });
  const place = { stage: state.stage + 1, epoch: state.epoch, step: state.step };
  const seconds = (performance.now() - begun) / 1000;
  return { event: 'stage', ...place, k, operations, rule, mask, parameters, jump, seconds };
}
