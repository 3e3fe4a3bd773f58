// No growth over many search steps: tensors, and the memory of the process, counted on each backend that loads.
import * as tf from '@tensorflow/tfjs';
import { residentBytes } from '../../processMemory.js';
import { disposeSearchState } from '../../search/state.js';
import { type ParityBackend, parityBackends } from './backends.js';
import { takeSteps, tinySearch } from './searches.js';

export interface Growth {
  title: string;
  /** Why it was not tried, in words. */
  absent?: string;
  /** Steps that were counted; fewer than asked for where the time was over. */
  steps: number;
  seconds: number;
  /** Tensors more than before these steps. */
  tensors: number;
  /** Resident bytes of the process more at the end than after the first half of the steps. */
  residentBytes: number;
}

export interface GrowthOptions {
  backends?: readonly ParityBackend[];
  /** Of each backend, after which it takes no more steps. Default 60. */
  seconds?: number;
  log?: (line: string) => void;
}

/** Steps that are not counted: kernels are compiled and caches filled. */
const WARM_UP = 2;
/** Steps between two looks at the clock. */
const PACE = 5;

/** Takes `steps` search steps on a tiny NAS-Bench-201 supernet on each backend. */
export async function runGrowth(
  steps: number,
  { backends = parityBackends, seconds = 60, log = () => {} }: GrowthOptions = {},
): Promise<Growth[]> {
  const before = tf.getBackend();
  const all: Growth[] = [];
  for (const { name, title, prepare } of backends) {
    const engine = await prepare();
    const none = { title, steps: 0, seconds: 0, tensors: 0, residentBytes: 0 };
    if (typeof engine !== 'string') all.push({ ...none, absent: engine.absent });
    else if (!(await tf.setBackend(name)))
      all.push({ ...none, absent: `tfjs cannot start its backend ${name}` });
    else all.push({ title, ...measure(steps, seconds) });
    log(growthLine(all.at(-1)!));
  }
  if (before) await tf.setBackend(before);
  return all;
}

function measure(wanted: number, limit: number): Omit<Growth, 'title'> {
  const state = tinySearch('nasbench201');
  takeSteps(state, WARM_UP);
  const tensors = tf.memory().numTensors;
  const begun = performance.now();
  const passed = () => (performance.now() - begun) / 1000;
  let half = residentBytes('now');
  let steps = 0;
  while (steps < wanted && passed() < limit) {
    const next = Math.min(PACE, wanted - steps);
    takeSteps(state, next);
    // What the process holds settles in the first half: garbage is collected late.
    if (steps < wanted / 2 && passed() < limit / 2) half = residentBytes('now');
    steps += next;
  }
  const more = { tensors: tf.memory().numTensors - tensors, residentBytes: residentBytes('now') - half };
  const result = { steps, seconds: passed(), ...more };
  disposeSearchState(state);
  return result;
}

const mebibytes = (bytes: number): string =>
  `${bytes < 0 ? '−' : '+'}${Math.round(Math.abs(bytes) / 2 ** 20)}`;

/** One backend in words. */
export const growthLine = ({
  title,
  absent,
  steps,
  seconds,
  tensors,
  residentBytes: bytes,
}: Growth): string =>
  absent !== undefined
    ? `${title}: not there (${absent})`
    : `${title}: ${tensors} tensors more after ${steps} steps, ${mebibytes(bytes)} MiB resident (${seconds.toFixed(0)} s)`;

/** The section of environment.md. */
export function growthTable(all: readonly Growth[], date: string): string {
  const rows = all.map(({ title, absent, steps, tensors, residentBytes: bytes }) =>
    absent === undefined
      ? `| ${title} | ${steps} | ${tensors} | ${mebibytes(bytes)} |`
      : `| ${title} | not there | – | – |`,
  );
  return [
    `Measured ${date}:`,
    '',
    '|  | search steps | tensors more | MiB resident more |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
