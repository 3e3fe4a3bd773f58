// A search of the DARTS space: its settings, its events, its readouts, its resumption.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registerWasm } from '../../src/backend/register.js';
import type { NasBench201 } from '../../src/benchmarks/nasbench201.js';
import { openDataset } from '../../src/data/open.js';
import type { Dataset } from '../../src/data/types.js';
import { createStream } from '../../src/random/stream.js';
import { epochBatches, toTensors } from '../../src/search/batches.js';
import { differencesFromReference, type SearchConfig, searchConfig } from '../../src/search/config.js';
import { genotypeNow } from '../../src/search/evaluate.js';
import { readRun } from '../../src/search/folder.js';
import { formatSchedule, parseSchedule } from '../../src/search/progressive/schedules.js';
import { runSearch } from '../../src/search/run.js';
import { createSearchState, disposeSearchState, supernetShape } from '../../src/search/state.js';
import { architectureStep } from '../../src/search/step.js';
import { parseGenotype } from '../../src/spaces/darts/genotype.js';
import { EDGES } from '../../src/spaces/darts/operations.js';

const BACKEND = { name: 'drnas-wasm', engine: 'wasm', threads: 1, reason: 'test' };
const smoke = (overrides: Partial<SearchConfig> = {}) =>
  searchConfig('smoke', { space: 'darts', dataset: 'procedural', ...overrides });

describe('settings of the DARTS space', () => {
  // DARTS-space/train_search.py.
  it('are the official CIFAR-10 script’s at paper scale', () => {
    const config = searchConfig('paper', { space: 'darts' });
    expect(config).to.deep.include({
      channels: 36,
      cells: 20,
      stem: 'cifar',
      k: 6,
      epochs: 50,
      frozenEpochs: 10,
      batchSize: 64,
      weightLearningRate: { initial: 0.1, final: 0, warmupEpochs: 0 },
      momentum: 0.9,
      weightDecay: 3e-4,
      clipNorm: 5,
      clipIncludesAlpha: false,
      alphaLearningRate: 6e-4,
      regulariserWeight: 1e-3,
      seed: 2,
    });
    expect(formatSchedule(config.stages!)).to.equal('6:7:25:10,4:4:25:10');
    expect(config).not.to.have.any.keys('cellsPerStage', 'readout', 'wideningRule');
    expect(differencesFromReference(config)).to.deep.equal([]);
  });

  // DARTS-space/train_search_imagenet.py.
  it('are the official ImageNet script’s with its stem', () => {
    const config = searchConfig('paper', { space: 'darts', stem: 'imagenet' });
    expect(config).to.deep.include({
      channels: 48,
      cells: 14,
      imageSize: 224,
      batchSize: 512,
      weightLearningRate: { initial: 0.5, final: 0, warmupEpochs: 5 },
      alphaLearningRate: 6e-3,
      alphaClipNorm: 5,
      seed: 0,
    });
    expect(formatSchedule(config.stages!)).to.equal('6:7:25:10,3:4:25:10');
    expect(differencesFromReference(config)).to.deep.equal([]);
  });

  it('take the paper’s eight operations only with none among them', () => {
    const stages = parseSchedule('darts-paper-text', 'darts');
    expect(() => searchConfig('paper', { space: 'darts', stages })).to.throw(/keeps 8 operations.*has 7/);
    expect(searchConfig('paper', { space: 'darts', stages, withNone: true }).stages).to.deep.equal(stages);
  });

  it('may leave the stages out', () => {
    const config = smoke({ stages: null, k: 4, epochs: 2, frozenEpochs: 0 });
    expect(config).not.to.have.property('stages');
    expect(config.epochs).to.equal(2);
  });

  it('refuse a k that does not divide C, settings of NAS-Bench-201, and too few cells', () => {
    const stages = parseSchedule('4:7:2:1,3:4:2:1', 'darts');
    expect(() => smoke({ stages })).to.throw(/stage 2: k = 3 does not divide the 8 channels/);
    expect(() => smoke({ cellsPerStage: 2 })).to.throw(/"cellsPerStage" does not exist in the space darts/);
    expect(() => smoke({ cells: 2 })).to.throw(/room for two reduction cells/);
  });
});

