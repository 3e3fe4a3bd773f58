// Replays `*_search_*` and `*_progressive_*`: whole search steps of a small supernet with the recorded samples, over its stages.
import * as tf from '@tensorflow/tfjs';
import { torchRule } from '../distributions/pathwiseTorch.js';
import { createStream } from '../random/stream.js';
import { genotypeNow } from '../search/evaluate.js';
import { prune } from '../search/progressive/prune.js';
import { enterStage } from '../search/progressive/stage.js';
import { klPenalty } from '../search/regularisers/kl.js';
import {
  alphaRows,
  createSearchState,
  disposeSearchState,
  type SearchState,
  supernetShape,
} from '../search/state.js';
import { architectureStep, type TensorBatch, weightStep } from '../search/step.js';
import {
  collectErrors,
  type Errors,
  fromTorch,
  type GoldenTensor,
  relativeError,
  tensorError,
} from './file.js';
import { type ReferenceNames, referenceNames } from './referenceNames.js';
import { configOfGolden, type SearchGolden, stacked } from './searchFile.js';

/** Trajectories: weights and statistics 1e-3; losses and alpha 1e-4; single gradients as in one step, 1e-4 … 1e-3. */
const LOOSE = 1e-3;
const TIGHT = 1e-4;

type Add = ReturnType<typeof collectErrors>['add'];

export function replaySearch(json: unknown): Errors {
  const golden = json as SearchGolden;
  const { errors, add } = collectErrors();
  const config = configOfGolden(golden);
  const classes = golden.initialParams['classifier.bias'].shape[0];
  const imageChannels = golden.steps[0].xTrain.shape[1];
  const state = createSearchState(config, supernetShape(config, { classes, imageChannels }));
  const names = referenceNames(state.space, golden.N);
  if (golden.regulariser === 'kl') {
    // The reference counts pruned operations into the KL divergence (201-space/search_model.py:62-72); this kit does not.
    state.regulariser = { ...state.regulariser, penalty: (alpha) => klPenalty(alpha, golden.regScale) };
  }
  takeInitialValues(state, golden, names);

  const stream = createStream(0, 'golden: every sample is given');
  for (const step of golden.steps) {
    if ((step.stage ?? 0) > state.stage) crossBoundary(state, golden, names, add);
    const valid = batchOf(step.xValid, step.yValid);
    const recorded = (theta: number[][]) => ({ stream, theta, rule: torchRule, wholeRows: true });
    const architecture = architectureStep(state, valid, golden.adam.lr, recorded(step.thetaValid));
    add('lossValid', relativeError([architecture.objective], [step.lossValid]), TIGHT);
    add('gradAlpha', relativeError(architecture.gradAlpha, stacked(step.gradAlpha)), LOOSE);
    add('alpha', relativeError(alphaRows(state).flat(), stacked(step.alphaAfter)), TIGHT);
    const train = batchOf(step.xTrain, step.yTrain);
    const { lr: learningRate, clipNorm, clipIncludesAlpha } = golden.sgd;
    const options = { learningRate, clipNorm, clipIncludesAlpha };
    const weights = weightStep(state, train, options, recorded(step.thetaTrain));
    add('lossTrain', relativeError([weights.loss], [step.lossTrain]), TIGHT);
    add('logits', relativeError(weights.logits, step.logitsTrain.data), LOOSE);
    add('gradNorm', relativeError([weights.gradientNorm], [step.gradNorm]), LOOSE);
    tf.dispose([valid.x, valid.y, train.x, train.y]);
  }
  compareWeights(state, golden.finalParams, (error) => add('finalParams', error, LOOSE));
  compareBuffers(state, golden.finalBuffers, names, (error) => add('finalBuffers', error, LOOSE));
  // The genotype either agrees or it does not.
  add('genotype', genotypeNow(config, state) === golden.genotype ? 0 : 1, 0);
  disposeSearchState(state);
  return errors;
}

const batchOf = (x: GoldenTensor, y: number[]): TensorBatch => ({
  x: fromTorch(x, 'activation') as tf.Tensor4D,
  y: tf.tensor1d(y, 'int32'),
});

