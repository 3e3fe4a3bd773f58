// The contestant of this project: answers each line "N" on stdin with the seconds of N search steps, as JSON.
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs';
import { chooseBackend } from '../src/backend/choose.js';
import { nativeName, wasmName } from '../src/backend/register.js';
import { integer } from '../src/random/integer.js';
import { normal } from '../src/random/normal.js';
import { createStream } from '../src/random/stream.js';
import { searchConfig } from '../src/search/config.js';
import { createSearchState } from '../src/search/state.js';
import { architectureStep, type TensorBatch, weightStep } from '../src/search/step.js';
import type { Introduction, Turn } from './contestant.js';
import type { Workload } from './workloads.js';

/** VmHWM is the peak, VmRSS the present; elsewhere than on Linux Node's own numbers. */
function memory(field: 'VmHWM' | 'VmRSS'): number {
  if (!existsSync('/proc/self/status')) {
    return field === 'VmHWM' ? process.resourceUsage().maxRSS * 1024 : process.memoryUsage.rss();
  }
  const status = readFileSync('/proc/self/status', 'utf8');
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)![1]);
}

const answer = (line: Introduction | Turn) => process.stdout.write(`${JSON.stringify(line)}\n`);

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const [engine, threads, workloadText] = process.argv.slice(2);
const { imageSize, channels, cellsPerStage, k, batch } = JSON.parse(workloadText) as Workload;
const prefer = engine as 'native' | 'wasm';
const choice = await chooseBackend({ prefer, threads: Number(threads), log: () => {} });
const expected = { native: nativeName, wasm: wasmName }[prefer];
if (choice.name !== expected) throw new Error(`the ${engine} engine cannot be used: ${choice.reason}`);
const restBytes = memory('VmRSS');

const config = searchConfig('paper', { imageSize, channels, cellsPerStage, k, batchSize: batch });
const shape = { channels, cellsPerStage, k, imageSize, classes: 10, imageChannels: 3 };
const state = createSearchState(config, shape);

function randomBatch(name: string): TensorBatch {
  const stream = createStream(1, 'bench', name);
  const pixels = Float32Array.from({ length: batch * imageSize * imageSize * 3 }, () => normal(stream));
  const labels = Int32Array.from({ length: batch }, () => integer(stream, 10));
  return {
    x: tf.tensor4d(pixels, [batch, imageSize, imageSize, 3]),
    y: tf.tensor1d(labels, 'int32'),
  };
}
const [valid, train] = [randomBatch('valid'), randomBatch('train')];

/** One step as src/search/loop.ts takes it. */
function searchStep(): [number, number] {
  const stream = (pass: string) => createStream(config.seed, 'theta', state.step, pass);
  const { clipNorm, clipIncludesAlpha, weightLearningRate, alphaLearningRate } = config;
  const options = { learningRate: weightLearningRate.initial, clipNorm, clipIncludesAlpha };
  const architecture = architectureStep(state, valid, alphaLearningRate, { stream: stream('valid') });
  const weight = weightStep(state, train, options, { stream: stream('train') });
  state.step += 1;
  return [architecture.loss, weight.loss];
}

answer({ version: process.version, threads: choice.threads, engine: choice.engine, restBytes });
for await (const line of createInterface({ input: process.stdin })) {
  const seconds: number[] = [];
  let losses: [number, number] = [Number.NaN, Number.NaN];
  const cpu = cpuSeconds();
  for (let i = 0; i < Number(line); i++) {
    const begun = performance.now();
    losses = searchStep();
    seconds.push((performance.now() - begun) / 1000);
  }
  if (!losses.every(Number.isFinite)) throw new Error(`the losses are ${losses}`);
  answer({ seconds, cpuSeconds: cpuSeconds() - cpu, peakBytes: memory('VmHWM'), losses });
}
process.exit(0); // the worker threads would wait for ever
