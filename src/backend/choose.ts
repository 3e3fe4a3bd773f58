// Chooses the tfjs backend to compute on, and says which and why.
import * as tf from '@tensorflow/tfjs';
import { oneLine } from './oneLine.js';
import { nativeName, registered, registerNative, registerWasm, wasmName } from './register.js';
import { loadTensorflow, tensorflowName } from './tensorflow/load.js';
import { defaultThreads } from './threads.js';
import { registerWebgpu, webgpuName } from './webgpu/register.js';

export type Preference = 'auto' | 'tensorflow' | 'native' | 'wasm' | 'webgpu' | 'stock-wasm' | 'cpu';
export const preferences: readonly Preference[] = [
  'auto',
  'tensorflow',
  'native',
  'wasm',
  'webgpu',
  'stock-wasm',
  'cpu',
];

export interface Choice {
  /** The tfjs backend that is now set. */
  name: string;
  /** What computes, in words: "native (avx512)", "wasm (simd128)", "libtensorflow on a GPU", … */
  engine: string;
  /** Threads that the kernels use; 1 where tfjs decides. */
  threads: number;
  /** Why this one, with what was tried before it. */
  reason: string;
  /** True where a search takes hours instead of minutes. */
  slow: boolean;
}

export interface ChooseOptions {
  /** DRNAS_BACKEND, or `auto`, when not given. */
  prefer?: Preference;
  /** DRNAS_THREADS, or the processors of this machine, when not given. */
  threads?: number;
  /** Receives one line for each backend that could not be used, and a warning where the choice is slow. */
  log?: (line: string) => void;
}

interface Attempt {
  name: string;
  engine: string;
  threads: number;
}
/** Tries a backend: what it is; why it cannot be used; or undefined where it is only used when asked for. */
type Trial = (
  threads: number,
  automatic: boolean,
  log: (line: string) => void,
) => Promise<Attempt | string | undefined>;

const tensorflow: Trial = async (threads, automatic, log) => {
  const loaded = loadTensorflow({ threads, gpuOnly: automatic });
  if (typeof loaded === 'string') return loaded;
  const { label, gpu, version, notes } = loaded;
  if (automatic && !gpu) return `${label} finds no GPU`;
  for (const note of notes) log(note);
  const engine = `libtensorflow ${version} on ${gpu ? 'a GPU' : 'the CPU'}`;
  return { name: tensorflowName, engine, threads: gpu ? 1 : threads };
};

/** Not by itself: software adapters are slow, and how a card compares with our CPU kernels has not been measured. */
const webgpu: Trial = async (_threads, automatic) => {
  if (automatic) return undefined;
  try {
    return { name: webgpuName, engine: `tfjs's webgpu backend on ${await registerWebgpu()}`, threads: 1 };
  } catch (error) {
    return oneLine(error);
  }
};

const ours = (name: string, threads: number): Attempt => {
  const { kind, isa } = registered(name)!.engine;
  return { name, engine: `${kind} (${isa})`, threads };
};

const native: Trial = async (threads) => {
  let problem = '';
  const keep = (line: string) => {
    problem = line;
  };
  return registerNative({ threads, log: keep }) ? ours(nativeName, threads) : problem;
};

const wasm: Trial = async (threads) => {
  let problem = '';
  const keep = (line: string) => {
    problem = line;
  };
  return (await registerWasm({ threads, log: keep })) ? ours(wasmName, threads) : problem;
};

const stockWasm: Trial = async () => {
  try {
    await import('@tensorflow/tfjs-backend-wasm');
    return (await tf.setBackend('wasm'))
      ? { name: 'wasm', engine: "tfjs's own wasm backend", threads: 1 }
      : "tfjs's wasm backend does not start";
  } catch (error) {
    return `tfjs's wasm backend does not load: ${oneLine(error)}`;
  }
};

const cpu: Trial = async () => ({ name: 'cpu', engine: "tfjs's own plain JavaScript", threads: 1 });

const trials: Record<Exclude<Preference, 'auto'>, Trial> = {
  tensorflow,
  native,
  wasm,
  webgpu,
  'stock-wasm': stockWasm,
  cpu,
};

function preference(): Preference {
  const text = process.env.DRNAS_BACKEND;
  if (text === undefined || text === '') return 'auto';
  if ((preferences as readonly string[]).includes(text)) return text as Preference;
  throw new Error(`DRNAS_BACKEND is "${text}"; expected one of ${preferences.join(', ')}`);
}

/**
 * Sets tfjs's backend: a GPU by libtensorflow where there is one, else our native kernels, else our wasm kernels,
 * else tfjs's wasm, else its plain JavaScript. A preferred backend is tried first, the others follow in that order.
 * libtensorflow on the CPU and webgpu are used only where they are preferred.
 */
export async function chooseBackend(options: ChooseOptions = {}): Promise<Choice> {
  const { prefer = preference(), threads = defaultThreads(), log = console.warn } = options;
  const all = Object.keys(trials) as (keyof typeof trials)[];
  const order = prefer === 'auto' ? all : [prefer, ...all.filter((name) => name !== prefer)];
  const problems: string[] = [];
  for (const kind of order) {
    const attempt = await trials[kind](threads, kind !== prefer, log);
    if (attempt === undefined) continue;
    if (typeof attempt === 'string') {
      problems.push(attempt);
      // Nobody misses a GPU they did not ask for.
      if (kind !== 'tensorflow' || prefer === 'tensorflow') log(`${kind} backend not used: ${attempt}`);
      continue;
    }
    if (!(await tf.setBackend(attempt.name))) {
      problems.push(`tfjs refuses ${attempt.name}`);
      continue;
    }
    await tf.ready();
    const slow = kind === 'stock-wasm' || kind === 'cpu' || /swiftshader|llvmpipe/i.test(attempt.engine);
    if (slow) log(`computing with ${attempt.engine}: a search takes hours instead of minutes`);
    const asked =
      prefer === 'auto' ? 'the fastest found' : kind === prefer ? 'asked for' : `${prefer} could not be used`;
    return { ...attempt, reason: [asked, ...problems].join('; '), slow };
  }
  throw new Error(`no tfjs backend works here: ${problems.join('; ')}`);
}
