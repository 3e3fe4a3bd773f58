// One step of each workload, as this project's own loops take it.
import * as tf from '@tensorflow/tfjs';
import { createEvaluationNetwork, dartsArchitecture } from '../src/evaluation/network.js';
import { trainingStep } from '../src/evaluation/step.js';
import { integer } from '../src/random/integer.js';
import { normal } from '../src/random/normal.js';
import { createStream } from '../src/random/stream.js';
import { searchConfig } from '../src/search/config.js';
import { createSearchState, supernetShape } from '../src/search/state.js';
import { architectureStep, type TensorBatch, weightStep } from '../src/search/step.js';
import { createSgd } from '../src/tensor/sgd.js';
import type { Workload } from './workloads.js';

/** The mean of the schedule, 0 to 0.3. */
const DROP_PATH = 0.15;

export interface OurContestant {
  /** Takes a step and gives the cross entropies of its passes. */
  step: () => number[];
  /** Trainable weights. */
  parameters: number;
}

function randomBatch({ batch, imageSize }: Workload, name: string): TensorBatch {
  const stream = createStream(1, 'bench', name);
  const pixels = Float32Array.from({ length: batch * imageSize * imageSize * 3 }, () => normal(stream));
  const labels = Int32Array.from({ length: batch }, () => integer(stream, 10));
  return {
    x: tf.tensor4d(pixels, [batch, imageSize, imageSize, 3]),
    y: tf.tensor1d(labels, 'int32'),
  };
}

const countParameters = (parameters: Record<string, tf.Tensor>) =>
  Object.values(parameters).reduce((sum, { size }) => sum + size, 0);

/** A search step as src/search/loop.ts takes it. */
function search(workload: Workload): OurContestant {
  const { task, imageSize, channels, cells, k, batch } = workload;
  const space = task === 'darts' ? 'darts' : 'nasbench201';
  const depth = space === 'darts' ? { cells } : { cellsPerStage: cells };
  const config = searchConfig('paper', {
    space,
    imageSize,
    channels,
    ...depth,
    batchSize: batch,
    stages: null,
    k,
  });
  const state = createSearchState(config, supernetShape(config, { classes: 10, imageChannels: 3 }));
  const [valid, train] = [randomBatch(workload, 'valid'), randomBatch(workload, 'train')];
  const step = () => {
    const stream = (pass: string) => createStream(config.seed, 'theta', state.step, pass);
    const { clipNorm, clipIncludesAlpha, weightLearningRate, alphaLearningRate } = config;
    const options = { learningRate: weightLearningRate.initial, clipNorm, clipIncludesAlpha };
    const architecture = architectureStep(state, valid, alphaLearningRate, { stream: stream('valid') });
    const weight = weightStep(state, train, options, { stream: stream('train') });
    state.step += 1;
    return [architecture.loss, weight.loss];
  };
  return { step, parameters: countParameters(state.net.parameters) };
}

/** A training step as src/evaluation/train.ts takes it. */
function network(workload: Workload): OurContestant {
  const { imageSize, channels, cells } = workload;
  const settings = { channels, cells, stem: 'cifar', auxiliary: true, imageSize } as const;
  const data = { classes: 10, imageChannels: 3 };
  const net = createEvaluationNetwork(
    dartsArchitecture('DrNAS_cifar10'),
    settings,
    data,
    createStream(1, 'initial', 'weights'),
  );
  const optimiser = createSgd({ momentum: 0.9, weightDecay: 3e-4 });
  const state = { net, optimiser, step: 0, epoch: 0 };
  const config = { auxiliaryWeight: 0.4, labelSmoothing: 0, clipNorm: 5 };
  const train = randomBatch(workload, 'train');
  const step = () => {
    const dropPath = { probability: DROP_PATH, stream: createStream(1, 'paths', state.step) };
    const { loss } = trainingStep(state, train, config, { learningRate: 0.025, dropPath });
    state.step += 1;
    return [loss];
  };
  return { step, parameters: countParameters(net.parameters) };
}

export const contestant = (workload: Workload): OurContestant =>
  workload.task === 'network' ? network(workload) : search(workload);
