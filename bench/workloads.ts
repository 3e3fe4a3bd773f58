// The workloads that are timed.
import { PRESETS } from '../src/search/config.js';

export interface Workload {
  name: string;
  title: string;
  /** Search steps on a supernet (architecture update, then weight update, first order), or training steps of DrNAS_cifar10. */
  task: 'nasbench201' | 'darts' | 'network';
  channels: number;
  /** Cells of the whole network; of each of the three stages on NAS-Bench-201. */
  cells: number;
  /** Partial channels; 1 for a stand-alone network. */
  k: number;
  imageSize: number;
  batch: number;
  /** Steps are slow: fewer of them are taken. */
  slow?: boolean;
  /** What this project set out to reach. */
  aims?: Aims;
}

export interface Aims {
  /** How many times faster than plain PyTorch. */
  native?: number;
  wasm?: number;
  /** Native: the share of the machine's measured peak. */
  share?: number;
  /** The largest part of plain PyTorch's peak memory. */
  memory?: { native: number; wasm: number };
}

const W1: Workload = {
  name: 'W1',
  title: 'NAS-Bench-201 search, C=16, N=5, k=1, 32x32',
  task: 'nasbench201',
  channels: 16,
  cells: 5,
  k: 1,
  imageSize: 32,
  batch: 64,
  aims: { native: 4.5, wasm: 1.4, share: 0.6, memory: { native: 1 / 2.5, wasm: 1 / 2 } },
};

export const workloads: readonly Workload[] = [
  W1,
  { ...W1, name: 'W1-k4', title: 'the same, k=4', k: 4, aims: { native: 4, wasm: 1.5 } },
  { ...W1, name: 'W1-N1', title: 'the same as W1, N=1', cells: 1, aims: { native: 4, wasm: 1.4 } },
  {
    ...W1,
    aims: { native: 5, wasm: 2 },
    name: 'laptop',
    title: 'NAS-Bench-201 search, laptop preset, C=8, N=5, k=1, 16x16',
    channels: PRESETS.laptop.channels!,
    imageSize: PRESETS.laptop.imageSize!,
  },
  {
    name: 'W2',
    title: 'DARTS space search, C=36, 8 cells, k=6, 32x32',
    task: 'darts',
    channels: 36,
    cells: 8,
    k: 6,
    imageSize: 32,
    batch: 64,
    slow: true,
    aims: { native: 6, wasm: 2 },
  },
  {
    name: 'W3',
    title: 'training of the DrNAS_cifar10 network, C=36, 20 cells, auxiliary head, drop-path, 32x32',
    task: 'network',
    channels: 36,
    cells: 20,
    k: 1,
    imageSize: 32,
    batch: 64,
    slow: true,
    aims: { native: 2 },
  },
];

const trial = { title: 'a trial of the harness', batch: 8, aims: undefined };

/** Timed only when they are named. The tiny ones try the harness; their numbers mean nothing. */
export const further: readonly Workload[] = [
  { ...W1, name: 'W1-k2', title: 'the same, k=2', k: 2, aims: undefined },
  { ...W1, ...trial, name: 'tiny', channels: 8, cells: 1, imageSize: 8 },
  { ...workloads[4], ...trial, name: 'tiny-W2', channels: 12, cells: 3, imageSize: 8 },
  { ...workloads[5], ...trial, name: 'tiny-W3', channels: 8, cells: 3 },
];

export const workloadNamed = (name: string): Workload => {
  const all = [...workloads, ...further];
  const workload = all.find((w) => w.name === name);
  if (workload) return workload;
  throw new Error(`there is no workload "${name}": use ${all.map((w) => w.name).join(', ')}`);
};
