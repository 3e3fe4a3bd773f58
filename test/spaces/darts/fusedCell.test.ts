// The fused DARTS cell against its composition, operation by operation, on the same backend.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { canFuse, fusedCell } from '../../../src/spaces/darts/fusedCell.js';
import {
  EDGES,
  layersOf,
  OPERATIONS,
  OPERATIONS_WITH_NONE,
  type Operation,
} from '../../../src/spaces/darts/operations.js';
import { EPSILON } from '../../../src/spaces/layers.js';
import { avgPool2d } from '../../../src/tensor/avgPool2d.js';
import { batchNormTrain } from '../../../src/tensor/batchNormTrain.js';
import { channelShuffle } from '../../../src/tensor/channelShuffle.js';
import { conv2d } from '../../../src/tensor/conv2d.js';
import { depthwiseConv2d } from '../../../src/tensor/depthwiseConv2d.js';
import { maxPool2d } from '../../../src/tensor/maxPool2d.js';
import { splitChannels } from '../../../src/tensor/splitChannels.js';
import { backendOf, error, onEachEngine, random, values } from '../../backend/engines.js';

type Weights = Record<string, tf.Tensor4D>;

interface Example {
  batch: number;
  side: number;
  channels: number;
  k: number;
  reduction: boolean;
  /** Share of the operations that the mask removes; edge 4 loses all of them when any is. */
  pruned?: number;
  operations?: readonly Operation[];
}

/** Each size of c (1 to 18), k, side and batch at least once; both kinds of cell. */
const examples: Example[] = [
  { batch: 2, side: 8, channels: 36, k: 6, reduction: false },
  { batch: 2, side: 8, channels: 36, k: 6, reduction: true },
  { batch: 3, side: 4, channels: 8, k: 4, reduction: false, pruned: 0.4 },
  { batch: 3, side: 4, channels: 8, k: 4, reduction: true, pruned: 0.4 },
  { batch: 1, side: 5, channels: 9, k: 3, reduction: false },
  { batch: 17, side: 2, channels: 8, k: 2, reduction: true },
  { batch: 24, side: 1, channels: 6, k: 2, reduction: false, pruned: 0.5 },
  { batch: 2, side: 3, channels: 18, k: 1, reduction: false, pruned: 0.7 },
  { batch: 2, side: 4, channels: 6, k: 1, reduction: true },
  { batch: 3, side: 4, channels: 4, k: 4, reduction: false }, // c = 1
  { batch: 2, side: 4, channels: 8, k: 2, reduction: true, pruned: 1 },
  { batch: 2, side: 4, channels: 8, k: 2, reduction: false, operations: OPERATIONS_WITH_NONE },
];

const title = ({ batch, side, channels, k, reduction, pruned = 0, operations = OPERATIONS }: Example) =>
  `${reduction ? 'reduction' : 'normal'} cell, ${batch} images of ${side}x${side}x${channels}, k = ${k}, ` +
  `${operations.length} operations, ${100 * pruned} % pruned`;

function weightsOf({ channels, k, reduction, operations = OPERATIONS }: Example): Weights {
  const c = channels / k;
  const weights: Weights = {};
  let seed = 100;
  EDGES.forEach(({ source }, edge) => {
    operations.forEach((operation, column) => {
      const add = (name: string, dims: number[]) => {
        weights[`_ops.${edge}._ops.${column}.${name}.weight`] = random(dims, seed++) as tf.Tensor4D;
      };
      for (const layer of layersOf(operation, reduction && source < 2 ? 2 : 1)) {
        if (layer.kind === 'depthwise') add(layer.name, [layer.size, layer.size, c, 1]);
        if (layer.kind === 'convolution') add(layer.name, [1, 1, c, c]);
        if (layer.kind === 'factorizedReduce') {
          add('conv_1', [1, 1, c, Math.floor(c / 2)]);
          add('conv_2', [1, 1, c, Math.ceil(c / 2)]);
        }
      }
    });
  });
  return weights;
}

function maskOf({ pruned = 0, operations = OPERATIONS }: Example): number[] {
  const draws = values(EDGES.length * operations.length, 7);
  return Array.from(draws, (draw, i) =>
    (draw + 1) / 2 < pruned || (pruned > 0 && Math.floor(i / operations.length) === 4) ? 0 : 1,
  );
}

