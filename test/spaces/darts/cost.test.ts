// Weights and multiply-adds of the published networks.
import { expect } from 'chai';
import { createStream } from '../../../src/random/stream.js';
import { networkCost, withinMobileSetting } from '../../../src/spaces/darts/cost.js';
import { parseGenotype } from '../../../src/spaces/darts/genotype.js';
import { createNetwork } from '../../../src/spaces/darts/network.js';
import { CIFAR_SHAPE, IMAGENET_SHAPE } from '../../../src/spaces/darts/networkShape.js';
import { PUBLISHED } from '../../../src/spaces/darts/published.js';
import { disposeLayers } from '../../../src/spaces/layers.js';

// Millions of weights and multiply-adds without auxiliary head, counted on the reference's own modules (AmoebaNet's multiply-adds apart):
// CIFAR (C = 36, 20 cells, 10 classes), then ImageNet (C = 48, 14 cells, 1000 classes).
const COUNTED: Record<string, [number, number, number, number]> = {
  NASNet: [3.83095, 603.5, 5.56432, 604.0],
  // By hand: 433.2 and 450.9 without conv_7x1_1x7, whose two convolutions make 55.7 and 75.9: 7 C² on 32x16 and 16x16 pixels at
  // C = 72 and on 16x8 and 8x8 at C = 144 for CIFAR, likewise for ImageNet. (Weights as counted on the reference.)
  AmoebaNet: [3.145078, 488.9, 4.62736, 526.7],
  DARTS_V1: [3.169414, 501.0, 4.510432, 505.9],
  DARTS_V2: [3.349342, 528.4, 4.718752, 529.9],
  PC_DARTS_cifar: [3.634678, 556.7, 5.27056, 571.1],
  PC_DARTS_image: [3.72151, 570.5, 5.342464, 581.6],
  DrNAS_cifar10: [4.099294, 635.1, 5.738464, 633.8],
  DrNAS_imagenet: [4.04875, 617.9, 5.726368, 624.4],
};

describe('cost of a DARTS network', () => {
  for (const [name, [cifar, cifarAdds, imagenet, imagenetAdds]] of Object.entries(COUNTED)) {
    it(`${name} has ${cifar} M weights for CIFAR-10 and ${imagenet} M for ImageNet, as the reference`, () => {
      for (const [shape, weights, adds] of [
        [CIFAR_SHAPE, cifar, cifarAdds],
        [IMAGENET_SHAPE, imagenet, imagenetAdds],
      ] as const) {
        const cost = networkCost(parseGenotype(name), shape);
        expect(cost.parameters).to.equal(Math.round(weights * 1e6));
        expect(cost.multiplyAdds / 1e6).to.be.closeTo(adds, 0.051);
      }
    });
  }

  it('counts the weights that the built network has, with and without auxiliary head', () => {
    for (const { genotype } of PUBLISHED) {
      for (const auxiliary of [true, false]) {
        const shape = { ...CIFAR_SHAPE, channels: 4, cells: 3, imageSize: 32, auxiliary };
        const net = createNetwork(genotype, shape, createStream(0));
        const built = Object.values(net.parameters).reduce((sum, { size }) => sum + size, 0);
        expect(networkCost(genotype, shape, { auxiliary }).parameters).to.equal(built);
        disposeLayers(net);
      }
    }
  });

  it('finds the published ImageNet genotype above the 600 M of the mobile setting, and DARTS_V2 below', () => {
    expect(withinMobileSetting(parseGenotype('DrNAS_imagenet'), IMAGENET_SHAPE)).to.equal(false);
    expect(withinMobileSetting(parseGenotype('DARTS_V2'), IMAGENET_SHAPE)).to.equal(true);
  });
});
