// The stand-alone network of one NAS-Bench-201 architecture: the benchmark's own, with affine batch norms.
import * as tf from '@tensorflow/tfjs';
import type { Stream } from '../../random/stream.js';
import { avgPool2d } from '../../tensor/avgPool2d.js';
import { conv2d } from '../../tensor/conv2d.js';
import { recomputed } from '../../tensor/recompute.js';
import { batchNorm, layerBuilder, type PassOptions, secondTime } from '../layers.js';
import type { Architecture } from './architecture.js';
import type { NetworkShape } from './cost.js';
import { EDGE_NAMES, edgeIndex } from './operations.js';
import { buildSkeleton, runSkeleton, type SkeletonLayers } from './skeleton.js';

export interface Network extends SkeletonLayers {
  architecture: Architecture;
}

const KERNEL_SIZE: Record<string, number> = { nor_conv_1x1: 1, nor_conv_3x3: 3 };

/** A network with PyTorch's default initialisation. */
export function createNetwork(architecture: Architecture, shape: NetworkShape, stream: Stream): Network {
  const net: Network = { shape, architecture, parameters: {}, buffers: {} };
  const build = layerBuilder(net, stream);
  buildSkeleton(build, shape, (cell, channels) => {
    architecture.forEach((operation, e) => {
      const size = KERNEL_SIZE[operation];
      if (!size) return;
      build.convolution(`${cell}.edges.${EDGE_NAMES[e]}.op.1`, size, channels, channels);
      build.batchNorm(`${cell}.edges.${EDGE_NAMES[e]}.op.2`, channels);
    });
  });
  return net;
}

/** Logits [B, classes] of images x [B, H, W, imageChannels]. */
export function networkForward(net: Network, x: tf.Tensor4D, options: PassOptions): tf.Tensor2D {
  const branch = (input: tf.Tensor4D, edge: number, cell: string, pass: PassOptions): tf.Tensor4D[] => {
    const operation = net.architecture[edge];
    if (operation === 'none') return [];
    if (operation === 'skip_connect') return [input];
    if (operation === 'avg_pool_3x3') return [avgPool2d(input, { size: 3, stride: 1, pad: 1 })];
    const name = `${cell}.edges.${EDGE_NAMES[edge]}.op`;
    const z = conv2d(tf.relu(input), net.parameters[`${name}.1.weight`] as tf.Tensor4D);
    return [batchNorm(net, z, `${name}.2`, pass)];
  };
  const nodesOf = (input: tf.Tensor4D, cell: string, pass: PassOptions): tf.Tensor4D => {
    const nodes = [input];
    for (const target of [1, 2, 3]) {
      const terms = nodes.flatMap((node, source) => branch(node, edgeIndex(target, source), cell, pass));
      nodes.push(terms.length ? tf.addN(terms) : tf.zerosLike(input));
    }
    return nodes[3];
  };
  return runSkeleton(net, x, options, (input, cell) => {
    if (!options.recompute) return nodesOf(input, cell, options);
    return recomputed({ inputs: { input }, weights: Object.values(net.parameters) }, (tensors, again) =>
      nodesOf(tensors.input as tf.Tensor4D, cell, again ? secondTime(options) : options),
    );
  });
}
