// The stand-alone DARTS network of a genotype, with affine batch norms, drop-path and the auxiliary head (DARTS-space/model.py).
import type * as tf from '@tensorflow/tfjs';
import type { Stream } from '../../random/stream.js';
import { type Layers, layerBuilder, type PassOptions } from '../layers.js';
import { checkGenotype, type Genotype } from './genotype.js';
import { checkNetworkShape, type NetworkShape } from './networkShape.js';
import { sizeMachine } from './networkSizes.js';
import { tensorMachine } from './networkTensors.js';
import { walkNetwork } from './networkWalk.js';

export { CIFAR_SHAPE, IMAGENET_SHAPE, type NetworkShape } from './networkShape.js';

export interface Network extends Layers {
  genotype: Genotype;
  shape: NetworkShape;
}

export interface NetworkForwardOptions extends PassOptions {
  /** In training: each sample loses each branch that is not the identity with this probability; the rest is scaled up. */
  dropPath?: { probability: number; stream: Stream };
  /** Replays the reference's in-place ReLU of the auxiliary head (see WalkOptions). Default false. */
  reluInPlace?: boolean;
}

export interface NetworkOutput {
  /** [B, classes]. */
  logits: tf.Tensor2D;
  /** The auxiliary head's logits [B, classes], in training of a network that has one. */
  auxiliary?: tf.Tensor2D;
}

/**
 * A network with PyTorch's default initialisation, parameters named as the reference's.
 *
 * @throws for a genotype or shape that cannot be built, before anything is made
 */
export function createNetwork(genotype: Genotype, shape: NetworkShape, stream: Stream): Network {
  checkGenotype(genotype);
  checkNetworkShape(shape);
  const net: Network = { genotype, shape, parameters: {}, buffers: {} };
  const build = layerBuilder(net, stream);
  const make: (() => void)[] = [];
  const machine = sizeMachine({
    convolution(name, filter) {
      make.push(() => build.uniform(`${name}.weight`, filter, filter[0] * filter[1] * filter[2]));
    },
    batchNorm(name, channels, affine) {
      make.push(() => (affine ? build.batchNorm(name, channels) : build.runningStatistics(name, [channels])));
    },
    linear(name, inputs, outputs) {
      make.push(() => {
        build.uniform(`${name}.weight`, [inputs, outputs], inputs);
        build.uniform(`${name}.bias`, [outputs], inputs);
      });
    },
  });
  const { imageSize, imageChannels } = shape;
  const image = { rows: imageSize, columns: imageSize, channels: imageChannels };
  walkNetwork(machine, genotype, shape, image, { auxiliary: true });
  // Nothing is allocated until the whole network is known to fit.
  for (const step of make) step();
  return net;
}

/** Logits of images x [B, H, W, imageChannels]; drop-path and the auxiliary head take part in training only. */
export function networkForward(net: Network, x: tf.Tensor4D, options: NetworkForwardOptions): NetworkOutput {
  const { genotype, shape } = net;
  const { training, dropPath, reluInPlace } = options;
  if (dropPath && !(dropPath.probability >= 0 && dropPath.probability < 1))
    throw new Error(`the drop-path probability is ${dropPath.probability}: expected at least 0 and below 1`);
  const machine = tensorMachine(net, options, training ? dropPath : undefined);
  const walk = { auxiliary: training, reluInPlace };
  return walkNetwork<tf.Tensor>(machine, genotype, shape, x, walk) as NetworkOutput;
}
