// The contestant of this project: answers each line "N" on stdin with the seconds of N steps, as JSON.
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs';
import { chooseBackend } from '../src/backend/choose.js';
import { nativeName, wasmName } from '../src/backend/register.js';
import { tensorflowKernels } from '../src/backend/tensorflow/kernels.js';
import { tensorflowName } from '../src/backend/tensorflow/load.js';
import { residentBytes } from '../src/processMemory.js';
import type { Introduction, Turn } from './contestant.js';
import { contestant } from './steps.js';
import type { Workload } from './workloads.js';

const answer = (line: Introduction | Turn) => process.stdout.write(`${JSON.stringify(line)}\n`);

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const [engine, threads, workloadText] = process.argv.slice(2);
const workload = JSON.parse(workloadText) as Workload;
const composed = engine === 'tensorflow-composed';
const prefer = (composed ? 'tensorflow' : engine) as 'native' | 'wasm' | 'tensorflow';
const choice = await chooseBackend({ prefer, threads: Number(threads), log: () => {} });
const expected = { native: nativeName, wasm: wasmName, tensorflow: tensorflowName }[prefer];
if (choice.name !== expected) throw new Error(`the ${engine} engine cannot be used: ${choice.reason}`);
if (composed) for (const name of Object.keys(tensorflowKernels)) tf.unregisterKernel(name, tensorflowName);
const restBytes = residentBytes('now');

const { step, parameters } = contestant(workload);

answer({ version: process.version, threads: choice.threads, engine: choice.engine, restBytes, parameters });
for await (const line of createInterface({ input: process.stdin })) {
  const seconds: number[] = [];
  let losses = [Number.NaN];
  const cpu = cpuSeconds();
  for (let i = 0; i < Number(line); i++) {
    const begun = performance.now();
    losses = step();
    seconds.push((performance.now() - begun) / 1000);
  }
  if (!losses.every(Number.isFinite)) throw new Error(`the losses are ${losses}`);
  answer({ seconds, cpuSeconds: cpuSeconds() - cpu, peakBytes: residentBytes('peak'), losses });
}
process.exit(0); // the worker threads would wait for ever
