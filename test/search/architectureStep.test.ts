// The architecture update with every sampler and both spaces: what runs, what is averaged, what is put where.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registerWasm } from '../../src/backend/register.js';
import { openDataset } from '../../src/data/open.js';
import type { Dataset } from '../../src/data/types.js';
import { concentration, concentrationDerivative } from '../../src/distributions/dirichlet.js';
import { pathwiseGradient } from '../../src/distributions/pathwiseGradient.js';
import { normal } from '../../src/random/normal.js';
import { createStream } from '../../src/random/stream.js';
import { firstOrderGradient, secondOrderGradient } from '../../src/search/architectureGradient.js';
import { epochBatches, toTensors } from '../../src/search/batches.js';
import { type SamplerName, type SearchConfig, searchConfig } from '../../src/search/config.js';
import { edgeShares } from '../../src/search/edgeWeights.js';
import { genotypeNow } from '../../src/search/evaluate.js';
import { lossOf } from '../../src/search/pass.js';
import { SAMPLER_NAMES, SAMPLERS } from '../../src/search/samplers/traits.js';
import {
  alphaRows,
  createSearchState,
  disposeSearchState,
  type SearchState,
  supernetShape,
} from '../../src/search/state.js';
import { architectureStep, type TensorBatch, weightStep } from '../../src/search/step.js';
import { matricesOf } from '../../src/search/theta.js';
import { parseGenotype } from '../../src/spaces/darts/genotype.js';
import { EDGES } from '../../src/spaces/darts/operations.js';
import { disposeLayers } from '../../src/spaces/layers.js';
import { CONV1, CONV3, EDGE_NAMES, NONE } from '../../src/spaces/nasbench201/operations.js';
import { drawConstantTheta } from './constantTheta.js';

