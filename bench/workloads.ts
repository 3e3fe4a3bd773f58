// The workloads that are timed, and how many floating-point operations each asks for.
import { PRESETS } from '../src/search/config.js';

export interface Workload {
  name: string;
  title: string;
  channels: number;
  cellsPerStage: number;
  k: number;
  imageSize: number;
  batch: number;
}

/** One search step: architecture update, then weight update, first order. */
export const workloads: readonly Workload[] = [
  {
    name: 'W1',
    title: 'NAS-Bench-201, C=16, N=5, k=1, 32x32',
    channels: 16,
    cellsPerStage: 5,
    k: 1,
    imageSize: 32,
    batch: 64,
  },
  {
    name: 'W1-k4',
    title: 'the same, k=4',
    channels: 16,
    cellsPerStage: 5,
    k: 4,
    imageSize: 32,
    batch: 64,
  },
  {
    name: 'W1-N1',
    title: 'the same as W1, N=1',
    channels: 16,
    cellsPerStage: 1,
    k: 1,
    imageSize: 32,
    batch: 64,
  },
  {
    name: 'laptop',
    title: 'laptop preset, C=8, N=5, k=1, 16x16',
    channels: PRESETS.laptop.channels!,
    cellsPerStage: 5,
    k: 1,
    imageSize: PRESETS.laptop.imageSize!,
    batch: 64,
  },
];

/** Small enough to try the harness with; its numbers mean nothing. */
export const tiny: Workload = {
  name: 'tiny',
  title: 'a trial of the harness, C=8, N=1, k=1, 8x8',
  channels: 8,
  cellsPerStage: 1,
  k: 1,
  imageSize: 8,
  batch: 8,
};

/** Edges of a cell by source node: three leave node 0, two node 1, one node 2. */
const EDGES = 6;
const EDGES_FROM_INPUT = 3;
/** Multiply-adds of the 1x1 and the 3x3 convolution of one edge, in units of c² a pixel. */
const TAPS = 1 + 9;

export interface StepFlops {
  /** Forward pass, input gradients that depend on alpha; no weight gradients. */
  architecture: number;
  /** Forward pass, input gradients and weight gradients. */
  weight: number;
  total: number;
}

/**
 * Floating-point operations of the convolutions of one search step, a multiply-add as two; all else (batch norm, pools,
 * sums: under a tenth) counts nothing. A convolution costs the same forward, for its input's gradient and for its
 * weights'. The architecture pass needs no weight gradients, and no gradient in front of the first cell: none for the
 * stem, nor for the edges that leave the first cell's input. The weight pass needs all but the images' own gradient.
 *
 * This is the count of the plain mathematics. An engine that finds a way around a part of it (ours takes the 1x1
 * convolutions' statistics and gradients from a covariance) is credited with the whole, and so can pass for faster
 * than its arithmetic is.
 */
export function stepFlops(workload: Workload): StepFlops {
  const { channels, cellsPerStage, k, imageSize, batch } = workload;
  let cells = 0;
  let reductions = 0;
  let side = imageSize;
  let width = channels;
  for (let stage = 0; stage < 3; stage++) {
    if (stage > 0) {
      side = Math.ceil(side / 2);
      reductions += (9 * width * 2 * width + 9 * 4 * width * width + width * 2 * width) * side * side;
      width *= 2;
    }
    cells += cellsPerStage * EDGES * TAPS * (width / k) ** 2 * side * side;
  }
  const stem = 9 * 3 * channels * imageSize * imageSize;
  const firstInputs = EDGES_FROM_INPUT * TAPS * (channels / k) ** 2 * imageSize * imageSize;
  const perPass = 2 * batch;
  const architecture = perPass * (2 * (cells + reductions) + stem - firstInputs);
  const weight = perPass * (3 * (cells + reductions) + 2 * stem);
  return { architecture, weight, total: architecture + weight };
}