/** The specification: the cell, one operation after the other. */
function composition(
  example: Example,
  s0: tf.Tensor4D,
  s1: tf.Tensor4D,
  theta: tf.Tensor2D,
  weights: Weights,
) {
  const { k, reduction, operations = OPERATIONS } = example;
  const mask = maskOf(example);
  const norm = (x: tf.Tensor4D) => {
    const { y, mean, variance } = batchNormTrain(x, { epsilon: EPSILON });
    tf.dispose([mean, variance]);
    return y;
  };
  const apply = (x: tf.Tensor4D, operation: Operation, stride: number, at: string): tf.Tensor4D =>
    layersOf(operation, stride).reduce((h, layer): tf.Tensor4D => {
      if (layer.kind === 'relu') return tf.relu(h);
      if (layer.kind === 'batchNorm') return norm(h);
      if (layer.kind === 'pool')
        return (layer.pool === 'max' ? maxPool2d : avgPool2d)(h, { size: 3, stride, pad: 1 });
      if (layer.kind === 'depthwise')
        return depthwiseConv2d(h, weights[`${at}.${layer.name}.weight`], {
          stride: layer.stride,
          dilation: layer.dilation,
        });
      if (layer.kind === 'convolution') return conv2d(h, weights[`${at}.${layer.name}.weight`]);
      const r = tf.relu(h);
      const shifted = tf.slice(r, [0, 1, 1, 0], [-1, h.shape[1] - 1, h.shape[2] - 1, -1]);
      const halves = [
        conv2d(r, weights[`${at}.conv_1.weight`], { stride: 2 }),
        conv2d(shifted, weights[`${at}.conv_2.weight`], { stride: 2 }),
      ];
      return norm(tf.concat(halves, 3));
    }, x);
  const nodes = [s0, s1];
  for (let node = 0; node < 4; node++) {
    const incoming = EDGES.flatMap(({ node: target, source }, edge) => {
      if (target !== node) return [];
      const stride = reduction && source < 2 ? 2 : 1;
      const [active, bypass] = k > 1 ? splitChannels(nodes[source], k) : [nodes[source], undefined];
      const terms = operations.flatMap((operation, column) =>
        mask[edge * operations.length + column] && operation !== 'none'
          ? [
              tf.mul(
                apply(active, operation, stride, `_ops.${edge}._ops.${column}`),
                theta.slice([edge, column], [1, 1]).reshape([]),
              ) as tf.Tensor4D,
            ]
          : [],
      );
      const small = active.shape.map((size, axis) => (axis === 1 || axis === 2 ? size / stride : size));
      const mixed = terms.length
        ? tf.addN(terms)
        : (tf.zeros(small as [number, number, number, number]) as tf.Tensor4D);
      if (!bypass) return [mixed];
      const passed = stride === 2 ? maxPool2d(bypass, { size: 2, stride: 2, pad: 0 }) : bypass;
      return [channelShuffle(tf.concat([mixed, passed], 3), k)];
    });
    nodes.push(tf.addN(incoming));
  }
  return tf.concat(nodes.slice(2), 3) as tf.Tensor4D;
}

/** The value and the gradients of <cell, dy> for tensors by name; a gradient that does not exist is 0. */
function gradientsOf(
  tensors: Record<string, tf.Tensor>,
  dy: tf.Tensor,
  cell: (tensors: Record<string, tf.Tensor>) => tf.Tensor4D,
) {
  return tf.tidy(() => {
    const names = Object.keys(tensors);
    const { value, grads } = tf.valueAndGrads((...all: tf.Tensor[]) => {
      const y = cell(Object.fromEntries(names.map((name, i) => [name, all[i]])));
      // tfjs refuses the gradient of what the result does not depend on: depend on it by nothing.
      const nothing = tf.addN(all.map((t) => t.sum().mul(0)));
      return tf.add(y, nothing);
    })(Object.values(tensors), dy);
    return {
      y: value.dataSync(),
      gradients: Object.fromEntries(names.map((name, i) => [name, grads[i].dataSync()])),
    };
  });
}

