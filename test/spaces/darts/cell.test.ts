// The composed DARTS cell: its derivative by theta, pruned operations, none, partial channels, and evaluation.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createStream } from '../../../src/random/stream.js';
import { type CellOptions, composedCell, STATISTICS_ROWS } from '../../../src/spaces/darts/cell.js';
import { EDGE_NORMS, normRow, weightShapes } from '../../../src/spaces/darts/edge.js';
import {
  EDGES,
  edgeStride,
  layersOf,
  OPERATIONS,
  OPERATIONS_WITH_NONE,
  type Operation,
} from '../../../src/spaces/darts/operations.js';

type Weights = Record<string, tf.Tensor4D>;

function weightsOf(c: number, reduction: boolean, operations: readonly Operation[] = OPERATIONS): Weights {
  const stream = createStream(7, 'weights');
  const weights: Weights = {};
  EDGES.forEach(({ source }, edge) => {
    operations.forEach((operation, column) => {
      for (const { name, dims } of weightShapes(layersOf(operation, edgeStride(source, reduction)), c)) {
        const size = dims.reduce((a, b) => a * b);
        const values = Array.from({ length: size }, () => 2 * stream.uniform() - 1);
        weights[`_ops.${edge}._ops.${column}.${name}.weight`] = tf.tensor4d(values, dims);
      }
    });
  });
  return weights;
}

const image = (shape: [number, number, number, number], seed: number) =>
  tf.randomNormal(shape, 0, 1, 'float32', seed) as tf.Tensor4D;

/** The cell's output and statistics as plain numbers. */
function run(
  inputs: [tf.Tensor4D, tf.Tensor4D],
  theta: number[],
  weights: Weights,
  options: CellOptions,
): { y: Float32Array; shape: number[]; mean?: number[][]; variance?: number[][] } {
  return tf.tidy(() => {
    const mixing = tf.tensor2d(theta, [14, options.operations.length]);
    const { y, mean, variance } = composedCell(...inputs, mixing, weights, options);
    const result = {
      y: y.dataSync() as Float32Array,
      shape: y.shape,
      mean: mean?.arraySync(),
      variance: variance?.arraySync(),
    };
    tf.dispose([mean, variance].filter((t) => t !== undefined));
    return result;
  });
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i])));

