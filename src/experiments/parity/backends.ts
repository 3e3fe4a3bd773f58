// The backends that parity is checked on, how each is started, and how far each may be from the reference.
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { nativeName, registerNative, registerWasm, wasmName } from '../../backend/register.js';
import { loadTensorflow, tensorflowName } from '../../backend/tensorflow/load.js';
import { registerWebgpu, softwareDriver, webgpuName } from '../../backend/webgpu/register.js';
import { projectRoot } from '../../root.js';
import type { Group } from './check.js';

/** Largest error, relative to the largest number expected, by group. */
export type Tolerances = Record<Group, number>;

export interface ParityBackend {
  /** tfjs's name of it. */
  name: string;
  title: string;
  tolerances: Tolerances;
  /** Registers it; what computes, in words, or `{ absent: why }`. */
  prepare(): Promise<string | { absent: string }>;
}

/** float32 sums in another order; a trajectory multiplies them by the steps' own sensitivity. */
const CPU: Tolerances = { operation: 1e-5, cell: 1e-4, supernet: 1e-4, trajectory: 1e-3 };

/** tfjs's plain JavaScript with stock kernels alone: no code of ours, no vectors, no threads. */
export const REFERENCE: ParityBackend = {
  name: 'cpu',
  title: 'stock cpu',
  tolerances: CPU,
  prepare: async () => "tfjs's plain JavaScript",
};

async function noted(register: (log: (line: string) => void) => Promise<boolean> | boolean, engine: string) {
  let problem = '';
  const there = await register((line) => {
    problem = line;
  });
  return there ? engine : { absent: problem };
}

export const parityBackends: readonly ParityBackend[] = [
  REFERENCE,
  {
    name: nativeName,
    title: 'ours, native',
    tolerances: CPU,
    prepare: () => noted((log) => registerNative({ log }), 'the kit’s C++ kernels'),
  },
  {
    name: wasmName,
    title: 'ours, wasm',
    tolerances: CPU,
    prepare: () => noted((log) => registerWasm({ log }), 'the kit’s WebAssembly kernels'),
  },
  {
    name: tensorflowName,
    title: 'tensorflow',
    tolerances: CPU,
    async prepare() {
      const loaded = loadTensorflow();
      if (typeof loaded === 'string') return { absent: loaded };
      return `libtensorflow ${loaded.version} on ${loaded.gpu ? 'a GPU' : 'the CPU'}`;
    },
  },
  {
    name: webgpuName,
    title: 'webgpu',
    tolerances: CPU,
    async prepare() {
      // A check is no benchmark: software will do where there is no card.
      const software = softwareDriver();
      if (software) process.env.VK_DRIVER_FILES ??= software;
      try {
        return await registerWebgpu();
      } catch (error) {
        return { absent: (error as Error).message };
      }
    },
  },
  {
    name: 'wasm',
    title: 'stock wasm',
    tolerances: CPU,
    async prepare() {
      if (!tf.engine().registry.wasm) {
        const folder = join(projectRoot(), 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist', '/');
        setWasmPaths(folder);
      }
      return "tfjs's own wasm backend";
    },
  },
];
