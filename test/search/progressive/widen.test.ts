// Widening: what each rule does to weights, statistics and momentum, entry by entry, and what it preserves.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { normal } from '../../../src/random/normal.js';
import { createStream } from '../../../src/random/stream.js';
import {
  type ChannelMap,
  drawMaps,
  laidOut,
  misplaced,
} from '../../../src/search/progressive/channelMaps.js';
import { gather, widen } from '../../../src/search/progressive/widen.js';
import { disposeLayers } from '../../../src/spaces/layers.js';
import { searchCell } from '../../../src/spaces/nasbench201/cell.js';
import { CONV1, CONV3, EDGE_NAMES } from '../../../src/spaces/nasbench201/operations.js';
import { nasbench201Space as space } from '../../../src/spaces/nasbench201/space.js';
import { createSupernet, type Supernet } from '../../../src/spaces/nasbench201/supernet.js';
import type { WidenPlan } from '../../../src/spaces/space.js';
import { onEveryBackend } from '../../tensor/backends.js';

const shape = { channels: 8, cellsPerStage: 1, classes: 10, imageSize: 8, imageChannels: 3, k: 4 };
const stream = () => createStream(3, 'widen test');

/** A supernet whose running statistics are not those of a fresh one. */
function trained(): Supernet {
  const net = createSupernet(shape, createStream(1));
  const draws = createStream(1, 'statistics');
  for (const buffer of Object.values(net.buffers)) {
    const values = Float32Array.from({ length: buffer.size }, () => 0.5 + Math.abs(normal(draws)));
    tf.tidy(() => buffer.assign(tf.tensor(values, buffer.shape)));
  }
  return net;
}

const values = (t: tf.Tensor) => Float32Array.from(t.dataSync() as Float32Array);

