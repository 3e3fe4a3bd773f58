// The DARTS supernet: its size, its passes, and what it refuses.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createStream } from '../../../src/random/stream.js';
import { OPERATIONS, OPERATIONS_WITH_NONE } from '../../../src/spaces/darts/operations.js';
import { dartsSpace } from '../../../src/spaces/darts/space.js';
import {
  checkShape,
  createSupernet,
  type SupernetShape,
  supernetParameters,
} from '../../../src/spaces/darts/supernet.js';
import { forward } from '../../../src/spaces/darts/supernetForward.js';
import { applyStatistics, type BatchStatistics, disposeLayers } from '../../../src/spaces/layers.js';

const CIFAR: SupernetShape = {
  ...{ channels: 36, cells: 20, k: 6, classes: 10, imageSize: 32, imageChannels: 3 },
  stem: 'cifar',
  operations: OPERATIONS,
};
const IMAGENET: SupernetShape = {
  ...CIFAR,
  ...{ channels: 48, cells: 14, classes: 1000, imageSize: 224 },
  stem: 'imagenet',
};
const SMALL: SupernetShape = { ...CIFAR, channels: 4, cells: 3, k: 2, imageSize: 8 };

const uniform = (columns = 7) => tf.fill([28, columns], 1 / columns) as tf.Tensor2D;
const images = (size = 8) => tf.randomNormal([3, size, size, 3], 0, 1, 'float32', 1) as tf.Tensor4D;

describe('DARTS supernet', () => {
  // Weights of the reference's modules at these settings, without alpha.
  for (const [shape, k, count] of [
    [CIFAR, 6, 2221750],
    [CIFAR, 4, 2986462],
    [CIFAR, 3, 3974806],
    [CIFAR, 1, 19932310],
    [IMAGENET, 6, 3642896],
    [IMAGENET, 3, 5739344],
  ] as const) {
    it(`has ${count} weights with the ${shape.stem} stem and k = ${k}, as the reference`, () => {
      expect(supernetParameters({ ...shape, k })).to.equal(count);
    });
  }

  for (const shape of [SMALL, { ...SMALL, stem: 'imagenet' as const, imageSize: 32 }]) {
    it(`builds what is counted and gives finite logits (${shape.stem} stem)`, () => {
      const net = createSupernet(shape, createStream(0));
      const built = Object.values(net.parameters).reduce((sum, { size }) => sum + size, 0);
      expect(built).to.equal(supernetParameters(shape));
      for (const training of [true, false]) {
        const logits = tf.tidy(() => forward(net, images(shape.imageSize), uniform(), { training }));
        expect(logits.shape).to.deep.equal([3, 10]);
        expect(Array.from(logits.dataSync()).every(Number.isFinite)).to.equal(true);
        logits.dispose();
      }
      disposeLayers(net);
    });
  }

  it('gives theta the same gradient in an architecture pass as in a full one, and keeps no tensor', () => {
    const net = createSupernet(SMALL, createStream(0));
    const x = images();
    const before = tf.memory().numTensors;
    const gradients = (['alpha', 'all'] as const).map((needs) =>
      tf.tidy(() => {
        const loss = (theta: tf.Tensor) =>
          tf.sum(tf.square(forward(net, x, theta as tf.Tensor2D, { training: true, needs }))) as tf.Scalar;
        return Array.from(tf.grad(loss)(uniform()).dataSync());
      }),
    );
    const largest = Math.max(...gradients[1].map(Math.abs));
    expect(largest).to.be.greaterThan(0);
    gradients[0].forEach((g, i) => {
      expect(g).to.be.closeTo(gradients[1][i], 1e-4 * largest);
    });
    expect(tf.memory().numTensors).to.equal(before);
    x.dispose();
    disposeLayers(net);
  });

  it('lets none take part without effect: its gradient is 0', () => {
    const shape = { ...SMALL, operations: OPERATIONS_WITH_NONE };
    const net = createSupernet(shape, createStream(0));
    const gradient = tf.tidy(() => {
      const loss = (theta: tf.Tensor) =>
        tf.sum(tf.square(forward(net, images(), theta as tf.Tensor2D, { training: true }))) as tf.Scalar;
      return tf.grad(loss)(uniform(8)).arraySync() as number[][];
    });
    expect(gradient.map((row) => row[0])).to.deep.equal(new Array(28).fill(0));
    expect(gradient.some((row) => row[4] !== 0)).to.equal(true);
    disposeLayers(net);
  });

  it('gathers statistics of every batch norm that its operations have', () => {
    const net = createSupernet(SMALL, createStream(0));
    const statistics: BatchStatistics[] = [];
    tf.tidy(() =>
      forward(net, images(), uniform(), { training: true, onStatistics: (s) => statistics.push(s) }),
    );
    // The stem, two preprocessings and the packed edges of each of three cells.
    expect(statistics.length).to.equal(1 + 3 * 3);
    applyStatistics(net, statistics);
    const packed = net.buffers['cells.1.edges.running_mean'].arraySync() as number[][];
    // At stride 1 the skip has no batch norm (edge 4 comes from node 0), at stride 2 it has (edge 0).
    expect(packed[9 * 4 + 2].every((v) => v === 0)).to.equal(true);
    expect(packed[2].some((v) => v !== 0)).to.equal(true);
    disposeLayers(net);
  });

  for (const [change, message] of [
    [{ k: 5 }, 'k = 5 does not divide the 36 channels'],
    [{ cells: 2 }, '2 cell(s) have no room for two reduction cells'],
    [{ imageSize: 18 }, 'image size 18 cannot be halved 2 times'],
    [{ stem: 'other' as 'cifar' }, 'the stem is "other"'],
    [{ channels: 0 }, 'channels is 0'],
  ] as const) {
    it(`refuses ${JSON.stringify(change)}`, () => {
      expect(() => checkShape({ ...CIFAR, ...change })).to.throw(message);
    });
  }

  it('names the weights of an operation in every cell that shares its row', () => {
    const space = dartsSpace();
    const net = createSupernet(SMALL, createStream(0));
    const reduction = space.weightsOf(net, 14, 2);
    // With three cells the second and third are reductions; the skip at stride 2 has two convolutions.
    expect(reduction).to.deep.equal(
      ['cells.1', 'cells.2'].flatMap((cell) =>
        ['conv_1', 'conv_2'].map((c) => `${cell}._ops.0._ops.2.${c}.weight`),
      ),
    );
    expect(space.weightsOf(net, 0, 2)).to.deep.equal([]);
    for (const name of [...reduction, ...space.weightsOf(net, 0, 3)])
      expect(net.parameters).to.have.property(name);
    disposeLayers(net);
  });
});
