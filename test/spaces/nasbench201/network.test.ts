// The stand-alone network of an architecture.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createStream } from '../../../src/random/stream.js';
import { disposeLayers } from '../../../src/spaces/layers.js';
import { formatArchitecture, parseArchitecture } from '../../../src/spaces/nasbench201/architecture.js';
import { networkCost } from '../../../src/spaces/nasbench201/cost.js';
import { createNetwork, networkForward } from '../../../src/spaces/nasbench201/network.js';
import { architectureAt } from '../../../src/spaces/nasbench201/officialOrder.js';
import { createSupernet, forward } from '../../../src/spaces/nasbench201/supernet.js';

const shape = { channels: 4, cellsPerStage: 1, classes: 10, imageSize: 8, imageChannels: 3 };

describe('stand-alone network', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('has as many parameters as the count says', () => {
    for (const index of [0, 1, 1835, 9930]) {
      const architecture = architectureAt(index);
      const net = createNetwork(architecture, shape, createStream(1));
      const size = Object.values(net.parameters).reduce((sum, v) => sum + v.size, 0);
      expect(size, formatArchitecture(architecture)).to.equal(networkCost(architecture, shape).parameters);
      disposeLayers(net);
    }
  });

  it('computes what the supernet computes with all weight on its operations', () => {
    const architecture = parseArchitecture(
      '|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|nor_conv_3x3~2|',
    );
    const supernet = createSupernet({ ...shape, k: 1 }, createStream(5));
    const net = createNetwork(architecture, shape, createStream(6));
    // The affine parts of the cells' batch norms start at 1 and 0, so equal convolutions give equal functions.
    for (const [name, variable] of Object.entries(net.parameters)) {
      const shared =
        supernet.parameters[name] ?? supernet.parameters[name.replace(/\.op\.1\.weight$/, '.3.op.1.weight')];
      const column = variable.shape[0] === 1 ? 2 : 3;
      const inCell = supernet.parameters[name.replace(/(edges\.\d<-\d)\.op\.1/, `$1.${column}.op.1`)];
      if (inCell ?? shared) variable.assign(inCell ?? shared);
    }
    const theta = tf.tensor2d([
      [0, 0, 0, 1, 0],
      [1, 0, 0, 0, 0],
      [0, 0, 0, 0, 1],
      [0, 1, 0, 0, 0],
      [0, 0, 1, 0, 0],
      [0, 0, 0, 1, 0],
    ]);
    const x = tf.randomNormal([4, 8, 8, 3], 0, 1, 'float32', 7) as tf.Tensor4D;
    const difference = tf.tidy(() => {
      const alone = networkForward(net, x, { training: true });
      const shared = forward(supernet, x, theta, { training: true });
      expect(tf.max(tf.abs(alone)).dataSync()[0]).to.be.above(0.01);
      return tf.max(tf.abs(tf.sub(alone, shared))).dataSync()[0];
    });
    expect(difference).to.be.below(1e-5);
    disposeLayers(net);
    disposeLayers(supernet);
    tf.dispose([theta, x]);
  });

  it('gives the bias alone for a cell of nothing but none', () => {
    const net = createNetwork(new Array(6).fill('none'), shape, createStream(8));
    const logits = tf.tidy(() =>
      Array.from(networkForward(net, tf.ones([2, 8, 8, 3]), { training: false }).dataSync()),
    );
    const [first, second] = [logits.slice(0, 10), logits.slice(10)];
    expect(first).to.deep.equal(second);
    disposeLayers(net);
  });
});