describe('widening', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('gathers along an axis, and divides by the number of copies where asked for', () => {
    // [2, 3]: rows 0 1 2 and 10 11 12; channel 0 three times, channel 2 once.
    const matrix = Float32Array.of(0, 1, 2, 10, 11, 12);
    expect([...gather(matrix, [2, 3], 1, [0, 1, 2, 0, 0], false)]).to.deep.equal([
      0, 1, 2, 0, 0, 10, 11, 12, 10, 10,
    ]);
    const [third] = Float32Array.of(10 / 3);
    expect([...gather(matrix, [2, 3], 1, [0, 1, 2, 0, 0], true)]).to.deep.equal([
      0,
      1,
      2,
      0,
      0,
      third,
      11,
      12,
      third,
      third,
    ]);
    expect([...gather(matrix, [2, 3], 0, [0, 1, 1], false)]).to.deep.equal([0, 1, 2, 10, 11, 12, 10, 11, 12]);
  });

  for (const rule of ['reference', 'net2net'] as const) {
    it(`copies each weight and its momentum entry by entry (${rule})`, () => {
      const net = trained();
      // Any momentum: here one that tells its entries apart.
      const momentum = Object.fromEntries(
        Object.entries(net.parameters).map(([name, p]) => [
          name,
          Float32Array.from({ length: p.size }, (_, i) => i + 1),
        ]),
      );
      const plan = space.widenPlan(net, 2);
      const wider = widen(space, net, 2, { rule, stream: stream() });
      const widerMomentum = wider.momentum(momentum);
      const drawOf = (name: string) => plan.draws.findIndex((draw) => draw.name === name);
      for (const [name, weight] of Object.entries(net.parameters)) {
        const after = wider.net.parameters[name];
        if (!name.includes('.edges.')) {
          expect([...values(after)], name).to.deep.equal([...values(weight)]);
          expect(widerMomentum[name], name).to.equal(momentum[name]);
          continue;
        }
        const [size, , c] = weight.shape;
        const [input, output] = ['input', 'output'].map(
          (end) => wider.maps[drawOf(name.replace('weight', end))],
        );
        expect(after.shape).to.deep.equal([size, size, 2 * c, 2 * c]);
        for (const [old, now] of [
          [values(weight), values(after)],
          [momentum[name], widerMomentum[name]],
        ]) {
          for (let tap = 0; tap < size * size; tap++)
            for (let i = 0; i < 2 * c; i++)
              for (let o = 0; o < 2 * c; o++) {
                const copies =
                  rule === 'net2net' ? input.filter((channel) => channel === input[i]).length : 1;
                const want = Math.fround(old[(tap * c + input[i]) * c + output[o]] / copies);
                expect(now[(tap * 2 * c + i) * 2 * c + o], `${name} ${tap} ${i} ${o}`).to.equal(want);
              }
        }
      }
      disposeLayers(net);
      disposeLayers(wider.net);
    });
  }

  it('extends running statistics with the map of the convolution’s output', () => {
    const net = trained();
    const wider = widen(space, net, 2, { rule: 'reference', stream: stream() });
    const { draws } = space.widenPlan(net, 2);
    for (const statistic of ['running_mean', 'running_var']) {
      const [old, now] = [net, wider.net].map(
        (n) => n.buffers[`cells.2.edges.${statistic}`].arraySync() as number[][],
      );
      EDGE_NAMES.forEach((edge, e) => {
        [CONV1, CONV3].forEach((op, i) => {
          const d = draws.findIndex(({ name }) => name === `cells.2.edges.${edge}.${op}.op.1.output`);
          expect(now[2 * e + i]).to.deep.equal(wider.maps[d].map((channel) => old[2 * e + i][channel]));
        });
      });
    }
    disposeLayers(net);
    disposeLayers(wider.net);
  });

  it('begins every map with the old channels and draws each of the reference’s on its own', () => {
    const net = trained();
    const plan = space.widenPlan(net, 1);
    const maps = drawMaps(plan, 'reference', stream());
    // 3 cells x 6 edges x 2 convolutions x (input, output).
    expect(maps).to.have.length(72);
    maps.forEach((map, d) => {
      const { from, to } = plan.draws[d];
      expect(map).to.have.length(to);
      expect(map.slice(0, from)).to.deep.equal([...Array(from).keys()]);
      expect(Math.max(...map)).to.be.below(from);
    });
    expect(new Set(maps.slice(0, 24).map(String)).size).to.be.above(12);
    const shared = drawMaps(plan, 'net2net', stream());
    expect(new Set(shared.slice(0, 24).map(String)).size, 'one map a cell').to.equal(1);
    expect(String(shared[0])).not.to.equal(String(shared[70]));
    disposeLayers(net);
  });

  it('draws operations anew, drops their momentum and keeps the rest (reinitialise)', () => {
    const net = trained();
    const momentum = Object.fromEntries(Object.entries(net.parameters).map(([name, p]) => [name, values(p)]));
    const wider = widen(space, net, 2, { rule: 'reinitialise', stream: stream() });
    const name = 'cells.0.edges.1<-0.3.op.1.weight';
    // PyTorch's default: uniform within 1/sqrt(fan in), fan in 9 x 4.
    const drawn = values(wider.net.parameters[name]);
    expect(Math.max(...drawn.map(Math.abs))).to.be.within(0.8 / 6, 1 / 6);
    expect(wider.momentum(momentum)).not.to.have.property(name);
    expect(wider.momentum(momentum)).to.have.property('stem.0.weight');
    expect([...values(wider.net.buffers['cells.0.edges.running_mean'])]).to.deep.equal(new Array(48).fill(0));
    expect([...values(wider.net.parameters['stem.0.weight'])]).to.deep.equal([
      ...values(net.parameters['stem.0.weight']),
    ]);
    disposeLayers(net);
    disposeLayers(wider.net);
  });

  it('repeats the reference’s misplaced statistics of a factorised reduction only under the reference’s rule', () => {
    // Halves of two channels each, grown to three: outputs old1 copy1 old2 copy2, statistics old1 old2 copies
    // (DARTS-space/operations.py:201-206).
    const maps: ChannelMap[] = [
      [0, 1, 1],
      [0, 1, 0],
    ];
    expect(laidOut(maps, [2, 2])).to.deep.equal([0, 1, 1, 2, 3, 2]);
    expect(misplaced(maps, [2, 2])).to.deep.equal([0, 1, 2, 3, 1, 0]);
  });

  it('gives a cell with a factorised reduction one net2net map that keeps the halves apart', () => {
    const plan: WidenPlan = {
      draws: [
        { name: 'whole', from: 4, to: 8 },
        { name: 'first half', from: 2, to: 4 },
        { name: 'second half', from: 2, to: 4 },
      ],
      parameters: {
        'cells.1.a.weight': [{ axis: 2, draws: [0], summed: true }],
        'cells.1.conv_1.weight': [{ axis: 3, draws: [1], summed: false }],
        'cells.1.conv_2.weight': [{ axis: 3, draws: [2], summed: false }],
      },
      buffers: { 'cells.1.edges.running_mean': [{ row: 0, draws: [1, 2] }] },
    };
    const [whole, first, second] = drawMaps(plan, 'net2net', stream());
    expect(whole).to.deep.equal([...first, ...second.map((channel) => channel + 2)]);
    expect(whole.slice(0, 4).every((channel) => channel < 2)).to.equal(true);
  });
});

