// The architecture Hessian: against the analytic one of a small problem, and properties it must have on a supernet.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { openDataset } from '../../src/data/open.js';
import {
  architectureHessian,
  centredLogits,
  dominantEigenvalues,
} from '../../src/diagnostics/architectureHessian.js';
import { fixedBatches } from '../../src/diagnostics/batches.js';
import { symmetricEigenvalues } from '../../src/diagnostics/spectrum.js';
import { createStream } from '../../src/random/stream.js';
import { searchConfig } from '../../src/search/config.js';
import { samplerOf } from '../../src/search/samplers/samplerOf.js';
import { disposeSearchState, type SearchState } from '../../src/search/state.js';
import type { TensorBatch } from '../../src/search/step.js';
import { tinyDataset, tinyState } from '../search/tiny.js';

const ALPHA = [
  [0.4, -0.7, 0.2],
  [-0.3, 0.9, -1.1],
];
/** logits[c] = sum over entries of theta times LOGITS[entry][c]; the images say nothing. */
const LOGITS = [
  [1.2, -0.4],
  [-0.9, 0.3],
  [0.1, 2.0],
  [0.7, 0.8],
  [-1.5, 0.6],
  [0.2, -1.1],
];

/** A search whose network is the linear map above: everything about it can be written down. */
function smallProblem(sampler: 'dirichlet' | 'softmax', mask?: number[][]) {
  const matrix = tf.tensor2d(LOGITS);
  const alpha = tf.tidy(() => tf.variable(tf.tensor2d(ALPHA)));
  const state = {
    space: {
      name: 'darts',
      forward: (_net: unknown, x: tf.Tensor4D, theta: tf.Tensor2D) =>
        tf.tile(tf.matMul(theta.reshape([1, 6]), matrix), [x.shape[0], 1]),
    },
    net: {},
    alpha,
    sampler: samplerOf(sampler),
    mask,
  } as unknown as SearchState;
  const batch: TensorBatch = {
    x: tf.zeros([5, 1, 1, 1]) as tf.Tensor4D,
    y: tf.tensor1d([0, 1, 1, 0, 1], 'int32'),
  };
  return { state, batch, dispose: () => tf.dispose([matrix, alpha, batch.x, batch.y]) };
}

/** Loss in float64 of the same problem; 3 of 5 labels are class 1. */
function loss(theta: number[][]): number {
  const [a, b] = [0, 1].map((c) => theta.flat().reduce((sum, t, i) => sum + t * LOGITS[i][c], 0));
  return Math.log(Math.exp(a) + Math.exp(b)) - 0.4 * a - 0.6 * b;
}
const divided = (rows: number[][]) => rows.map((row) => row.map((v) => v / row.reduce((x, y) => x + y, 0)));
const softmax = (rows: number[][]) => divided(rows.map((row) => row.map(Math.exp)));
const dirichletMean = (rows: number[][]) =>
  divided(rows.map((row) => row.map((a) => (a > 0 ? a + 1 : Math.exp(a)))));

/** Second derivatives of f at p by fourth-order differences in float64: exact to 1e-8 here. */
function denseTruth(f: (p: number[]) => number, p: number[]): number[][] {
  const h = 1e-2;
  const derivative = (g: (t: number) => number) => (8 * (g(h) - g(-h)) - (g(2 * h) - g(-2 * h))) / (12 * h);
  const moved = (q: number[], i: number, t: number) => q.map((v, k) => (k === i ? v + t : v));
  return p.map((_, i) =>
    p.map((__, j) => derivative((s) => derivative((t) => f(moved(moved(p, i, s), j, t))))),
  );
}