onEachEngine('the fused DARTS cell', (name) => {
  for (const example of examples) {
    it(`agrees with its composition: ${title(example)}`, function () {
      this.timeout(60000);
      const { batch, side, channels, k, reduction, operations = OPERATIONS } = example;
      const small = reduction ? side / 2 : side;
      const shape = [batch, side, side, channels];
      const weights = weightsOf(example);
      const tensors: Record<string, tf.Tensor> = {
        s0: random(shape, 1),
        s1: random(shape, 2),
        theta: tf.tidy(() => random([14, operations.length], 3).abs() as tf.Tensor),
        ...weights,
      };
      const dy = random([batch, small, small, 4 * channels], 4);
      const want = gradientsOf(tensors, dy, ({ s0, s1, theta, ...rest }) =>
        composition(example, s0 as tf.Tensor4D, s1 as tf.Tensor4D, theta as tf.Tensor2D, rest as Weights),
      );
      const { engine } = backendOf(name);
      const level = tf.memory().numTensors;
      const run = (
        needs: 'alpha' | 'weights' | 'all',
        needsInputs: [boolean, boolean],
        tensorsOf: (name: string) => boolean,
      ) =>
        gradientsOf(
          Object.fromEntries(Object.entries(tensors).filter(([key]) => tensorsOf(key))),
          dy,
          (given) => {
            const { s0, s1, theta, ...rest }: Record<string, tf.Tensor> = { ...tensors, ...given };
            const options = { k, reduction, operations, mask: maskOf(example), needs, needsInputs };
            const { y, mean, variance } = fusedCell(
              s0 as tf.Tensor4D,
              s1 as tf.Tensor4D,
              theta as tf.Tensor2D,
              rest as Weights,
              options,
            );
            tf.dispose([mean!, variance!]);
            return y;
          },
        );
      // One pixel or few: the variance of a handful of values magnifies rounding.
      const tolerance = batch * small * small < 32 ? 2e-3 : 1e-4;
      const largest = Math.max(
        ...Object.keys(weights).flatMap((key) => Array.from(want.gradients[key], (v) => Math.abs(v))),
      );
      const all = [1, 2, 3].map((threads) => {
        engine.setThreads(threads);
        return run('all', [true, true], () => true);
      });
      engine.setThreads(2);
      const modes = [
        all[1],
        run('alpha', [true, true], (key) => key.length < 6),
        run('alpha', [false, true], (key) => key === 's1' || key === 'theta'),
        run('weights', [false, false], (key) => key.startsWith('_ops')),
      ];
      for (const { y, gradients } of modes) {
        expect(error(y, want.y)).to.be.below(tolerance);
        for (const [key, gradient] of Object.entries(gradients)) {
          // Relative to the largest of all weights: a lone weight's gradient is what large terms leave (c = 1).
          const scale = key.startsWith('_ops') ? Math.max(1, largest) : 1;
          const scaled = (v: ArrayLike<number>) => Float32Array.from(v, (x) => x / scale);
          expect(error(scaled(gradient), scaled(want.gradients[key])), key).to.be.below(tolerance);
        }
      }
      for (const other of [all[0], all[2]]) {
        expect(Buffer.compare(Buffer.from(all[1].y.buffer), Buffer.from(other.y.buffer))).to.equal(0);
        for (const [key, gradient] of Object.entries(other.gradients))
          expect(gradient, `${key} on any number of threads`).to.deep.equal(all[1].gradients[key]);
      }
      expect(tf.memory().numTensors).to.equal(level);
      tf.dispose([...Object.values(tensors), dy]);
    });
  }

  it('with the batch statistics given computes what training computes', () => {
    const example: Example = { batch: 3, side: 4, channels: 8, k: 2, reduction: true };
    const weights = weightsOf(example);
    const [s0, s1] = [1, 2].map((seed) => random([3, 4, 4, 8], seed) as tf.Tensor4D);
    const theta = random([14, 7], 3) as tf.Tensor2D;
    const options = { k: 2, reduction: true, operations: OPERATIONS };
    const { y, mean, variance } = fusedCell(s0, s1, theta, weights, options);
    const running = { mean: mean!, variance: variance! };
    const again = fusedCell(s0, s1, theta, weights, { ...options, running }).y;
    expect(error(again.dataSync(), y.dataSync())).to.be.below(1e-5);
    const narrow = { mean: theta, variance: theta };
    expect(() => fusedCell(s0, s1, theta, weights, { ...options, running: narrow })).to.throw(
      'running mean and variance [14,7]; expected both, of shape [126,4]',
    );
    tf.dispose([s0, s1, theta, y, again, mean!, variance!, ...Object.values(weights)]);
  });

  it('refuses what the kernels cannot compute, by name', () => {
    expect(canFuse(OPERATIONS) && canFuse(OPERATIONS_WITH_NONE)).to.equal(true);
    expect(canFuse([...OPERATIONS].reverse())).to.equal(false);
    const [s0, theta] = [random([1, 3, 3, 4], 1) as tf.Tensor4D, random([14, 7], 3) as tf.Tensor2D];
    const call = (options: { k: number; reduction: boolean }) => () =>
      fusedCell(s0, s0, theta, {}, { ...options, operations: OPERATIONS });
    expect(call({ k: 3, reduction: false })).to.throw('C divisible by k');
    expect(call({ k: 2, reduction: true })).to.throw('even sides');
    expect(call({ k: 2, reduction: false })).to.throw('w_0_0 missing');
    tf.dispose([s0, theta]);
  });
});
