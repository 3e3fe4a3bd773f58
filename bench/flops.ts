// How many floating-point operations a step of a workload asks for.
import { networkCost } from '../src/spaces/darts/cost.js';
import { parseGenotype } from '../src/spaces/darts/genotype.js';
import { EDGES as DARTS_EDGES, layersOf, OPERATIONS } from '../src/spaces/darts/operations.js';
import type { Workload } from './workloads.js';

/** Multiply-adds of one image's forward pass. */
interface ForwardCost {
  /** What every pass differentiates in its input and in its weights. */
  inner: number;
  /** The stem, whose input needs no gradient. */
  stem: number;
  /** Convolutions that read what does not depend on alpha: the architecture pass needs no gradient for their input. */
  first: number;
}

/** Edges of a NAS-Bench-201 cell by source node: three leave node 0, two node 1, one node 2. */
const NB201_EDGES = 6;
const EDGES_FROM_INPUT = 3;
/** Multiply-adds of the 1x1 and the 3x3 convolution of one edge, in units of c² a pixel. */
const TAPS = 1 + 9;

function nasbench201({ channels, cells, k, imageSize }: Workload): ForwardCost {
  let inner = 0;
  let side = imageSize;
  let width = channels;
  for (let stage = 0; stage < 3; stage++) {
    if (stage > 0) {
      side = Math.ceil(side / 2);
      inner += (9 * width * 2 * width + 9 * 4 * width * width + width * 2 * width) * side * side;
      width *= 2;
    }
    inner += cells * NB201_EDGES * TAPS * (width / k) ** 2 * side * side;
  }
  return {
    inner,
    stem: 9 * 3 * channels * imageSize ** 2,
    first: EDGES_FROM_INPUT * TAPS * (channels / k) ** 2 * imageSize ** 2,
  };
}

/** Multiply-adds of all operations of one DARTS edge on c channels, whose output has `pixels` pixels. */
function mixedEdge(c: number, stride: number, pixels: number): number {
  let total = 0;
  for (const operation of OPERATIONS) {
    for (const layer of layersOf(operation, stride)) {
      if (layer.kind === 'depthwise') total += layer.size ** 2 * c * pixels;
      if (layer.kind === 'convolution' || layer.kind === 'factorizedReduce') total += c * c * pixels;
    }
  }
  return total;
}

function darts({ channels, cells, k, imageSize }: Workload): ForwardCost {
  const stem = 9 * 3 * 3 * channels * imageSize ** 2;
  let inner = 0;
  let first = 0;
  let inputs = [3 * channels, 3 * channels];
  let side = imageSize;
  let width = channels;
  let sides = [imageSize, imageSize];
  for (let i = 0; i < cells; i++) {
    const reduction = i === Math.floor(cells / 3) || i === Math.floor((2 * cells) / 3);
    if (reduction) width *= 2;
    // Both inputs come out of preprocessing with the size of the second.
    const preprocessing = (inputs[0] + inputs[1]) * width * sides[1] ** 2;
    inner += preprocessing;
    // The stem's output reaches cell 0 twice and cell 1 once.
    if (i === 0) first += preprocessing;
    if (i === 1) first += inputs[0] * width * sides[1] ** 2;
    if (reduction) side /= 2;
    for (const { source } of DARTS_EDGES) {
      const edge = mixedEdge(width / k, reduction && source < 2 ? 2 : 1, side ** 2);
      inner += edge;
      if (i === 0 && source < 2) first += edge;
    }
    inputs = [inputs[1], 4 * width];
    sides = [sides[1], side];
  }
  return { inner, stem, first };
}

function network({ channels, cells, imageSize }: Workload): ForwardCost {
  const shape = {
    channels,
    cells,
    classes: 10,
    imageSize,
    imageChannels: 3,
    stem: 'cifar',
    auxiliary: true,
  } as const;
  const { multiplyAdds } = networkCost(parseGenotype('DrNAS_cifar10'), shape, { auxiliary: true });
  const stem = 9 * 3 * 3 * channels * imageSize ** 2;
  return { inner: multiplyAdds - stem, stem, first: 0 };
}

export interface StepFlops {
  /** Forward pass, input gradients that depend on alpha; no weight gradients. 0 where no architecture is searched. */
  architecture: number;
  /** Forward pass, input gradients and weight gradients. */
  weight: number;
  total: number;
}

/**
 * Floating-point operations of the convolutions of one step, a multiply-add as two; all else (batch norm, pools, sums:
 * under a tenth on NAS-Bench-201, more on the DARTS space) counts nothing. A convolution costs the same forward, for its
 * input's gradient and for its weights'. The architecture pass needs no weight gradients, and no gradient in front of the
 * first cell. The weight pass needs all but the images' own gradient.
 *
 * This is the count of the plain mathematics. An engine that finds a way around a part of it (ours takes the 1x1
 * convolutions' statistics and gradients from a covariance) is credited with the whole, and so can pass for faster
 * than its arithmetic is.
 */
export function stepFlops(workload: Workload): StepFlops {
  const { inner, stem, first } = { nasbench201, darts, network }[workload.task](workload);
  const perPass = 2 * workload.batch;
  const architecture = workload.task === 'network' ? 0 : perPass * (2 * inner + stem - first);
  const weight = perPass * (3 * inner + 2 * stem);
  return { architecture, weight, total: architecture + weight };
}
