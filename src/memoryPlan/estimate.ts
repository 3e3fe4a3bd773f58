// The peak memory of a search before it starts: its steps are gone through without computing, and what would be in memory is counted.
import * as tf from '@tensorflow/tfjs';
import { type KernelBackend, registerBackend } from '@tensorflow/tfjs-core';
import { DrnasBackend } from '../backend/backend.js';
import {
  nativeName,
  registerEngine,
  registered,
  registerNative,
  registerWasm,
  wasmName,
} from '../backend/register.js';
import { createStream } from '../random/stream.js';
import type { SearchConfig } from '../search/config.js';
import { EVALUATION_BATCH } from '../search/evaluate.js';
import { type Mask, removePruned } from '../search/progressive/prune.js';
import { stagesOf } from '../search/progressive/stages.js';
import { spaceOf, supernetShape } from '../search/spaceOf.js';
import { createSearchState, disposeSearchState } from '../search/state.js';
import { architectureStep, weightStep } from '../search/step.js';
import { dryEngine } from './dryEngine.js';
import { registerSizeKernels, SizeBackend, sizeName } from './sizeBackend.js';

/** `composition`: tfjs's standard kernels, as on its tensorflow, webgpu, wasm and cpu backends. */
export type PlannedEngine = 'native' | 'wasm' | 'composition';

/** Bytes of one stage of a search; of all stages the largest counts. */
export interface StageEstimate {
  k: number;
  operations: number;
  /** Weights of the supernet. */
  parameters: number;
  /** Tensors and working memory at once, at most. */
  tensors: number;
  /** What the pool takes from the system for them: freed blocks of other sizes wait in it. Equal to `tensors` without a pool. */
  taken: number;
}

export interface MemoryEstimate {
  engine: PlannedEngine;
  stages: StageEstimate[];
  tensors: number;
  taken: number;
}

export interface EstimateOptions {
  engine: PlannedEngine;
  /** Of our engines, whose working memory grows with them. */
  threads?: number;
  /** Default ten classes of colour images. */
  data?: { classes: number; imageChannels: number };
}

/** The candidates of each space in the order of the memory that they take, the most first: which ones a pruning keeps is not known. */
const HEAVIEST = {
  darts: ['sep_conv_5x5', 'sep_conv_3x3', 'dil_conv_5x5', 'dil_conv_3x3', 'skip_connect', 'avg_pool_3x3'],
  nasbench201: ['nor_conv_3x3', 'nor_conv_1x1', 'avg_pool_3x3', 'skip_connect', 'none'],
};

/** A mask that keeps as many operations of each row as a stage does, those that take the most memory. */
function heaviestMask(config: SearchConfig, operations: number): Mask | undefined {
  const { rows, operations: names, name } = spaceOf(config);
  if (operations >= names.length) return undefined;
  const order = [...HEAVIEST[name], ...names.filter((operation) => !HEAVIEST[name].includes(operation))];
  const kept = order.filter((operation) => names.includes(operation)).slice(0, operations);
  return Array.from({ length: rows }, () => names.map((operation) => (kept.includes(operation) ? 1 : 0)));
}

const dryName = 'drnas-dry';

/** Runs with a backend that computes nothing in the place of the present one; `made` gives the backend and how to read its count. */
async function instead<T>(name: string, backend: KernelBackend, run: () => T): Promise<T> {
  const before = tf.getBackend();
  registerBackend(name, () => backend, 0);
  await tf.setBackend(name);
  try {
    return run();
  } finally {
    if (before && before !== name) await tf.setBackend(before);
    tf.removeBackend(name);
  }
}

async function ourEngine(kind: 'native' | 'wasm', threads: number | undefined) {
  let problem = '';
  const log = (line: string) => {
    problem = line;
  };
  const name = kind === 'native' ? nativeName : wasmName;
  const there = registered(name);
  // One that is in use keeps its threads.
  if (
    !there &&
    !(kind === 'native' ? registerNative({ threads, log }) : await registerWasm({ threads, log }))
  )
    throw new Error(`the memory of the ${kind} engine cannot be reckoned without it: ${problem}`);
  return registered(name)!.engine;
}

