// Widening in the DARTS space: what Net2Net preserves there, and the reference's misplaced statistics.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { normal } from '../../../src/random/normal.js';
import { createStream } from '../../../src/random/stream.js';
import type { WideningRule } from '../../../src/search/config.js';
import { widen } from '../../../src/search/progressive/widen.js';
import { searchCell } from '../../../src/spaces/darts/cell.js';
import { normRow } from '../../../src/spaces/darts/edge.js';
import { EDGES, NODES, OPERATIONS } from '../../../src/spaces/darts/operations.js';
import { dartsSpace } from '../../../src/spaces/darts/space.js';
import { createSupernet, type Supernet, type SupernetShape } from '../../../src/spaces/darts/supernet.js';
import { disposeLayers } from '../../../src/spaces/layers.js';
import { onEveryBackend } from '../../tensor/backends.js';

/** Of the three cells the second and the third reduce. Active channels: four, in the second cell eight; afterwards twice that. */
const shape: SupernetShape = {
  channels: 16,
  cells: 3,
  k: 4,
  classes: 10,
  imageSize: 8,
  imageChannels: 3,
  stem: 'cifar',
  operations: OPERATIONS,
};
const space = dartsSpace(OPERATIONS);

function trained(): Supernet {
  const net = createSupernet(shape, createStream(1));
  const draws = createStream(1, 'statistics');
  for (const buffer of Object.values(net.buffers)) {
    const values = Float32Array.from({ length: buffer.size }, () => 0.5 + Math.abs(normal(draws)));
    tf.tidy(() => buffer.assign(tf.tensor(values, buffer.shape)));
  }
  return net;
}

const grow = (net: Supernet, rule: WideningRule) =>
  widen(space, net, 2, { rule, stream: createStream(3, 'widen test') });

/** A cell on its active channels alone, in evaluation. */
function activeCell(net: Supernet, index: number, inputs: tf.Tensor4D[], theta: tf.Tensor2D): tf.Tensor4D {
  const prefix = `cells.${index}.`;
  const weights = Object.fromEntries(
    Object.entries(net.parameters)
      .filter(([name]) => name.startsWith(`${prefix}_ops.`))
      .map(([name, weight]) => [name.slice(prefix.length), weight as tf.Tensor as tf.Tensor4D]),
  );
  const running = {
    mean: net.buffers[`${prefix}edges.running_mean`] as tf.Tensor as tf.Tensor2D,
    variance: net.buffers[`${prefix}edges.running_var`] as tf.Tensor as tf.Tensor2D,
  };
  const options = { k: 1, reduction: index > 0, operations: OPERATIONS, running };
  return searchCell(inputs[0], inputs[1], theta, weights, options).y;
}

/** For each theta the largest deviation of the widened cell's output from a copy of the old one's, relative to the output. */
function deviations(rule: WideningRule, index: number, thetas: number[][][]): number[] {
  const net = trained();
  const wider = grow(net, rule);
  const { draws } = space.widenPlan(net, 2);
  const shared =
    wider.maps[draws.findIndex(({ name }) => name.startsWith(`cells.${index}.`) && name.includes('_ops.3.'))];
  const c = 4 * (index + 1);
  const map = rule === 'net2net' ? shared : Array.from({ length: 2 * c }, (_, j) => j % c);
  const measure = (theta: number[][]) => {
    const inputs = [5, 6].map((seed) => tf.randomNormal([2, 6, 6, c], 0, 1, 'float32', seed) as tf.Tensor4D);
    const copied = inputs.map((x) => tf.gather(x, map, 3));
    const mixing = tf.tensor2d(theta);
    // The output concatenates the nodes.
    const outputs = Array.from({ length: NODES }, (_, node) =>
      map.map((channel) => c * node + channel),
    ).flat();
    const old = tf.gather(activeCell(net, index, inputs, mixing), outputs, 3);
    const now = activeCell(wider.net as Supernet, index, copied, mixing);
    return tf.div(tf.max(tf.abs(tf.sub(now, old))), tf.max(tf.abs(old))).dataSync()[0];
  };
  const result = thetas.map((theta) => tf.tidy(() => measure(theta)));
  disposeLayers(net);
  disposeLayers(wider.net);
  return result;
}

/** One operation of the first edge, or a mixture of all there; or of all edges. */
const only = (column: number) =>
  EDGES.map((_, e) => OPERATIONS.map((_, o) => (e === 0 && o === column ? 1 : 0)));
const dense = EDGES.map((_, e) => OPERATIONS.map((_, o) => 0.05 + 0.03 * ((3 * e + 2 * o) % 7)));

onEveryBackend('net2net in the DARTS space', () => {
  for (const [index, kind] of ['normal', 'reduction'].entries()) {
    it(`gives copied outputs for copied inputs through each operation of a ${kind} cell`, () => {
      const all = deviations(
        'net2net',
        index,
        OPERATIONS.map((_, column) => only(column)),
      );
      OPERATIONS.forEach((operation, column) => expect(all[column], operation).to.be.below(1e-5));
    });

    it(`does so through a mixture and a whole ${kind} cell`, () => {
      const first = dense.map((row, e) => (e === 0 ? row : row.map(() => 0)));
      for (const error of deviations('net2net', index, [first, dense])) expect(error).to.be.below(1e-5);
    });

    it(`which the reference’s rule does not in a ${kind} cell`, () => {
      expect(deviations('reference', index, [dense])[0]).to.be.above(0.1);
    });
  }
});

describe('widening a factorised reduction', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  for (const rule of ['reference', 'net2net'] as const) {
    it(`${rule === 'reference' ? 'repeats the official misplacement of its statistics' : 'keeps statistics with their outputs'} (${rule})`, () => {
      const net = trained();
      const wider = grow(net, rule);
      const { draws } = space.widenPlan(net, 2);
      const [first, second] = ['conv_1', 'conv_2'].map(
        (half) => wider.maps[draws.findIndex(({ name }) => name === `cells.1._ops.0._ops.2.${half}.output`)],
      );
      const row = normRow(0, 'skip_connect', 'bn');
      const [old, now] = [net, wider.net].map(
        ({ buffers }) => (buffers['cells.1.edges.running_mean'].arraySync() as number[][])[row],
      );
      // Outputs: 4 + 4 channels become 8 + 8. DARTS-space/operations.py:201-206 appends both halves' copies at the end.
      const want =
        rule === 'reference'
          ? [0, 1, 2, 3, 4, 5, 6, 7, ...first.slice(4), ...second.slice(4)]
          : [...first, ...second.map((channel) => 4 + channel)];
      expect(now).to.deep.equal(want.map((channel) => old[channel]));
      disposeLayers(net);
      disposeLayers(wider.net);
    });
  }
});
