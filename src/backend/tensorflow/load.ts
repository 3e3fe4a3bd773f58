// Finds and loads libtensorflow: the one that npm run setup:tensorflow made, else the npm packages as they were installed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { projectRoot } from '../../root.js';
import { oneLine } from '../oneLine.js';
import type { TensorflowBackend } from './operations.js';
import { registerTensorflowKernels } from './register.js';
import { shortLibrary } from './wholeLibrary.js';

export const tensorflowName = 'tensorflow';

/** A place where the package may lie. */
interface Place {
  label: string;
  /** Its folder, or what is wrong with it. */
  folder: string | { problem: string };
  /** False for a library known to be made for the CPU alone; undefined where only loading tells. */
  gpu?: boolean;
}

export interface LoadedTensorflow {
  label: string;
  gpu: boolean;
  version: string;
  /** A line for each operation of TensorFlow's own that is not used here, and why. */
  notes: readonly string[];
}

export interface LoadOptions {
  root?: string;
  environment?: Record<string, string | undefined>;
  /** Threads that TensorFlow's kernels may use; it takes the number once, when it loads. */
  threads?: number;
  /** Leave alone what can be known, without loading hundreds of megabytes, not to find a GPU. */
  gpuOnly?: boolean;
}

/** The places in the order in which they are tried: DRNAS_TENSORFLOW, the library of setup:tensorflow, the npm packages. */
export function tensorflowPlaces({
  root = projectRoot(),
  environment = process.env,
}: LoadOptions = {}): Place[] {
  const given = environment.DRNAS_TENSORFLOW;
  if (given) return [{ label: `DRNAS_TENSORFLOW (${given})`, folder: given }];
  const made = join(root, '.cache', 'tensorflow');
  const marker = join(made, 'whole.json');
  const places: Place[] = [];
  if (existsSync(marker)) {
    const { gpu } = JSON.parse(readFileSync(marker, 'utf8')) as { gpu: boolean };
    places.push({ label: '.cache/tensorflow', folder: join(made, 'package'), gpu });
  }
  const resolver = createRequire(join(root, 'package.json'));
  for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    try {
      const folder = dirname(resolver.resolve(`${name}/package.json`));
      places.push({ label: name, folder, ...(name.endsWith('-gpu') ? {} : { gpu: false }) });
    } catch {
      places.push({ label: name, folder: { problem: 'is not installed' } });
    }
  }
  return places;
}

/** The package's native part; without it loading registers half a backend and fails. */
function bindingOf(folder: string): string | undefined {
  const lib = join(folder, 'lib');
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib)
    .filter((name) => name.startsWith('napi-v'))
    .map((name) => join(lib, name, 'tfjs_binding.node'))
    .find(existsSync);
}

/** The first of the binding and its libraries whose end is missing, and how much of it is there. */
function shortFile(folder: string, binding: string): string | undefined {
  const libraries = join(folder, 'deps', 'lib');
  const beside = existsSync(libraries) ? readdirSync(libraries).map((name) => join(libraries, name)) : [];
  for (const file of [binding, ...beside.filter((name) => /\.so(\.|$)/.test(name) && existsSync(name))]) {
    const problem = shortLibrary(file);
    if (problem) return `does not load: ${relative(folder, file)} ${problem}`;
  }
  return undefined;
}

/** What an NVIDIA driver shows of itself: on Linux its control device, in WSL 2 the Windows driver's. */
const mayHaveGpu = (): boolean =>
  process.platform !== 'linux' || existsSync('/dev/nvidiactl') || existsSync('/dev/dxg');

/** tfjs-node 4.22 calls two functions that Node 23 removed. */
function restoreRemoved(): void {
  const old = createRequire(join(process.cwd(), 'package.json'))('node:util') as Record<string, unknown>;
  old.isArray ??= Array.isArray;
  old.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
}

/** Settings that TensorFlow reads when it loads, unless the user has set them. */
function prepareEnvironment(threads: number | undefined): void {
  const wanted = {
    TF_CPP_MIN_LOG_LEVEL: '2', // errors only; it is talkative
    TF_FORCE_GPU_ALLOW_GROWTH: 'true', // not all of the GPU's memory at once
    ...(threads ? { TF_NUM_INTRAOP_THREADS: String(threads) } : {}),
  };
  for (const [name, value] of Object.entries(wanted)) process.env[name] ??= value;
}

/** Takes a half-registered backend back, so that the next place can register it whole. */
function unregister(): void {
  for (const { kernelName } of tf.getKernelsForBackend(tensorflowName))
    tf.unregisterKernel(kernelName, tensorflowName);
  if (tf.engine().registryFactory[tensorflowName]) tf.removeBackend(tensorflowName);
}

const currentBackend = () => tf.findBackend(tensorflowName) as unknown as TensorflowBackend | undefined;

const described = (
  label: string,
  { isUsingGpuDevice, binding }: TensorflowBackend,
  notes: readonly string[] = [],
): LoadedTensorflow => ({
  label,
  gpu: isUsingGpuDevice,
  version: binding.TF_Version ?? '',
  notes,
});

/** Why there is nothing to load, as far as can be told without loading it; undefined where there is something. */
export function tensorflowObstacle(options: LoadOptions = {}): string | undefined {
  const { gpuOnly = false } = options;
  const problems = tensorflowPlaces(options).map((place) => [place.label, obstacle(place, gpuOnly)] as const);
  if (problems.some(([, problem]) => problem === undefined)) return undefined;
  return problems.map(([label, problem]) => `${label} ${problem}`).join(', ');
}

/** Loads the first that works and registers tfjs's backend `tensorflow`; else one line that says why none does. */
export function loadTensorflow(options: LoadOptions = {}): LoadedTensorflow | string {
  const loaded = currentBackend();
  if (loaded) return described('loaded before', loaded);
  const { root = projectRoot(), threads, gpuOnly = false } = options;
  const problems: string[] = [];
  for (const place of tensorflowPlaces(options)) {
    const problem = obstacle(place, gpuOnly);
    const result = problem ?? load(place.folder as string, root, threads);
    if (typeof result !== 'string') return described(place.label, currentBackend()!, result);
    problems.push(`${place.label} ${result}`);
  }
  return problems.join(', ');
}

/** What can be known without loading. */
function obstacle({ folder, gpu }: Place, gpuOnly: boolean): string | undefined {
  if (typeof folder !== 'string') return folder.problem;
  const binding = bindingOf(folder);
  if (!binding) return 'has no native binding (npm run setup:tensorflow builds one)';
  if (!gpuOnly) return shortFile(folder, binding);
  if (gpu === false) return 'is for the CPU, used only where it is asked for';
  return mayHaveGpu() ? shortFile(folder, binding) : 'is not tried: there is no NVIDIA driver here';
}

/** Loads one package; the notes on its operations, or what went wrong. */
function load(folder: string, root: string, threads: number | undefined): readonly string[] | string {
  prepareEnvironment(threads);
  restoreRemoved();
  try {
    createRequire(join(root, 'package.json'))(folder); // also makes it tfjs's current backend
    if (currentBackend()) return registerTensorflowKernels(tensorflowName);
    unregister();
    return 'does not register a tfjs backend';
  } catch (error) {
    unregister();
    return `does not load: ${oneLine(error)}`;
  }
}
