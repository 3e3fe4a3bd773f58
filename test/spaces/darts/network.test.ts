// The stand-alone DARTS network: gradients, drop-path, auxiliary head, and what it refuses.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { normal } from '../../../src/random/normal.js';
import { createStream } from '../../../src/random/stream.js';
import { parseGenotype } from '../../../src/spaces/darts/genotype.js';
import {
  createNetwork,
  type Network,
  type NetworkForwardOptions,
  type NetworkShape,
  networkForward,
} from '../../../src/spaces/darts/network.js';
import { auxiliaryPool } from '../../../src/spaces/darts/networkShape.js';
import { tensorMachine } from '../../../src/spaces/darts/networkTensors.js';
import { disposeLayers } from '../../../src/spaces/layers.js';
import { conv2d } from '../../../src/tensor/conv2d.js';
import { softmaxCrossEntropy } from '../../../src/tensor/softmaxCrossEntropy.js';

const SHAPE: NetworkShape = {
  channels: 2,
  cells: 3,
  classes: 4,
  imageSize: 8,
  imageChannels: 3,
  stem: 'cifar',
  auxiliary: true,
};

const images = (batch: number, side = 8) => {
  const stream = createStream('images');
  const values = Float32Array.from({ length: batch * side * side * 3 }, () => normal(stream));
  return tf.tensor4d(values, [batch, side, side, 3]);
};

/** Logits as numbers, the head's as well where there are any. */
function run(net: Network, x: tf.Tensor4D, options: NetworkForwardOptions) {
  return tf.tidy(() => {
    const { logits, auxiliary } = networkForward(net, x, options);
    return {
      logits: Array.from(logits.dataSync()),
      auxiliary: auxiliary && Array.from(auxiliary.dataSync()),
    };
  });
}

