// The weight-sharing supernet of NAS-Bench-201: every cell a search cell (201-space/search_model.py).
import * as tf from '@tensorflow/tfjs';
import type { Stream } from '../../random/stream.js';
import { recomputed, sorted } from '../../tensor/recompute.js';
import { layerBuilder, recordStatistics, secondTime } from '../layers.js';
import { cellShare, type RowRange, type SpaceForwardOptions, type Theta } from '../space.js';
import { searchCell, statisticsRows } from './cell.js';
import type { NetworkShape } from './cost.js';
import { CONV1, CONV3, EDGE_NAMES } from './operations.js';
import { buildSkeleton, cellKinds, runSkeleton, type SkeletonLayers } from './skeleton.js';

export interface SupernetShape extends NetworkShape {
  /** One k-th of the channels goes through the mixed operations. */
  k: number;
}

/** The statistics of a search cell's twelve batch norms are packed as [12, C/k] under `cells.i.edges`. */
export interface Supernet extends SkeletonLayers {
  shape: SupernetShape;
}

/** Refuses a shape that cannot be built, with a sentence that says what would do. */
export function checkShape(shape: SupernetShape): void {
  for (const [name, value] of Object.entries(shape)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new Error(`${name} is ${value}, expected a positive integer`);
    }
  }
  const { channels, k, imageSize } = shape;
  if (channels % k !== 0) {
    const fit = `choose a divisor of ${channels}`;
    throw new Error(`k = ${k} does not divide the ${channels} channels of the first stage: ${fit}`);
  }
  if (imageSize % 4 !== 0) {
    // On an odd side the residual block's shortcut (a 2x2 pool) and its strided convolution disagree, in PyTorch too.
    throw new Error(`image size ${imageSize} cannot be halved twice: use a multiple of 4`);
  }
}

/** The search cells of a supernet and their channels. */
export function cellNames({ channels, cellsPerStage }: NetworkShape): { name: string; channels: number }[] {
  let width = channels;
  return cellKinds(cellsPerStage).flatMap((kind, i) => {
    if (kind === 'cell') return [{ name: `cells.${i}`, channels: width }];
    width *= 2;
    return [];
  });
}

/** A supernet with PyTorch's default initialisation. */
export function createSupernet(shape: SupernetShape, stream: Stream): Supernet {
  checkShape(shape);
  const net: Supernet = { shape, parameters: {}, buffers: {} };
  const build = layerBuilder(net, stream);
  buildSkeleton(build, shape, (cell, channels) => {
    const c = channels / shape.k;
    for (const edge of EDGE_NAMES) {
      build.convolution(`${cell}.edges.${edge}.${CONV1}.op.1`, 1, c, c);
      build.convolution(`${cell}.edges.${edge}.${CONV3}.op.1`, 3, c, c);
    }
    build.runningStatistics(`${cell}.edges`, [2 * EDGE_NAMES.length, c]);
  });
  return net;
}

/** Every search cell uses all rows of alpha. */
export const cellRows = ({ shape }: Supernet): RowRange[] =>
  cellNames(shape).map(() => ({ start: 0, count: EDGE_NAMES.length }));

/**
 * Logits [B, classes] of images x [B, H, W, imageChannels] under the mixing weights theta [6, 5], or one such matrix a cell.
 * The weights of operations that the mask removes may be missing.
 */
export function forward(
  net: Supernet,
  x: tf.Tensor4D,
  theta: Theta,
  options: SpaceForwardOptions,
): tf.Tensor2D {
  const { parameters, buffers, shape } = net;
  const { training, keepSkipped, needs = 'all' } = options;
  const ranges = cellRows(net);
  let cell = 0;
  return runSkeleton(net, x, options, (input, name) => {
    const weights = EDGE_NAMES.flatMap((edge) =>
      [CONV1, CONV3].map(
        (op) => parameters[`${name}.edges.${edge}.${op}.op.1.weight`] as tf.Tensor4D | undefined,
      ),
    );
    const running = training
      ? undefined
      : {
          mean: buffers[`${name}.edges.running_mean`] as tf.Tensor2D,
          variance: buffers[`${name}.edges.running_var`] as tf.Tensor2D,
        };
    // Nothing before the first cell depends on alpha.
    const needsInput = needs !== 'alpha' || cell > 0;
    const own = cellShare(cell++, ranges, theta, options.mask);
    const compute = (image: tf.Tensor4D, mixing: tf.Tensor2D, pass: SpaceForwardOptions): tf.Tensor4D => {
      const { y, mean, variance } = searchCell(image, mixing, weights, {
        k: shape.k,
        mask: own.mask,
        running,
        needs,
        needsInput,
      });
      if (mean && variance) {
        recordStatistics(pass, {
          name: `${name}.edges`,
          mean,
          variance,
          count: image.size / image.shape[3],
          ...(keepSkipped && own.mask ? { rows: statisticsRows(own.mask) } : {}),
        });
      }
      return y;
    };
    if (!options.recompute) return tf.tidy(() => compute(input, own.theta, options));
    const read = { input, theta: own.theta as tf.Tensor };
    const differentiated = { input: needsInput, theta: needs !== 'weights' };
    const used =
      needs === 'alpha' ? [] : weights.filter((weight): weight is tf.Tensor4D => weight !== undefined);
    return recomputed({ ...sorted(read, differentiated), weights: used }, (tensors, again) =>
      compute(
        tensors.input as tf.Tensor4D,
        tensors.theta as tf.Tensor2D,
        again ? secondTime(options) : options,
      ),
    );
  });
}