describe('an architecture step', function () {
  this.timeout(60_000);
  let dataset: Dataset;
  let tensors = 0;
  before(async () => {
    await registerWasm({ log: () => {} });
    await tf.setBackend('drnas-wasm');
    dataset = await openDataset('procedural', { imageSize: 8 });
  });
  beforeEach(() => {
    tensors = tf.memory().numTensors;
  });
  afterEach(() => {
    expect(tf.memory().numTensors, 'tensors left behind').to.equal(tensors);
  });

  const configOf = (overrides: Partial<SearchConfig>) =>
    searchConfig('smoke', {
      dataset: 'procedural',
      batchSize: 8,
      regulariser: 'none',
      ...(overrides.space === 'darts' ? { stages: null, k: 4, epochs: 2, frozenEpochs: 0 } : {}),
      ...overrides,
    });
  /** Runs something on a fresh state with a batch of each half, and frees all of it. */
  const withState = <T>(
    overrides: Partial<SearchConfig>,
    use: (state: SearchState, batches: { valid: TensorBatch; train: TensorBatch }, config: SearchConfig) => T,
  ): T => {
    const config = configOf(overrides);
    const state = createSearchState(config, supernetShape(config, { classes: 10, imageChannels: 3 }));
    const batches = epochBatches(config, dataset, 0);
    const [valid, train] = [batches.valid(0), batches.train(0)].map((batch) => toTensors(batch, dataset));
    try {
      return use(state, { valid, train }, config);
    } finally {
      tf.dispose([valid.x, valid.y, train.x, train.y]);
      disposeSearchState(state);
    }
  };
  /**
   * Puts a small smooth network in the supernet's place, of which every entry of theta weighs a hidden unit: differences of a
   * supernet's loss cross kinks of ReLUs and maxima, and say nothing about its derivatives.
   */
  const smooth = (state: SearchState): void => {
    disposeLayers(state.net);
    const stream = createStream(3, 'smooth');
    const weights = (rows: number, columns: number, scale: number) =>
      tf.tidy(() =>
        tf.variable(
          tf.tensor2d(
            Array.from({ length: rows * columns }, () => scale * normal(stream)),
            [rows, columns],
          ),
        ),
      );
    state.net = {
      shape: state.net.shape,
      parameters: { first: weights(192, 30, 0.1), second: weights(30, 10, 1) },
      buffers: {},
    };
    state.space = {
      ...state.space,
      forward: ({ parameters: { first, second } }, x, theta) => {
        const hidden = tf.tanh(tf.matMul(x.reshape([-1, 192]), first as tf.Tensor2D));
        return tf.matMul(tf.mul(hidden, (theta as tf.Tensor2D).reshape([1, 30])), second as tf.Tensor2D);
      },
    };
  };
  const draw = (...names: (string | number)[]) => ({ stream: createStream(7, ...names), temperature: 2 });

  for (const space of ['nasbench201', 'darts'] as const) {
    for (const sampler of SAMPLER_NAMES) {
      it(`runs with ${sampler}, one theta for the network or one a cell, in the space ${space}`, () => {
        const { gradient, random } = SAMPLERS[sampler];
        for (const thetaPer of random ? (['network', 'cell'] as const) : (['network'] as const)) {
          withState({ space, sampler, thetaPer }, (state, { valid, train }) => {
            const before = alphaRows(state);
            if (gradient !== 'none') {
              // The score's first step has no baseline yet.
              for (const n of [0, 1]) {
                const { loss } = architectureStep(state, valid, 0.1, draw('valid', n));
                expect(loss).to.be.within(1, 30);
              }
              expect(alphaRows(state)).not.to.deep.equal(before);
            }
            const options = { learningRate: 0.01, clipNorm: 5, clipIncludesAlpha: false };
            const { gradientNorm } = weightStep(state, train, options, draw('train'));
            expect(gradientNorm).to.be.within(1e-3, 1e4);
            expect(alphaRows(state).flat().every(Number.isFinite)).to.equal(true);
          });
        }
      });
    }
  }

  it('averages the gradients of several samples, each of a draw of its own', () => {
    withState({}, (state, { valid }) => {
      const one = (...names: (string | number)[]) =>
        firstOrderGradient(state, valid, draw('valid', ...names)).gradients.alpha;
      const alone = [one(), one('sample', 1), one('sample', 2)];
      state.drawing.samplesPerStep = 3;
      const { gradAlpha } = architectureStep(state, valid, 0, draw('valid'));
      expect(alone[1]).not.to.deep.equal(alone[0]);
      gradAlpha.forEach((g, i) =>
        expect(g).to.be.closeTo((alone[0][i] + alone[1][i] + alone[2][i]) / 3, 1e-7 + 1e-5 * Math.abs(g)),
      );
    });
  });

  it('has, with one theta a cell, the gradient of the shared one where all cells happen to draw the same', () => {
    // dirichlet-mean draws nothing, so the cells' gradients add up to the network's.
    withState({ sampler: 'dirichlet-mean' }, (state, { valid }) => {
      const gradient = () => firstOrderGradient(state, valid, draw()).gradients.alpha;
      const shared = gradient();
      state.drawing.thetaPer = 'cell';
      const cells = gradient();
      shared.forEach((g, i) => expect(cells[i]).to.be.closeTo(g, 1e-6 + 1e-4 * Math.abs(g)));
    });
  });

  it('draws another theta for every cell, in the DARTS space of the rows that the cell uses', () => {
    withState({ space: 'darts', thetaPer: 'cell' }, (state) => {
      const { theta } = drawConstantTheta(state, draw());
      const matrices = matricesOf(theta);
      expect(matrices.map(({ shape }) => shape)).to.deep.equal(new Array(3).fill([EDGES.length, 7]));
      const values = matrices.map((m) => m.arraySync()[0][0]);
      expect(new Set(values).size).to.equal(3);
      tf.dispose(matrices);
      expect(() =>
        tf.tidy(() => state.space.forward(state.net, tf.zeros([2, 8, 8, 3]), [], { training: true })),
      ).to.throw(/0 thetas for 3 search cells/);
    });
  });

  it('multiplies the score by the loss less the baseline, and remembers the losses', () => {
    withState({ sampler: 'dirichlet-score' }, (state, { valid }) => {
      const first = architectureStep(state, valid, 0, draw('a'));
      expect(Math.max(...first.gradAlpha.map(Math.abs)), 'no baseline yet').to.equal(0);
      const { score } = firstOrderGradient(state, valid, draw('b'));
      const second = architectureStep(state, valid, 0, draw('b'));
      second.gradAlpha.forEach((g, i) =>
        expect(g).to.be.closeTo((second.loss - first.loss) * score![i], 1e-6 + 1e-5 * Math.abs(g)),
      );
      expect(state.lossAverage.count).to.equal(2);
    });
  });

  describe('of one operation an edge', () => {
    const convolutions = (state: SearchState, cell: string) =>
      EDGE_NAMES.flatMap((edge) =>
        [CONV1, CONV3].map((op) => `${cell}.edges.${edge}.${op}.op.1.weight`),
      ).filter((name) => state.net.parameters[name]);

    it('leaves the weights and running statistics of operations that did not run as they are', () => {
      withState({ sampler: 'gdas' }, (state, { train }) => {
        const options = { learningRate: 0.1, clipNorm: 0, clipIncludesAlpha: false };
        const mask = drawConstantTheta(state, draw('train'));
        tf.dispose(matricesOf(mask.theta));
        const chosen = mask.mask as number[];
        const copy = (v: tf.Variable) => Array.from(v.dataSync());
        const before = convolutions(state, 'cells.0').map((name) => copy(state.net.parameters[name]));
        // Statistics that a batch of nothing would pull towards 0 and 1.
        const buffer = state.net.buffers['cells.0.edges.running_mean'];
        tf.tidy(() => buffer.assign(tf.fill(buffer.shape, 3)));
        weightStep(state, train, options, draw('train'));
        const means = buffer.arraySync() as number[][];
        let ran = 0;
        convolutions(state, 'cells.0').forEach((name, row) => {
          const runs = chosen[Math.floor(row / 2) * 5 + (row % 2 ? CONV3 : CONV1)] === 1;
          const same = JSON.stringify(copy(state.net.parameters[name])) === JSON.stringify(before[row]);
          expect(same, name).to.equal(!runs);
          expect(
            means[row].every((m) => m === 3),
            `statistics of ${name}`,
          ).to.equal(!runs);
          ran += runs ? 1 : 0;
        });
        expect(ran, 'the draw says something').to.be.within(1, 11);
      });
    });

    it('blends the statistics of several draws of a step, each of the operations that ran in it', () => {
      withState({ sampler: 'gdas', samplesPerStep: 2 }, (state, { valid }) => {
        const masks = [draw('x'), { ...draw(), stream: draw('x').stream.split('sample', 1) }].map((given) => {
          const { theta, mask } = drawConstantTheta(state, given);
          tf.dispose(matricesOf(theta));
          return mask as number[];
        });
        const buffer = state.net.buffers['cells.0.edges.running_var'];
        tf.tidy(() => buffer.assign(tf.fill(buffer.shape, 7)));
        architectureStep(state, valid, 0.1, draw('x'));
        let once = 0;
        (buffer.arraySync() as number[][]).forEach((row, r) => {
          const at = Math.floor(r / 2) * 5 + (r % 2 ? CONV3 : CONV1);
          const ran = masks.filter((mask) => mask[at] === 1).length;
          once += ran === 1 ? 1 : 0;
          expect(
            row.every((v) => v === 7),
            `row ${r}, which ran ${ran} times`,
          ).to.equal(ran === 0);
        });
        expect(once, 'rows that ran in one draw only').to.be.above(0);
      });
    });

    it('is the same network as one with all operations under that theta', () => {
      withState({ sampler: 'dsnas' }, (state, { valid }) => {
        const drawn = drawConstantTheta(state, draw('x'));
        const loss = (given: typeof drawn) =>
          tf.tidy(() => lossOf(state, valid, given, 'alpha').loss.dataSync()[0]);
        expect(loss(drawn)).to.be.closeTo(loss({ ...drawn, mask: undefined }), 1e-5);
        tf.dispose(matricesOf(drawn.theta));
      });
    });

    for (const backend of ['drnas-wasm', 'cpu'])
      it(`survives cells in which nothing but none runs, in the fused kernels and op by op: ${backend}`, async () => {
        await tf.setBackend(backend);
        for (const sampler of ['gdas', 'dsnas'] as const) {
          withState({ sampler }, (state, { valid, train }) => {
            const rows = EDGE_NAMES.map(() => [0, 1, 2, 3, 4].map((o) => (o === NONE ? 80 : 0)));
            tf.tidy(() => state.alpha.assign(tf.tensor2d(rows)));
            const { gradAlpha } = architectureStep(state, valid, 0.1, { ...draw(), temperature: 0.1 });
            expect(gradAlpha.every((g) => Math.abs(g) < 1e-6)).to.equal(true);
            const options = { learningRate: 0.01, clipNorm: 5, clipIncludesAlpha: false };
            expect(weightStep(state, train, options, draw()).gradientNorm).to.be.finite;
          });
        }
        await tf.setBackend('drnas-wasm');
      });
  });

  describe('with edge normalisation (PC-DARTS)', () => {
    it('weighs the edges into a node by a softmax of their own, with its finite difference as gradient', () => {
      withState({ sampler: 'softmax', edgeNormalisation: true }, (state, { valid }) => {
        smooth(state);
        const start = [0.3, 0.5, -0.2, 0.1, 0.9, -0.4];
        tf.tidy(() => state.edges!.assign(tf.tensor1d(start)));
        const lossAt = (edges: number[]) => {
          tf.tidy(() => state.edges!.assign(tf.tensor1d(edges)));
          return firstOrderGradient(state, valid, draw()).loss;
        };
        const { gradients } = firstOrderGradient(state, valid, draw());
        expect(Math.abs(gradients.edges[0]), 'an edge alone into its node has the share 1').to.be.below(1e-6);
        const h = 0.02;
        start.forEach((_, e) => {
          const at = (by: number) => lossAt(start.map((v, i) => (i === e ? v + by : v)));
          expect(gradients.edges[e]).to.be.closeTo((at(h) - at(-h)) / (2 * h), 1e-4);
        });
        lossAt(start);
        const { gradEdges } = architectureStep(state, valid, 0.1, draw());
        gradEdges!.forEach((g, e) => expect(g).to.be.closeTo(gradients.edges[e], 1e-6));
        expect(Object.keys(state.alphaOptimiser.exportState())).to.include.members([
          'alpha/first',
          'edges/first',
        ]);
        expect(Array.from(state.edges!.dataSync())[1]).to.be.closeTo(
          start[1] - 0.1 * Math.sign(gradEdges![1]),
          1e-3,
        );
      });
    });

    it('has shares that sum to 1 for each node', () => {
      withState({ space: 'darts', edgeNormalisation: true }, (state) => {
        expect(state.space.edgeGroups.flat()).to.deep.equal([...Array(28).keys()]);
        expect(state.space.edgeGroups.map((group) => group.length)).to.deep.equal([2, 3, 4, 5, 2, 3, 4, 5]);
        const shares = edgeShares(
          Float32Array.from({ length: 28 }, (_, i) => Math.sin(i)),
          state.space.edgeGroups,
        );
        for (const group of state.space.edgeGroups)
          expect(group.reduce((sum, e) => sum + shares[e], 0)).to.be.closeTo(1, 1e-12);
      });
    });

    it('reads a node’s two edges in the DARTS space from the product of operation and edge', () => {
      withState({ space: 'darts', edgeNormalisation: true }, (state, _, config) => {
        const rows = Array.from({ length: 28 }, () => [1, 0, 0, 0, 0, 0, 0]);
        tf.tidy(() => state.alpha.assign(tf.tensor2d(rows)));
        // Into node 1 lead rows 2, 3 and 4 of the normal cell, with equal operations: the edges alone decide.
        const edges = Array.from({ length: 28 }, (_, e) => (e === 4 ? 2 : e === 2 ? 1 : 0));
        tf.tidy(() => state.edges!.assign(tf.tensor1d(edges)));
        const { normal } = parseGenotype(genotypeNow(config, state));
        expect(normal.slice(2, 4).map(([, source]) => source)).to.deep.equal([2, 0]);
      });
    });

    it('works with the score, whose edges still have a gradient of their own', () => {
      withState({ sampler: 'dirichlet-score', edgeNormalisation: true }, (state, { valid }) => {
        const { gradients, score } = firstOrderGradient(state, valid, draw());
        expect(Math.max(...gradients.edges.map(Math.abs))).to.be.above(1e-5);
        expect(score!.some((s) => s !== 0)).to.equal(true);
      });
    });
  });

  describe('of the second order', () => {
    const STEP = { learningRate: 0.5, momentum: 0.9, weightDecay: 3e-4 };

    /** Relative distance of the correction, second less first order, to that of a dense central difference over all alphas. */
    const compare = (sampler: SamplerName) =>
      withState({ sampler, order: 2 }, (state, { valid, train }) => {
        smooth(state);
        const options = { learningRate: 0.05, clipNorm: 5, clipIncludesAlpha: false };
        for (let n = 0; n < 3; n++) weightStep(state, train, options, draw('before', n));
        const { parameters } = state.net;
        const names = Object.keys(parameters);
        const saved = names.map((name) => tf.keep(parameters[name].clone()));
        const found = secondOrderGradient(state, valid, draw('valid'), { train, ...STEP });
        names.forEach((name, i) =>
          expect(Array.from(parameters[name].dataSync()), name).to.deep.equal(
            Array.from(saved[i].dataSync()),
          ),
        );
        const first = firstOrderGradient(state, valid, draw('valid'));

        // theta as its own derivative moves it: of softmax by the formula, of the Dirichlet by the pathwise Jacobian.
        const alpha = alphaRows(state);
        const thetaOf = (pass: 'train' | 'valid') => {
          const drawn = drawConstantTheta(
            state,
            pass === 'valid' ? draw('valid') : { ...draw(), stream: draw('valid').stream.split('unrolled') },
          );
          const base = matricesOf(drawn.theta)[0].arraySync();
          tf.dispose(matricesOf(drawn.theta));
          return (moved: number[][]) =>
            sampler === 'softmax'
              ? state.sampler.expected(moved)
              : base.map((theta, e) => {
                  const beta = alpha[e].map(concentration);
                  const unit = (i: number) => theta.map((_, j) => (i === j ? 1 : 0));
                  return theta.map((t, i) =>
                    pathwiseGradient(theta, beta, unit(i)).reduce(
                      (sum, g, j) =>
                        sum + g * concentrationDerivative(alpha[e][j]) * (moved[e][j] - alpha[e][j]),
                      t,
                    ),
                  );
                });
        };
        const [trainTheta, validTheta] = [thetaOf('train'), thetaOf('valid')];
        const constant = (theta: number[][]) => ({
          theta: tf.tensor2d(theta),
          mask: undefined,
          keepSkipped: false,
        });
        const momentum = state.weightOptimiser.exportState();
        const unrolledLoss = (moved: number[][]): number => {
          tf.tidy(() => {
            const given = constant(trainTheta(moved));
            const { grads } = tf.variableGrads(
              () => lossOf(state, train, given, 'weights').loss,
              Object.values(parameters),
            );
            for (const [i, name] of names.entries()) {
              const slope = tf.add(grads[parameters[name].name], tf.mul(saved[i], STEP.weightDecay));
              const m = tf.add(slope, tf.mul(tf.tensor(momentum[name], saved[i].shape), STEP.momentum));
              parameters[name].assign(tf.sub(saved[i], tf.mul(m, STEP.learningRate)));
            }
          });
          const loss = tf.tidy(
            () => lossOf(state, valid, constant(validTheta(moved)), 'alpha').loss.dataSync()[0],
          );
          names.forEach((name, i) => tf.tidy(() => parameters[name].assign(saved[i].clone())));
          return loss;
        };
        const h = 0.02;
        const truth = alpha.flatMap((row, e) =>
          row.map((_, o) => {
            const at = (by: number) =>
              unrolledLoss(alpha.map((r, f) => r.map((a, p) => (e === f && o === p ? a + by : a))));
            return (at(h) - at(-h)) / (2 * h);
          }),
        );
        tf.dispose(saved);
        const off = (g: Float64Array) => Math.hypot(...truth.map((t, i) => t - g[i])) / Math.hypot(...truth);
        return { second: off(found.gradients.alpha), first: off(first.gradients.alpha) };
      });

    for (const sampler of ['softmax', 'dirichlet'] as const) {
      it(`is the dense central difference of the unrolled loss, with the search’s own draws, momentum and sampler: ${sampler}`, () => {
        const { second, first } = compare(sampler);
        expect(second).to.be.below(5e-3);
        expect(first, 'the first order is another gradient').to.be.above(0.2);
      });
    }

    it('needs the training batch', () => {
      withState({ sampler: 'softmax', order: 2 }, (state, { valid }) => {
        expect(() => architectureStep(state, valid, 0.1, draw())).to.throw(/training batch/);
      });
    });

    it('mixes its three training passes by one theta, and validates under another', () => {
      withState({ order: 2 }, (state, { valid, train }) => {
        const used: number[][] = [];
        const { forward } = state.space;
        state.space = {
          ...state.space,
          forward: (net, x, theta, options) => {
            used.push(Array.from((theta as tf.Tensor2D).dataSync()));
            return forward(net, x, theta, options);
          },
        };
        architectureStep(state, valid, 0.1, draw(), 0, { train, ...STEP });
        expect(used).to.have.length(4);
        expect(used[2]).to.deep.equal(used[0]);
        expect(used[3]).to.deep.equal(used[0]);
        expect(used[1]).not.to.deep.equal(used[0]);
      });
    });
  });
});
