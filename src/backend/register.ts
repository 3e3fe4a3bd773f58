// Registers our backends with tfjs: tfjs's own cpu kernels under our name, then the compiled ones over them.
import { totalmem } from 'node:os';
import type { KernelFunc } from '@tensorflow/tfjs-core';
import { findBackend, getKernelsForBackend, registerBackend, registerKernel } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { DrnasBackend } from './backend.js';
import type { Engine } from './engine.js';
import type { Attributes, ConditionalKernel, Inputs, Kernel } from './kernel.js';
import { kernels } from './kernels/index.js';
import { loadNative } from './native.js';
import { oneLine } from './oneLine.js';
import { defaultThreads } from './threads.js';
import { loadWasm } from './wasm.js';

export const nativeName = 'drnas-native';
export const wasmName = 'drnas-wasm';

export interface RegisterOptions {
  /** Threads to compute with; DRNAS_THREADS or the processors of this machine otherwise. */
  threads?: number;
  /** Receives the one line that says why a backend is not there. */
  log?: (line: string) => void;
}

/** Registers `engine` as a tfjs backend under `name`. `limit` bounds the bytes that its tensors may take. */
export function registerEngine(engine: Engine, name: string, options: { limit?: number } = {}): void {
  const fallback = new Map(getKernelsForBackend('cpu').map((config) => [config.kernelName, config]));
  for (const [kernelName, config] of fallback) {
    if (!(kernelName in kernels)) registerKernel({ ...config, backendName: name });
  }
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const kernelFunc = kernelFunction(kernel, fallback.get(kernelName)?.kernelFunc);
    registerKernel({ kernelName, backendName: name, kernelFunc });
  }
  registerBackend(name, () => new DrnasBackend(engine, name, options), 0); // priority 0: tfjs never chooses it by itself
}

function kernelFunction(kernel: Kernel | ConditionalKernel, otherwise: KernelFunc | undefined): KernelFunc {
  const { run, when } = typeof kernel === 'function' ? { run: kernel, when: () => true } : kernel;
  return (call) => {
    const inputs = call.inputs as Inputs;
    const attributes = (call.attrs ?? {}) as Attributes;
    const backend = call.backend as DrnasBackend;
    return when(inputs, attributes)
      ? backend.attempt(() => run(backend, inputs, attributes))
      : otherwise!(call);
  };
}

/** Registers `drnas-native`; false, with one line to `log`, where the addon cannot be used. */
export function registerNative({
  threads = defaultThreads(),
  log = console.warn,
}: RegisterOptions = {}): boolean {
  const present = registered(nativeName);
  if (present) {
    present.engine.setThreads(threads);
    return true;
  }
  try {
    registerEngine(loadNative(threads), nativeName, { limit: machineMemory() });
    return true;
  } catch (error) {
    log(oneLine(error));
    return false;
  }
}

/** Registers `drnas-wasm`; false, with one line to `log`, where the module cannot be used. */
export async function registerWasm(options: RegisterOptions = {}): Promise<boolean> {
  const { threads = defaultThreads(), log = console.warn } = options;
  const present = registered(wasmName);
  if (present) {
    present.engine.setThreads(threads);
    return true;
  }
  try {
    registerEngine(await loadWasm(threads), wasmName);
    return true;
  } catch (error) {
    log(oneLine(error));
    return false;
  }
}

/** Our backend of that name, if it is registered. */
export function registered(name: string): DrnasBackend | undefined {
  const backend = findBackend(name);
  // Not instanceof: where this module is loaded twice (as ESM and as CommonJS) there are two classes and one tfjs.
  return backend && 'engine' in backend && 'pool' in backend ? (backend as DrnasBackend) : undefined;
}

/** Nine tenths of what this process may use: past that the system ends it, and no error could name the tensor. */
function machineMemory(): number {
  const constrained = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return 0.9 * Math.min(totalmem(), constrained);
}