describe('a search of the DARTS space', function () {
  this.timeout(60_000);
  let dataset: Dataset;
  let folder: string;
  before(async () => {
    await registerWasm({ log: () => {} });
    await tf.setBackend('drnas-wasm');
    dataset = await openDataset('procedural', { imageSize: 8 });
    folder = mkdtempSync(join(tmpdir(), 'drnas-darts-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const stateOf = (config: SearchConfig) =>
    createSearchState(config, supernetShape(config, { classes: 10, imageChannels: 3 }));
  const run = (name: string, stopAfter?: number) => {
    const controller = new AbortController();
    let seen = 0;
    return runSearch(smoke(), {
      folder: join(folder, name),
      dataset,
      backend: BACKEND,
      // A table of the other space is not asked: this one would throw.
      table: {} as NasBench201,
      resume: true,
      signal: controller.signal,
      onEvent: ({ event }) => {
        if (event !== 'step' && ++seen === stopAfter) controller.abort(new Error('stop'));
      },
    });
  };

  it('resumes to the same bits around its stage boundary, and says which cells it found', async () => {
    const tensors = tf.memory().numTensors;
    const whole = await run('whole');
    // After epoch 2; after the boundary; after epoch 3.
    for (const stop of [2, 1, 1])
      await run('cut', stop).catch((error: Error) => expect(error.message).to.equal('stop'));
    const resumed = await run('cut');
    expect(resumed.alphaSha256).to.equal(whole.alphaSha256);
    expect(resumed.finalTrainLoss).to.equal(whole.finalTrainLoss);
    expect(readRun(join(folder, 'cut')).manifest.resumed).to.have.length(3);
    expect(tf.memory().numTensors, 'tensors left behind').to.equal(tensors);

    const { epochs, stages } = readRun(join(folder, 'whole'));
    expect(stages.map(({ stage, k, operations }) => [stage, k, operations])).to.deep.equal([[2, 2, 4]]);
    const last = epochs[3];
    expect(last.alpha.map((row) => row.length)).to.deep.equal(new Array(28).fill(7));
    const { normal, reduce } = parseGenotype(last.genotype);
    expect(last.cells).to.deep.equal({ normal, reduce });
    expect(whole.cells).to.deep.equal({ normal, reduce });
    expect(last).not.to.have.any.keys('lookup', 'band');
  });

  it('reads other edges from softmax(alpha), as the code does, than from the Dirichlet’s mean, as the paper says', () => {
    const state = stateOf(smoke());
    // The three edges into node 1. Largest softmax weights: e^3/(e^3+6) = .770, e^1.5/(e^1.5+2) = .691, 1/2;
    // largest Dirichlet means, with beta = alpha + 1 for positive alphas and e^alpha else: 4/10, 2.5/4.5 = .556, 1/2.
    const rows = EDGES.map(() => new Array(7).fill(0));
    rows[2] = [3, 0, 0, 0, 0, 0, 0];
    rows[3] = [1.5, 0, 0, -20, -20, -20, -20];
    rows[4] = [4, 4, -20, -20, -20, -20, -20];
    tf.tidy(() => state.alpha.assign(tf.tensor2d([...rows, ...rows])));
    const sources = (readout?: SearchConfig['readout']) =>
      parseGenotype(genotypeNow(smoke({ readout }), state))
        .normal.slice(2, 4)
        .map(([, source]) => source);
    expect(sources('softmax')).to.deep.equal([0, 1]);
    expect(sources('dirichlet-mean')).to.deep.equal([1, 2]);
    expect(sources(), 'the code’s way is the default').to.deep.equal([0, 1]);
    disposeSearchState(state);
  });

  it('clips alpha’s gradient where it is told to (DARTS-space/train_search_imagenet.py)', () => {
    const config = smoke({ regulariser: 'none' });
    const moments = [0, 1e-3].map((clipNorm) => {
      const state = stateOf(config);
      const batch = toTensors(epochBatches(config, dataset, 0).valid(0), dataset);
      const { gradAlpha } = architectureStep(state, batch, 0.1, { stream: createStream(0) }, clipNorm);
      const first = state.alphaOptimiser.exportState()['alpha/first'];
      tf.dispose([batch.x, batch.y]);
      disposeSearchState(state);
      return { norm: Math.hypot(...gradAlpha), first: Math.hypot(...first) };
    });
    // The first moment after one step is (1 - 0.5) times the gradient.
    expect(moments[0].first).to.be.closeTo(0.5 * moments[0].norm, 1e-6);
    expect(moments[1].first).to.be.closeTo(0.5e-3, 1e-6);
    expect(moments[1].norm).to.equal(moments[0].norm);
  });
});