/** One cell of a supernet on its active channels alone: the mixtures without bypass. */
function activeCell(net: Supernet, x: tf.Tensor4D, theta: tf.Tensor2D, training: boolean): tf.Tensor4D {
  const weights = EDGE_NAMES.flatMap((edge) =>
    [CONV1, CONV3].map((op) => net.parameters[`cells.0.edges.${edge}.${op}.op.1.weight`] as tf.Tensor4D),
  );
  const running = {
    mean: net.buffers['cells.0.edges.running_mean'] as tf.Tensor2D,
    variance: net.buffers['cells.0.edges.running_var'] as tf.Tensor2D,
  };
  const { y, mean, variance } = searchCell(x, theta, weights, {
    k: 1,
    running: training ? undefined : running,
  });
  tf.dispose([mean, variance].filter((t) => t !== undefined));
  return y;
}

/** Largest deviation of the widened cell's output from a copy of the old one's, relative to the output. */
function deviation(rule: 'reference' | 'net2net', theta: number[][], training = false): number {
  const net = trained();
  const wider = widen(space, net, 2, { rule, stream: stream() });
  const map = rule === 'net2net' ? wider.maps[0] : [0, 1, 0, 1];
  const result = tf.tidy(() => {
    const x = tf.randomNormal([3, 6, 6, 2], 0, 1, 'float32', 5) as tf.Tensor4D;
    const mixing = tf.tensor2d(theta);
    const old = tf.gather(activeCell(net, x, mixing, training), map, 3);
    const now = activeCell(wider.net as Supernet, tf.gather(x, map, 3), mixing, training);
    return tf.div(tf.max(tf.abs(tf.sub(now, old))), tf.max(tf.abs(old))).dataSync()[0];
  });
  disposeLayers(net);
  disposeLayers(wider.net);
  return result;
}

onEveryBackend('net2net', () => {
  const none = () => Array.from({ length: 6 }, () => [0, 0, 0, 0, 0]);
  /** Edge 3<-0 alone reaches the output. */
  const edge = (row: number[]) => none().map((zeros, e) => (e === 3 ? row : zeros));
  const dense = none().map((row, e) => row.map((_, o) => 0.1 + 0.05 * ((3 * e + 2 * o) % 5)));

  for (const [what, theta] of [
    ['a 1x1 convolution', edge([0, 0, 1, 0, 0])],
    ['a 3x3 convolution', edge([0, 0, 0, 1, 0])],
    ['a skip', edge([0, 1, 0, 0, 0])],
    ['a pool', edge([0, 0, 0, 0, 1])],
    ['a mixture', edge([0.1, 0.2, 0.3, 0.25, 0.15])],
    ['a whole cell', dense],
  ] as const) {
    it(`gives copied outputs for copied inputs through ${what}`, () => {
      expect(deviation('net2net', theta as number[][])).to.be.below(1e-5);
    });
  }

  it('does so with batch statistics too', () => {
    expect(deviation('net2net', dense, true)).to.be.below(1e-4);
  });

  it('which the reference’s rule, misnamed net2wider, does not', () => {
    expect(deviation('reference', dense)).to.be.above(0.1);
  });
});