describe('DARTS cell', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  for (const reduction of [false, true]) {
    it(`has the derivative by theta that differences of its output show (${reduction ? 'reduction' : 'normal'} cell)`, () => {
      const [inputs, weights] = [[image([4, 6, 6, 4], 1), image([4, 6, 6, 4], 2)], weightsOf(2, reduction)];
      const stream = createStream(3, 'theta');
      const theta = Array.from({ length: 98 }, () => 0.05 + 0.2 * stream.uniform());
      const options: CellOptions = { k: 2, reduction, operations: OPERATIONS };
      const side = reduction ? 3 : 6;
      const upstream = image([4, side, side, 16], 5);
      const gradient = tf.tidy(() => {
        const cell = (t: tf.Tensor) => {
          const [s0, s1] = inputs;
          const { y, mean, variance } = composedCell(s0, s1, t as tf.Tensor2D, weights, options);
          tf.dispose([mean!, variance!]);
          return y as tf.Tensor;
        };
        return Array.from(
          tf
            .grad(cell)(tf.tensor2d(theta, [14, 7]), upstream)
            .dataSync(),
        );
      });
      const dy = upstream.dataSync();
      // Summed in double precision. The step is small enough to meet no kink of a relu or a maximum, and large enough for
      // float32 outputs.
      const value = (t: number[]) =>
        run(inputs as [tf.Tensor4D, tf.Tensor4D], t, weights, options).y.reduce(
          (sum, y, i) => sum + y * dy[i],
          0,
        );
      const step = 2e-4;
      const directions = [
        // One entry of each operation, on different edges, and three directions that move them all.
        ...OPERATIONS.map((_, column) => theta.map((_, i) => (i === 7 * (2 * column) + column ? 1 : 0))),
        ...[0, 1, 2].map(() => theta.map(() => 2 * stream.uniform() - 1)),
      ];
      for (const direction of directions) {
        const moved = (factor: number) => theta.map((v, i) => v + factor * direction[i]);
        const difference = (value(moved(step)) - value(moved(-step))) / (2 * step);
        const derivative = gradient.reduce((sum, g, i) => sum + g * direction[i], 0);
        const scale = Math.max(...gradient.map(Math.abs));
        expect(difference).to.be.closeTo(derivative, 1e-3 * scale);
      }
      tf.dispose([inputs, weights, upstream]);
    });
  }

  it('computes a pruned operation as if its weight were 0, and does not need its filters', () => {
    const [inputs, weights] = [
      [image([2, 4, 4, 4], 1), image([2, 4, 4, 4], 2)] as const,
      weightsOf(4, false),
    ];
    const mask = Array.from({ length: 98 }, (_, i) => (i % 3 === 0 ? 0 : 1));
    const theta = Array.from({ length: 98 }, (_, i) => 0.02 * (1 + (i % 7)));
    const options: CellOptions = { k: 1, reduction: false, operations: OPERATIONS };
    const kept = Object.fromEntries(
      Object.entries(weights).filter(([name]) => {
        const [, edge, column] = name.match(/_ops\.(\d+)\._ops\.(\d+)/)!;
        return mask[7 * Number(edge) + Number(column)] === 1;
      }),
    );
    expect(Object.keys(kept).length).to.be.lessThan(Object.keys(weights).length);
    const pair: [tf.Tensor4D, tf.Tensor4D] = [...inputs];
    const pruned = run(pair, theta, kept, { ...options, mask });
    const weightless = run(
      pair,
      theta.map((v, i) => v * mask[i]),
      weights,
      options,
    );
    expect(largestDifference(pruned.y, weightless.y)).to.be.lessThan(1e-5);
    // A pruned batch norm leaves no trace in the statistics: mean 0, variance 1.
    expect(pruned.mean![normRow(0, 'max_pool_3x3', 'op.1')]).to.deep.equal([0, 0, 0, 0]);
    expect(pruned.variance![normRow(0, 'max_pool_3x3', 'op.1')]).to.deep.equal([1, 1, 1, 1]);
    expect(pruned.mean![normRow(0, 'avg_pool_3x3', 'op.1')]).not.to.deep.equal([0, 0, 0, 0]);
    tf.dispose([...inputs]);
    tf.dispose(weights);
  });

  it('is the same function with none in front as without, when the other operations keep their weights', () => {
    const inputs: [tf.Tensor4D, tf.Tensor4D] = [image([2, 4, 4, 4], 1), image([2, 4, 4, 4], 2)];
    const [seven, eight] = [weightsOf(2, true), weightsOf(2, true, OPERATIONS_WITH_NONE)];
    const theta = Array.from({ length: 98 }, (_, i) => 0.03 * (1 + (i % 5)));
    const withNone = Array.from({ length: 14 }, (_, e) => [0.4, ...theta.slice(7 * e, 7 * e + 7)]).flat();
    const options = { k: 2, reduction: true };
    const a = run(inputs, theta, seven, { ...options, operations: OPERATIONS });
    const b = run(inputs, withNone, eight, { ...options, operations: OPERATIONS_WITH_NONE });
    expect(a.y).to.deep.equal(b.y);
    tf.dispose([inputs, seven, eight]);
  });

  it('passes k - 1 of k channels by, pooled where the cell reduces, and shuffles them in between', () => {
    const inputs: [tf.Tensor4D, tf.Tensor4D] = [image([1, 4, 4, 6], 1), image([1, 4, 4, 6], 2)];
    // Only skips with weight 0: what is left of node 0 is what passes by its two edges.
    const weights = weightsOf(2, true);
    const options: CellOptions = { k: 3, reduction: true, operations: OPERATIONS };
    const { y, shape } = run(inputs, new Array(98).fill(0), weights, options);
    expect(shape).to.deep.equal([1, 2, 2, 24]);
    const [a, b] = inputs.map((t) => t.arraySync());
    const largest = (t: number[][][][], row: number, column: number, channel: number) =>
      Math.max(...[0, 1].flatMap((i) => [0, 1].map((j) => t[0][2 * row + i][2 * column + j][channel])));
    for (const [row, column] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]) {
      // Groups of two: out[3 j + g] = in[2 g + j]; the first group, through the operations, is 0.
      const want = [0, 1].flatMap((j) =>
        [0, 1, 2].map((g) =>
          g === 0 ? 0 : largest(a, row, column, 2 * g + j) + largest(b, row, column, 2 * g + j),
        ),
      );
      const got = Array.from(y.slice((row * 2 + column) * 24, (row * 2 + column) * 24 + 6));
      expect(largestDifference(got, want)).to.be.lessThan(1e-6);
    }
    tf.dispose([inputs, weights]);
  });

  it('evaluates by the running statistics, one image like many', () => {
    const weights = weightsOf(2, false);
    const inputs: [tf.Tensor4D, tf.Tensor4D] = [image([3, 5, 3, 4], 1), image([3, 5, 3, 4], 2)];
    const theta = Array.from({ length: 98 }, (_, i) => 0.02 * (1 + (i % 4)));
    const options: CellOptions = { k: 2, reduction: false, operations: OPERATIONS };
    const trained = run(inputs, theta, weights, options);
    expect(trained.mean!.length).to.equal(STATISTICS_ROWS);
    const running = { mean: tf.tensor2d(trained.mean!), variance: tf.tensor2d(trained.variance!) };
    const evaluated = run(inputs, theta, weights, { ...options, running });
    expect(evaluated.mean).to.equal(undefined);
    expect(largestDifference(evaluated.y, trained.y)).to.be.lessThan(1e-4);
    const first = inputs.map((t) => t.slice([0, 0, 0, 0], [1, -1, -1, -1])) as [tf.Tensor4D, tf.Tensor4D];
    const alone = run(first, theta, weights, { ...options, running });
    expect(largestDifference(alone.y, evaluated.y.slice(0, alone.y.length))).to.be.lessThan(1e-5);
    tf.dispose([weights, inputs, first, Object.values(running)]);
  });

  it('packs the statistics of an edge in nine rows, one for each batch norm of its operations', () => {
    expect(EDGE_NORMS.map(({ operation, name }) => `${operation} ${name}`)).to.deep.equal([
      ...[
        'max_pool_3x3 op.1',
        'avg_pool_3x3 op.1',
        'skip_connect bn',
        'sep_conv_3x3 op.3',
        'sep_conv_3x3 op.7',
      ],
      ...['sep_conv_5x5 op.3', 'sep_conv_5x5 op.7', 'dil_conv_3x3 op.3', 'dil_conv_5x5 op.3'],
    ]);
    expect(normRow(13, 'dil_conv_5x5', 'op.3')).to.equal(STATISTICS_ROWS - 1);
  });

  it('refuses to halve odd sides', () => {
    const inputs: [tf.Tensor4D, tf.Tensor4D] = [image([2, 5, 4, 2], 1), image([2, 5, 4, 2], 2)];
    const weights = weightsOf(2, true);
    const options: CellOptions = { k: 1, reduction: true, operations: OPERATIONS };
    expect(() => run(inputs, new Array(98).fill(0.1), weights, options)).to.throw(
      /cannot halve an image of 5 pixels a side/,
    );
    tf.dispose([inputs, weights]);
  });
});