let dryKernels = false;

/** A backend for a dry run, and what it counted. */
async function dryBackend({ engine, threads }: EstimateOptions) {
  if (engine === 'composition') {
    registerSizeKernels();
    const backend = new SizeBackend();
    return { name: sizeName, backend, read: () => ({ tensors: backend.peak, taken: backend.peak }) };
  }
  const dry = dryEngine(await ourEngine(engine, threads));
  if (!dryKernels) {
    registerEngine(dry, dryName);
    tf.removeBackend(dryName);
    dryKernels = true;
  }
  const backend = new DrnasBackend(dry, dryName);
  const read = () => {
    const { peak, reserved } = backend.pool.statistics();
    return { tensors: peak, taken: reserved };
  };
  return { name: dryName, backend, read };
}

/** What one stage of a search does in a step and after an epoch. Returns its weights. */
export function searchPasses(
  config: SearchConfig,
  data: { classes: number; imageChannels: number },
  mask?: Mask,
): number {
  const state = createSearchState(config, supernetShape(config, data));
  if (mask) {
    state.mask = mask;
    removePruned(state.space, state.net, mask);
  }
  const { imageSize, batchSize } = config;
  const images = (count: number): [number, number, number, number] => [
    count,
    imageSize,
    imageSize,
    data.imageChannels,
  ];
  const batch = {
    x: tf.zeros(images(batchSize)) as tf.Tensor4D,
    y: tf.zeros([batchSize], 'int32') as tf.Tensor1D,
  };
  const { clipNorm, clipIncludesAlpha, alphaClipNorm, momentum, weightDecay } = config;
  const draw = (pass: string) => ({ stream: createStream(0, 'memory', pass) });
  // As in the search loop: a step has both batches, where alpha learns at all.
  if (state.sampler.gradient !== 'none') {
    const validBatch = { x: tf.zerosLike(batch.x), y: tf.zerosLike(batch.y) };
    const unroll = { train: batch, learningRate: 0, momentum, weightDecay };
    architectureStep(state, validBatch, 0, draw('valid'), alphaClipNorm, unroll);
    tf.dispose([validBatch.x, validBatch.y]);
  }
  weightStep(state, batch, { learningRate: 0, clipNorm, clipIncludesAlpha }, draw('train'));
  const evaluated = Math.min(EVALUATION_BATCH, config.evaluationImages);
  if (evaluated > 0)
    tf.tidy(() => {
      const theta = tf.fill([state.space.rows, state.space.operations.length], 0.2) as tf.Tensor2D;
      const x = tf.zeros(images(evaluated)) as tf.Tensor4D;
      state.space.forward(state.net, x, theta, { training: false, mask: state.mask?.flat() });
    });
  const parameters = Object.values(state.net.parameters).reduce((sum, { size }) => sum + size, 0);
  tf.dispose([batch.x, batch.y]);
  disposeSearchState(state);
  return parameters;
}

/**
 * The memory of a search on an engine. Nothing is computed, and little is allocated: our kernels say themselves what they keep and
 * need, and of the standard kernels the shapes are known. What libtensorflow or a GPU's driver takes for their own working memory
 * is not in it. Of a sampler that runs one operation an edge, such as gdas, one draw is counted: others can take more.
 */
export async function estimateMemory(
  config: SearchConfig,
  options: EstimateOptions,
): Promise<MemoryEstimate> {
  const data = options.data ?? { classes: 10, imageChannels: 3 };
  const all = spaceOf(config).operations.length;
  const stages: StageEstimate[] = [];
  for (const { k, operations = all } of stagesOf(config)) {
    const own = { ...config, k, stages: null };
    const { name, backend, read } = await dryBackend(options);
    const mask = heaviestMask(config, operations);
    const parameters = await instead(name, backend, () => searchPasses(own, data, mask));
    stages.push({ k, operations: Math.min(operations, all), parameters, ...read() });
  }
  const most = (of: 'tensors' | 'taken') => Math.max(...stages.map((stage) => stage[of]));
  return { engine: options.engine, stages, tensors: most('tensors'), taken: most('taken') };
}
