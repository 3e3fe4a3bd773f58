// Whole supernets and short searches at tiny sizes, and the golden files of cells and trajectories.
import * as tf from '@tensorflow/tfjs';
import { integer } from '../../random/integer.js';
import { createStream } from '../../random/stream.js';
import { type SearchConfig, searchConfig } from '../../search/config.js';
import {
  alphaRows,
  createSearchState,
  disposeSearchState,
  type SearchState,
  supernetShape,
} from '../../search/state.js';
import { architectureStep, type TensorBatch, weightStep } from '../../search/step.js';
import { softmaxCrossEntropy } from '../../tensor/softmaxCrossEntropy.js';
import { variableGradients } from '../../tensor/variableGradients.js';
import { type Check, noise, numbersOf, type Quantities } from './check.js';

const BATCH = 4;
const SIDE = 8;
const CLASSES = 10;
/** Of both spaces: two stages' worth of everything, partial channels included. */
const SIZES: Record<'nasbench201' | 'darts', Partial<SearchConfig>> = {
  nasbench201: { space: 'nasbench201', channels: 4, cellsPerStage: 1, k: 2 },
  darts: { space: 'darts', channels: 4, cells: 3, k: 2 },
};

const configOf = (space: 'nasbench201' | 'darts'): SearchConfig =>
  searchConfig('smoke', { ...SIZES[space], imageSize: SIDE, batchSize: BATCH, stages: null, seed: 3 });

export function tinySearch(space: 'nasbench201' | 'darts'): SearchState {
  const config = configOf(space);
  return createSearchState(config, supernetShape(config, { classes: CLASSES, imageChannels: 3 }));
}

function batchOf(name: string): TensorBatch {
  const stream = createStream('parity', 'labels', name);
  const y = Int32Array.from({ length: BATCH }, () => integer(stream, CLASSES));
  return { x: noise(`images ${name}`, [BATCH, SIDE, SIDE, 3]), y: tf.tensor1d(y, 'int32') };
}

/** The arrays one after the other; a single scale for all of them, since batch norm makes some gradients vanish. */
const joined = (arrays: readonly Float32Array[]): Float32Array =>
  Float32Array.from(arrays.flatMap((array) => [...array]));

/** One pass forward and back: logits, loss, and the gradients of alpha and of all weights. */
function pass(space: 'nasbench201' | 'darts'): Quantities {
  const state = tinySearch(space);
  const batch = batchOf('pass');
  const { parameters } = state.net;
  const names = Object.keys(parameters);
  let logits: Float32Array = new Float32Array();
  const { value, grads } = variableGradients(() => {
    const theta = state.sampler.sample(state.alpha, { stream: createStream('parity', 'theta') });
    const out = state.space.forward(state.net, batch.x, theta, {
      training: true,
      onStatistics: ({ mean, variance }) => tf.dispose([mean, variance]),
    });
    logits = numbersOf(out);
    return softmaxCrossEntropy(out, batch.y);
  }, [state.alpha as tf.Variable, ...Object.values(parameters)]);
  const quantities = {
    logits,
    loss: numbersOf(value),
    'gradient of alpha': numbersOf(grads[state.alpha.name]),
    'gradients of the weights': joined(names.map((name) => numbersOf(grads[parameters[name].name]))),
  };
  tf.dispose([value, grads, batch.x, batch.y]);
  disposeSearchState(state);
  return quantities;
}

/** Takes search steps, an architecture update and a weight update each, on batches that repeat. */
export function takeSteps(state: SearchState, steps: number): { losses: number[] } {
  const batches = ['valid', 'train'].map(batchOf);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const draw = (part: string) => ({ stream: createStream('parity', 'theta', state.step, part) });
    const architecture = architectureStep(state, batches[0], 6e-4, draw('valid'));
    const options = { learningRate: 0.025, clipNorm: 5, clipIncludesAlpha: true };
    losses.push(architecture.loss, weightStep(state, batches[1], options, draw('train')).loss);
    state.step += 1;
  }
  tf.dispose(batches.map(({ x, y }) => [x, y]));
  return { losses };
}

function trajectory(space: 'nasbench201' | 'darts', steps: number): Quantities {
  const state = tinySearch(space);
  const { losses } = takeSteps(state, steps);
  const quantities = {
    losses: Float32Array.from(losses),
    alpha: Float32Array.from(alphaRows(state).flat()),
    weights: joined(Object.values(state.net.parameters).map(numbersOf)),
  };
  disposeSearchState(state);
  return quantities;
}

/** How many tensors a search holds more after `steps` steps than after its second. Anything but 0 is a leak. */
export function tensorGrowth(steps: number): number {
  const state = tinySearch('nasbench201');
  takeSteps(state, 2);
  const before = tf.memory().numTensors;
  takeSteps(state, steps);
  const after = tf.memory().numTensors;
  disposeSearchState(state);
  return after - before;
}

const golden = (group: 'cell' | 'trajectory', names: readonly string[]): Check[] =>
  names.map((name) => ({ name: `golden ${name}`, group, golden: `${name}.json.gz` }));

export const searchChecks: readonly Check[] = [
  ...golden('cell', [
    'nb201_cell_C8_k1',
    'nb201_cell_C8_k2',
    'nb201_cell_C8_k4',
    'darts_cell_C4_k1_normal',
    'darts_cell_C4_k1_reduce',
    'darts_cell_C8_k4_normal',
    'darts_cell_C8_k4_reduce',
  ]),
  { name: 'NAS-Bench-201 supernet', group: 'supernet', compute: () => pass('nasbench201') },
  { name: 'DARTS supernet', group: 'supernet', compute: () => pass('darts') },
  ...golden('trajectory', ['nb201_search_k1_l2', 'nb201_progressive_k4_k2', 'darts_progressive_k4_k2']),
  { name: 'NAS-Bench-201 search, 5 steps', group: 'trajectory', compute: () => trajectory('nasbench201', 5) },
  { name: 'DARTS search, 3 steps', group: 'trajectory', compute: () => trajectory('darts', 3) },
];
