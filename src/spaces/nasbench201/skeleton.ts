// What every NAS-Bench-201 network shares: stem, three stages joined by residual blocks, classifier (201-space/search_model.py).
import * as tf from '@tensorflow/tfjs';
import { avgPool2d } from '../../tensor/avgPool2d.js';
import { conv2d } from '../../tensor/conv2d.js';
import { linear } from '../../tensor/linear.js';
import { batchNorm, type LayerBuilder, type Layers, type PassOptions } from '../layers.js';
import type { NetworkShape } from './cost.js';

/** The layers of a network of this skeleton. */
export interface SkeletonLayers extends Layers {
  shape: NetworkShape;
}

/** Kind of each cell in order: N cells of the stage, a residual block, N, a block, N. */
export function cellKinds(cellsPerStage: number): ('cell' | 'residual')[] {
  const stage = new Array<'cell'>(cellsPerStage).fill('cell');
  return [...stage, 'residual', ...stage, 'residual', ...stage];
}

/** Stem, residual blocks and head; `addCell(name, channels)` makes each cell between them. */
export function buildSkeleton(
  build: LayerBuilder,
  shape: NetworkShape,
  addCell: (name: string, channels: number) => void,
): void {
  let width = shape.channels;
  build.convolution('stem.0', 3, shape.imageChannels, width);
  build.batchNorm('stem.1', width);
  cellKinds(shape.cellsPerStage).forEach((kind, i) => {
    if (kind === 'cell') {
      addCell(`cells.${i}`, width);
      return;
    }
    build.convolution(`cells.${i}.conv_a.op.1`, 3, width, 2 * width);
    build.batchNorm(`cells.${i}.conv_a.op.2`, 2 * width);
    build.convolution(`cells.${i}.conv_b.op.1`, 3, 2 * width, 2 * width);
    build.batchNorm(`cells.${i}.conv_b.op.2`, 2 * width);
    build.convolution(`cells.${i}.downsample.1`, 1, width, 2 * width);
    width *= 2;
  });
  build.batchNorm('lastact.0', width);
  build.uniform('classifier.weight', [width, shape.classes], width);
  build.uniform('classifier.bias', [shape.classes], width);
}

/** What surrounds the search cells: the stem before the first, the residual blocks between stages, the head after the last. */
export interface SkeletonParts {
  /** Features [B, H, W, channels] of images x [B, H, W, imageChannels]. */
  stem(x: tf.Tensor4D): tf.Tensor4D;
  /** Half the side, twice the channels. */
  residual(x: tf.Tensor4D, name: string): tf.Tensor4D;
  /** Logits [B, classes]. */
  head(x: tf.Tensor4D): tf.Tensor2D;
}

export function skeletonParts(layers: SkeletonLayers, options: PassOptions): SkeletonParts {
  const { parameters } = layers;
  const convolution = (input: tf.Tensor4D, name: string, stride = 1) =>
    conv2d(input, parameters[`${name}.weight`] as tf.Tensor4D, { stride });
  const norm = (input: tf.Tensor4D, name: string) => batchNorm(layers, input, name, options);
  return {
    stem: (x) => norm(convolution(x, 'stem.0'), 'stem.1'),
    residual(input, name) {
      const a = norm(convolution(tf.relu(input), `${name}.conv_a.op.1`, 2), `${name}.conv_a.op.2`);
      const b = norm(convolution(tf.relu(a), `${name}.conv_b.op.1`), `${name}.conv_b.op.2`);
      const shortcut = convolution(avgPool2d(input, { size: 2, stride: 2, pad: 0 }), `${name}.downsample.1`);
      return tf.add(b, shortcut);
    },
    head(x) {
      const pooled = tf.mean(tf.relu(norm(x, 'lastact.0')), [1, 2]) as tf.Tensor2D;
      const weight = parameters['classifier.weight'] as tf.Tensor2D;
      return linear(pooled, weight, parameters['classifier.bias'] as tf.Tensor1D);
    },
  };
}

/** Logits [B, classes] of images x [B, H, W, imageChannels]; `cell(x, name)` computes each cell. */
export function runSkeleton(
  layers: SkeletonLayers,
  x: tf.Tensor4D,
  options: PassOptions,
  cell: (x: tf.Tensor4D, name: string) => tf.Tensor4D,
): tf.Tensor2D {
  const { stem, residual, head } = skeletonParts(layers, options);
  let h = stem(x);
  cellKinds(layers.shape.cellsPerStage).forEach((kind, i) => {
    h = kind === 'cell' ? cell(h, `cells.${i}`) : residual(h, `cells.${i}`);
  });
  return head(h);
}
