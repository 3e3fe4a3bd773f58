// Registers our backends with tfjs: tfjs's own cpu kernels under our name, then the compiled ones over them.
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { findBackend, getKernelsForBackend, registerBackend, registerKernel } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { DrnasBackend } from './backend.js';
import type { Engine } from './engine.js';
import type { Attributes, Inputs } from './kernel.js';
import { kernels } from './kernels/index.js';
import { loadNative } from './native.js';
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
  const backend = new DrnasBackend(engine, name, options);
  for (const config of getKernelsForBackend('cpu')) {
    if (!(config.kernelName in kernels)) registerKernel({ ...config, backendName: name });
  }
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const kernelFunc = ({ inputs, attrs }: { inputs: unknown; attrs?: unknown }) =>
      kernel(backend, inputs as Inputs, (attrs ?? {}) as Attributes);
    registerKernel({ kernelName, backendName: name, kernelFunc } as KernelConfig);
  }
  registerBackend(name, () => backend, 0); // priority 0: tfjs never chooses it by itself
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
    registerEngine(loadNative(threads), nativeName);
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
  return backend instanceof DrnasBackend ? backend : undefined;
}

const oneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0];