function takeInitialValues({ net, alpha }: SearchState, golden: SearchGolden, names: ReferenceNames): void {
  const missing = Object.keys(golden.initialParams).filter((name) => !net.parameters[name]);
  if (missing.length) throw new Error(`the supernet has no parameter ${missing[0]} of the golden file`);
  for (const [name, variable] of Object.entries(net.parameters)) {
    if (!golden.initialParams[name])
      throw new Error(`the golden file has no parameter ${name} of the supernet`);
    // A depthwise filter is [k,k,C,1] here and comes as [k,k,1,C].
    tf.tidy(() =>
      variable.assign(fromTorch(golden.initialParams[name], 'parameter').reshape(variable.shape)),
    );
  }
  for (const [buffer, variable] of Object.entries(net.buffers)) {
    const values = Float32Array.from(variable.dataSync() as Float32Array);
    const rows = names.rows(buffer);
    rows.forEach((name, row) => {
      if (name) values.set(golden.buffersBefore[name].data, (row * values.length) / rows.length);
    });
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
  tf.tidy(() => alpha.assign(tf.tensor2d(stacked(golden.initialAlpha), alpha.shape)));
}

/** Prunes and widens with the recorded indices; compares masks, alpha and all weights right after it. */
function crossBoundary(state: SearchState, golden: SearchGolden, names: ReferenceNames, add: Add): void {
  const boundary = golden.stageBoundaries![state.stage];
  const { draws } = state.space.widenPlan(state.net, boundary.k);
  const wrong = draws.findIndex(({ from, to }, i) => boundary.randomIndices[i]?.length !== to - from);
  if (wrong >= 0 || draws.length !== boundary.randomIndices.length) {
    throw new Error(
      `the widening has ${draws.length} draws, the golden file ${boundary.randomIndices.length}` +
        (wrong >= 0 ? `; number ${wrong} (${draws[wrong].name}) differs in length` : ''),
    );
  }
  const before = alphaRows(state);
  add(
    'masks',
    prune(before, boundary.keep, state.mask).mask.flat().join() === maskOf(boundary.masks) ? 0 : 1,
    0,
  );
  enterStage(
    state,
    { k: boundary.k, operations: boundary.keep },
    {
      rule: 'reference',
      seed: 0,
      maps: draws.map(({ from }, i) => [...Array(from).keys(), ...boundary.randomIndices[i]]),
    },
  );
  add('alphaAtBoundary', relativeError(alphaRows(state).flat(), stacked(boundary.alphaAfter)), TIGHT);
  const removed = compareWeights(state, boundary.paramsAfter, (error) =>
    add('paramsAtBoundary', error, LOOSE),
  );
  // Gone are the weights of the masked operations, and no others.
  const masked = (name: string) => {
    const owner = names.owner(name);
    return owner !== undefined && state.mask![owner.row][owner.operation] === 0;
  };
  const expected = Object.keys(boundary.paramsAfter).filter(masked);
  add('removedWeights', removed.join() === expected.join() ? 0 : 1, 0);
}

const maskOf = (masks: boolean[][][]): string =>
  masks
    .flat(2)
    .map((kept) => (kept ? 1 : 0))
    .join();

/** Compares every weight that is there; returns the names of those that are not. */
function compareWeights(
  { net }: SearchState,
  want: Record<string, GoldenTensor>,
  report: (error: number) => void,
): string[] {
  for (const [name, variable] of Object.entries(net.parameters)) {
    report(tensorError(variable, want[name], 'parameter'));
  }
  return Object.keys(want).filter((name) => !net.parameters[name]);
}

/** Compares the running statistics of what is left. */
function compareBuffers(
  { net, mask }: SearchState,
  want: Record<string, GoldenTensor>,
  names: ReferenceNames,
  report: (error: number) => void,
): void {
  for (const [buffer, variable] of Object.entries(net.buffers)) {
    const values = variable.dataSync();
    const rows = names.rows(buffer);
    const width = values.length / rows.length;
    rows.forEach((name, row) => {
      const owner = name === undefined ? undefined : names.owner(name);
      if (name === undefined || (owner && mask && !mask[owner.row][owner.operation])) return;
      report(relativeError(values.slice(row * width, (row + 1) * width), want[name].data));
    });
  }
}
