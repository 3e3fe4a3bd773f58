// Parameters and multiply-adds of a stand-alone DARTS network, and whether it is small enough for the mobile setting.
import { checkGenotype, type Genotype } from './genotype.js';
import { checkNetworkShape, type NetworkShape } from './networkShape.js';
import { sizeMachine } from './networkSizes.js';
import { walkNetwork } from './networkWalk.js';

export interface NetworkCost {
  /** Trainable weights. */
  parameters: number;
  /** Multiply-adds of one image's forward pass: convolutions and linear layers; all else counts nothing. */
  multiplyAdds: number;
}

/** What both the weights and the multiply-adds follow from; nothing is built. */
export function networkCost(
  genotype: Genotype,
  shape: NetworkShape,
  { auxiliary = false }: { auxiliary?: boolean } = {},
): NetworkCost {
  checkGenotype(genotype);
  checkNetworkShape(shape);
  const cost: NetworkCost = { parameters: 0, multiplyAdds: 0 };
  const machine = sizeMachine({
    convolution(_name, filter, output) {
      const weights = filter.reduce((a, b) => a * b);
      cost.parameters += weights;
      cost.multiplyAdds += weights * output.rows * output.columns;
    },
    batchNorm(_name, channels, affine) {
      if (affine) cost.parameters += 2 * channels;
    },
    linear(_name, inputs, outputs) {
      cost.parameters += (inputs + 1) * outputs;
      cost.multiplyAdds += inputs * outputs;
    },
  });
  const { imageSize, imageChannels } = shape;
  const image = { rows: imageSize, columns: imageSize, channels: imageChannels };
  walkNetwork(machine, genotype, { ...shape, auxiliary }, image, { auxiliary });
  return cost;
}

/** The mobile setting's limit on multiply-adds at 224 x 224, which DARTS and its successors quote. */
export const MOBILE_LIMIT = 600e6;

/**
 * Whether a network is within the mobile setting. No search here or in the reference enforces it: the published
 * ImageNet genotype of DrNAS itself counts 624 million multiply-adds.
 */
export function withinMobileSetting(genotype: Genotype, shape: NetworkShape): boolean {
  return networkCost(genotype, shape).multiplyAdds < MOBILE_LIMIT;
}