describe('architectureHessian on a problem that can be written down', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  const reshape = (p: number[]) => [p.slice(0, 3), p.slice(3)];
  const cases = [
    {
      name: 'alpha through the Dirichlet’s mean',
      sampler: 'dirichlet',
      variable: 'alpha',
      theta: dirichletMean,
      at: ALPHA,
    },
    { name: 'alpha through softmax', sampler: 'softmax', variable: 'alpha', theta: softmax, at: ALPHA },
    {
      name: 'mu of the Dirichlet',
      sampler: 'dirichlet',
      variable: 'mu',
      theta: softmax,
      at: centredLogits(dirichletMean(ALPHA)),
    },
  ] as const;
  for (const { name, sampler, variable, theta, at } of cases) {
    it(`agrees with the dense truth in ${name}`, () => {
      const { state, batch, dispose } = smallProblem(sampler);
      const truth = denseTruth((p) => loss(theta(reshape(p))), at.flat());
      const { matrix, eigenvalues, error } = architectureHessian(state, [batch], {
        variable,
        stream: createStream(1),
      });
      const largest = Math.max(...truth.flat().map(Math.abs));
      matrix.forEach((row, i) =>
        row.forEach((v, j) => expect(v, `${i},${j}`).to.be.closeTo(truth[i][j], 2e-3 * largest)),
      );
      const expected = symmetricEigenvalues(truth);
      eigenvalues.forEach((v, i) => expect(v).to.be.closeTo(expected[i], 3e-3 * largest));
      expect(error).to.be.below(2e-3 * largest);
      dispose();
    });
  }

  it('leaves out what is pruned', () => {
    const mask = [
      [1, 0, 1],
      [1, 1, 1],
    ];
    const { state, batch, dispose } = smallProblem('softmax', mask);
    const { size, matrix } = architectureHessian(state, [batch], {
      variable: 'alpha',
      stream: createStream(1),
    });
    const [[a, , b], rest] = ALPHA;
    const kept = (p: number[]) => {
      const [x, y] = softmax([p.slice(0, 2)])[0];
      return loss([[x, 0, y], softmax([p.slice(2)])[0]]);
    };
    const truth = denseTruth(kept, [a, b, ...rest]);
    expect(size).to.equal(5);
    matrix.forEach((row, i) => row.forEach((v, j) => expect(v).to.be.closeTo(truth[i][j], 2e-3)));
    dispose();
  });

  it('adds weight decay to the diagonal, which moves every eigenvalue by it', () => {
    const { state, batch, dispose } = smallProblem('softmax');
    const of = (weightDecay: number) =>
      architectureHessian(state, [batch], { weightDecay, step: 0.05, stream: createStream(1) }).eigenvalues;
    const plain = of(0);
    of(0.25).forEach((value, i) => expect(value).to.be.closeTo(plain[i] + 0.25, 1e-9));
    dispose();
  });
});

describe('architectureHessian on a supernet', () => {
  let state: SearchState;
  let batches: TensorBatch[];
  before(async () => {
    const dataset = await tinyDataset();
    state = tinyState();
    batches = fixedBatches(dataset, 16, 16);
  });
  after(() => {
    disposeSearchState(state);
    tf.dispose(batches.map(({ x, y }) => [x, y]));
  });

  it('has a flat direction for each edge in mu, and its largest eigenvalue also by Lanczos', () => {
    const tensors = tf.memory().numTensors;
    const { eigenvalues, error, size, gradients } = architectureHessian(state, batches, {
      stream: createStream(2),
    });
    expect([size, gradients]).to.deep.equal([30, 14 + 60]);
    // Adding a number to all of a row's mu changes nothing: six eigenvalues are 0.
    const flat = [...eigenvalues].map(Math.abs).sort((a, b) => a - b)[5];
    expect(flat).to.be.below(5 * error + 1e-4 * Math.abs(eigenvalues[0]));
    const lanczos = dominantEigenvalues(state, batches, {
      stream: createStream(2),
      iterations: 30,
      tolerance: 1e-4,
    });
    expect(lanczos.largest).to.be.closeTo(eigenvalues[0], 0.02 * Math.abs(eigenvalues[0]) + error);
    expect(tf.memory().numTensors).to.equal(tensors);
  });

  it('takes products alone in the DARTS space, over both cells’ parameters', async () => {
    const darts = searchConfig('smoke', { space: 'darts', dataset: 'procedural' });
    const dataset = await openDataset('procedural', { imageSize: darts.imageSize });
    const other = tinyState(darts);
    const few = fixedBatches(dataset, 8, 8);
    const options = { stream: createStream(1), step: 0.4, iterations: 2, tolerance: 0 };
    const tensors = tf.memory().numTensors;
    const found = dominantEigenvalues(other, few, options);
    // 28 edges with seven operations; two gradients an iteration.
    expect(found).to.include({ size: 196, iterations: 2, gradients: 4 });
    expect(found.largest).to.be.above(found.smallest);
    expect(found.residuals.largest).to.be.above(0);
    expect(tf.memory().numTensors).to.equal(tensors);
    disposeSearchState(other);
    tf.dispose(few.map(({ x, y }) => [x, y]));
  });
});
