// Replays `nb201_search_*`: whole search steps of a small supernet with the recorded samples.
import * as tf from '@tensorflow/tfjs';
import { torchRule } from '../distributions/pathwiseTorch.js';
import { createStream } from '../random/stream.js';
import { REFERENCE, type SearchConfig } from '../search/config.js';
import { alphaRows, createSearchState, disposeSearchState, supernetShape } from '../search/state.js';
import { architectureStep, type TensorBatch, weightStep } from '../search/step.js';
import { formatArchitecture, genotypeOf } from '../spaces/nasbench201/architecture.js';
import { CONV1, CONV3, EDGE_NAMES } from '../spaces/nasbench201/operations.js';
import {
  collectErrors,
  type Errors,
  fromTorch,
  type GoldenTensor,
  relativeError,
  tensorError,
} from './file.js';

interface SearchGolden {
  C: number;
  N: number;
  ks: number[];
  regulariser: 'l2' | 'kl';
  regScale: number;
  sgd: { lr: number; momentum: number; weightDecay: number; clipNorm: number; clipIncludesAlpha: boolean };
  adam: { lr: number; betas: [number, number]; eps: number; weightDecay: number };
  initialParams: Record<string, GoldenTensor>;
  initialAlpha: GoldenTensor[];
  buffersBefore: Record<string, GoldenTensor>;
  steps: {
    xTrain: GoldenTensor;
    yTrain: number[];
    xValid: GoldenTensor;
    yValid: number[];
    thetaValid: number[][];
    thetaTrain: number[][];
    lossValid: number;
    gradAlpha: GoldenTensor[];
    alphaAfter: GoldenTensor[];
    lossTrain: number;
    logitsTrain: GoldenTensor;
    gradNorm: number;
  }[];
  finalParams: Record<string, GoldenTensor>;
  finalBuffers: Record<string, GoldenTensor>;
  genotype: string;
}

/** Trajectories: weights and statistics 1e-3; losses and alpha 1e-4; single gradients as in one step, 1e-4 … 1e-3. */
const LOOSE = 1e-3;
const TIGHT = 1e-4;

/** The two buffers of a search cell hold twelve batch norms each; this names a row of them as the reference does. */
function referenceBuffers(name: string): { names: string[] } {
  const packed = name.match(/^(cells\.\d+\.edges)\.(running_mean|running_var)$/);
  if (!packed) return { names: [name] };
  return {
    names: EDGE_NAMES.flatMap((edge) =>
      [CONV1, CONV3].map((op) => `${packed[1]}.${edge}.${op}.op.2.${packed[2]}`),
    ),
  };
}

export function replayNb201Search(json: unknown): Errors {
  const golden = json as SearchGolden;
  const { errors, add } = collectErrors();
  const [, channels, size] = golden.steps[0].xTrain.shape;
  const config: SearchConfig = {
    ...REFERENCE,
    channels: golden.C,
    cellsPerStage: golden.N,
    k: golden.ks[0],
    imageSize: size,
    momentum: golden.sgd.momentum,
    weightDecay: golden.sgd.weightDecay,
    clipNorm: golden.sgd.clipNorm,
    clipIncludesAlpha: golden.sgd.clipIncludesAlpha,
    alphaLearningRate: golden.adam.lr,
    alphaBetas: golden.adam.betas,
    regulariser: golden.regulariser,
    regulariserWeight: golden.regulariser === 'l2' ? golden.adam.weightDecay : golden.regScale,
  };
  const classes = golden.initialParams['classifier.bias'].shape[0];
  const state = createSearchState(config, supernetShape(config, { classes, imageChannels: channels }));
  const { parameters, buffers } = state.net;
  const missing = Object.keys(golden.initialParams).filter((name) => !parameters[name]);
  if (missing.length) throw new Error(`the supernet has no parameter ${missing[0]} of the golden file`);
  for (const [name, variable] of Object.entries(parameters)) {
    tf.tidy(() => variable.assign(fromTorch(golden.initialParams[name], 'parameter')));
  }
  for (const [name, variable] of Object.entries(buffers)) {
    const values = referenceBuffers(name).names.flatMap((n) => golden.buffersBefore[n].data);
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
  tf.tidy(() => state.alpha.assign(tf.tensor2d(golden.initialAlpha[0].data, state.alpha.shape)));

  const batchOf = (x: GoldenTensor, y: number[]): TensorBatch => ({
    x: fromTorch(x, 'activation') as tf.Tensor4D,
    y: tf.tensor1d(y, 'int32'),
  });
  const stream = createStream(0, 'golden: every sample is given');
  for (const step of golden.steps) {
    const valid = batchOf(step.xValid, step.yValid);
    const architecture = architectureStep(state, valid, golden.adam.lr, {
      stream,
      theta: step.thetaValid,
      rule: torchRule,
    });
    add('lossValid', relativeError([architecture.objective], [step.lossValid]), TIGHT);
    add('gradAlpha', relativeError(architecture.gradAlpha, step.gradAlpha[0].data), LOOSE);
    add('alpha', relativeError(alphaRows(state).flat(), step.alphaAfter[0].data), TIGHT);
    const train = batchOf(step.xTrain, step.yTrain);
    const { lr: learningRate, clipNorm, clipIncludesAlpha } = golden.sgd;
    const weights = weightStep(
      state,
      train,
      { learningRate, clipNorm, clipIncludesAlpha },
      { stream, theta: step.thetaTrain, rule: torchRule },
    );
    add('lossTrain', relativeError([weights.loss], [step.lossTrain]), TIGHT);
    add('logits', relativeError(weights.logits, step.logitsTrain.data), LOOSE);
    add('gradNorm', relativeError([weights.gradientNorm], [step.gradNorm]), LOOSE);
    tf.dispose([valid.x, valid.y, train.x, train.y]);
  }
  for (const [name, variable] of Object.entries(parameters)) {
    add('finalParams', tensorError(variable, golden.finalParams[name], 'parameter'), LOOSE);
  }
  for (const [name, variable] of Object.entries(buffers)) {
    const { names } = referenceBuffers(name);
    const rows = names.length > 1 ? (variable.arraySync() as number[][]) : [Array.from(variable.dataSync())];
    names.forEach((n, row) => {
      add('finalBuffers', relativeError(rows[row], golden.finalBuffers[n].data), LOOSE);
    });
  }
  // The genotype either agrees or it does not.
  const genotype = formatArchitecture(genotypeOf(state.sampler.expected(alphaRows(state))));
  add('genotype', genotype === golden.genotype ? 0 : 1, 0);
  disposeSearchState(state);
  return errors;
}