const DRNAS = parseGenotype('DrNAS_cifar10');
const AMOEBA = parseGenotype('AmoebaNet');
describe('stand-alone DARTS network', function () {
  this.timeout(60_000);
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('has the gradient that finite differences show, the auxiliary head and non-square convolutions included', () => {
    const x = images(6);
    const y = tf.tensor1d([0, 1, 2, 3, 0, 1], 'int32');
    const net = createNetwork(AMOEBA, SHAPE, createStream(4));
    const loss = () => {
      const { logits, auxiliary } = networkForward(net, x, { training: true });
      const head = softmaxCrossEntropy(auxiliary!, y);
      return tf.add(softmaxCrossEntropy(logits, y), tf.mul(head, 0.4)) as tf.Scalar;
    };
    const { value, grads } = tf.variableGrads(loss, Object.values(net.parameters));
    const step = 2e-3;
    for (const name of [
      'classifier.weight',
      'auxiliary_head.classifier.bias',
      'auxiliary_head.features.5.weight',
      'auxiliary_head.features.3.bias',
      'cells.2._ops.8.op.1.weight',
      'cells.2._ops.8.op.2.weight',
      'cells.2._ops.3.op.5.weight',
    ]) {
      const variable = net.parameters[name];
      const stream = createStream('direction', name);
      const direction = Float32Array.from({ length: variable.size }, () => normal(stream));
      const norm = Math.sqrt(direction.reduce((sum, d) => sum + d * d, 0));
      const start = variable.dataSync().slice() as Float32Array;
      const at = (sign: number) => {
        const moved = start.map((v, i) => v + (sign * step * direction[i]) / norm);
        tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
        return tf.tidy(() => loss().dataSync()[0]);
      };
      const difference = (at(1) - at(-1)) / (2 * step);
      tf.tidy(() => variable.assign(tf.tensor(start, variable.shape)));
      const gradient = grads[variable.name].dataSync();
      const slope = direction.reduce((sum, d, i) => sum + (d / norm) * gradient[i], 0);
      // float32 losses near 2 differ by 1e-7 of themselves: 1e-4 of a slope over this step.
      expect(difference, name).to.be.closeTo(slope, 2e-4 + 0.02 * Math.abs(slope));
      expect(Math.abs(slope), name).to.be.above(2e-3);
    }
    tf.dispose([value, grads, x, y]);
    disposeLayers(net);
  });

  it('strides along one axis in each of the two convolutions of conv_7x1_1x7', () => {
    const x = images(2, 9);
    const weights = [1, 7, 3, 4, 7, 1, 4, 5];
    const filters = [weights.slice(0, 4), weights.slice(4)].map((dims, i) => {
      const stream = createStream('filter', i);
      const size = dims.reduce((p, q) => p * q);
      return tf.variable(
        tf.tensor(
          Float32Array.from({ length: size }, () => normal(stream)),
          dims,
        ),
      );
    });
    const [a, b] = filters as [tf.Variable, tf.Variable];
    const machine = tensorMachine(
      { parameters: { 'a.weight': a, 'b.weight': b }, buffers: {} },
      { training: true },
    );
    const difference = tf.tidy(() => {
      const half = machine.convolution(x, 'a', { size: [1, 7], channels: 4, stride: [1, 2] });
      expect(half.shape).to.deep.equal([2, 9, 5, 4]);
      const got = machine.convolution(half, 'b', { size: [7, 1], channels: 5, stride: [2, 1] });
      // The columns that the first leaves out are never looked at by the second.
      const full = conv2d(x, a as unknown as tf.Tensor4D);
      const want = conv2d(full, b as unknown as tf.Tensor4D, { stride: 2 });
      return tf.max(tf.abs(tf.sub(got, want))).dataSync()[0];
    });
    expect(difference).to.be.below(1e-4);
    tf.dispose([x, a, b]);
  });

  it('ignores drop-path and has no auxiliary logits at evaluation', () => {
    const x = images(3);
    const net = createNetwork(DRNAS, SHAPE, createStream(6));
    const plain = run(net, x, { training: false });
    const dropPath = { probability: 0.5, stream: createStream(1) };
    expect(run(net, x, { training: false, dropPath }).logits).to.deep.equal(plain.logits);
    expect(plain.auxiliary).to.equal(undefined);
    expect(run(net, x, { training: true }).auxiliary).to.have.length(12);
    x.dispose();
    disposeLayers(net);
  });

  it('drops a branch for whole samples and keeps its mean', () => {
    const dropPath = { probability: 0.25, stream: createStream(9) };
    const machine = tensorMachine({ parameters: {}, buffers: {} }, { training: true }, dropPath);
    const rows = tf.tidy(
      () => tf.reshape(machine.dropPath(tf.ones([4000, 2, 1, 3])), [4000, 6]).arraySync() as number[][],
    );
    for (const row of rows) expect(row.every((v) => v === row[0])).to.equal(true);
    const values = new Set(rows.map(([v]) => v.toFixed(5)));
    expect([...values].sort()).to.deep.equal(['0.00000', '1.33333']);
    // The mean of 4000 draws of 0 or 4/3 has deviation sqrt(1/3 / 4000) = 0.0091.
    expect(rows.reduce((sum, [v]) => sum + v, 0) / 4000).to.be.closeTo(1, 0.03);
  });

  it('drops every branch but the identities', () => {
    const x = images(3);
    const net = createNetwork(DRNAS, SHAPE, createStream(7));
    let draws = 0;
    const stream = { ...createStream(1), uniform: () => (++draws * 0.618034) % 1 };
    run(net, x, { training: true, dropPath: { probability: 0.2, stream } });
    // Three cells of eight edges, one of each the identity; three images.
    expect(draws).to.equal(3 * 7 * 3);
    x.dispose();
    disposeLayers(net);
  });

  it('does not let the head change what the classifier sees, as the in-place ReLU of the reference does', () => {
    const x = images(4);
    const net = createNetwork(DRNAS, SHAPE, createStream(12));
    const without = createNetwork(DRNAS, { ...SHAPE, auxiliary: false }, createStream(12));
    for (const [name, v] of Object.entries(without.parameters)) v.assign(net.parameters[name]);
    const plain = run(without, x, { training: true }).logits;
    expect(run(net, x, { training: true }).logits).to.deep.equal(plain);
    expect(run(net, x, { training: true, reluInPlace: true }).logits).to.not.deep.equal(plain);
    // A further cell begins with a ReLU, and nothing changes.
    const deeper = createNetwork(DRNAS, { ...SHAPE, cells: 4 }, createStream(12));
    expect(run(deeper, x, { training: true, reluInPlace: true }).logits).to.deep.equal(
      run(deeper, x, { training: true }).logits,
    );
    x.dispose();
    for (const layers of [net, without, deeper]) disposeLayers(layers);
  });

  it('pools for the auxiliary head as published, and fits other images', () => {
    // DARTS-space/model.py:70 and 93: AvgPool2d(5, stride 3) on 8 pixels, AvgPool2d(5, stride 2) on 7.
    expect(auxiliaryPool(8)).to.deep.equal({ size: 5, stride: 3 });
    expect(auxiliaryPool(7)).to.deep.equal({ size: 5, stride: 2 });
    for (let side = 2; side < 40; side++) {
      const { size, stride } = auxiliaryPool(side);
      expect(Math.floor((side - size) / stride) + 1, `${side}`).to.equal(2);
    }
    expect(() => auxiliaryPool(1)).to.throw('at least 2 x 2 pixels');
  });

  it('leaves the pools without batch norm where the shape asks for the original DARTS', () => {
    const shape = { ...SHAPE, auxiliary: false };
    const pools = (net: Network) =>
      Object.keys(net.buffers).filter((name) => /_ops\.\d+\.op\.1\./.test(name));
    const [ours, original] = [true, false].map((poolNorm) =>
      createNetwork(DRNAS, { ...shape, poolNorm }, createStream(1)),
    );
    expect(pools(ours)).to.have.length(4);
    expect(pools(original)).to.have.length(0);
    expect(Object.keys(original.parameters)).to.deep.equal(Object.keys(ours.parameters));
    disposeLayers(ours);
    disposeLayers(original);
  });

  it('refuses what cannot be built before it makes a tensor', () => {
    const before = tf.memory().numTensors;
    const build = (change: Partial<NetworkShape>, genotype = DRNAS) =>
      createNetwork(genotype, { ...SHAPE, ...change }, createStream(1));
    expect(() => build({ imageSize: 10, cells: 6 })).to.throw('needs an even side');
    expect(() => build({ imageSize: 4 })).to.throw('auxiliary head needs at least 2 x 2');
    expect(() => build({ channels: 0 })).to.throw('channels is 0');
    expect(() => build({ stem: 'svhn' as 'cifar' })).to.throw('choose cifar or imagenet');
    expect(() => build({ channels: 3, stem: 'imagenet' })).to.throw('even number of channels');
    const edges = structuredClone(DRNAS);
    edges.normal[0] = ['sep_conv_3x3', 5];
    expect(() => build({}, edges)).to.throw('can only read an earlier one');
    const net = createNetwork(DRNAS, SHAPE, createStream(1));
    const dropPath = { probability: 1, stream: createStream(1) };
    const x = images(1);
    expect(() => networkForward(net, x, { training: true, dropPath })).to.throw('probability is 1');
    x.dispose();
    disposeLayers(net);
    expect(tf.memory().numTensors).to.equal(before);
  });
});
