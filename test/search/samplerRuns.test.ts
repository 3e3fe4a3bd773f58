// Searches with every sampler and every new setting: they end, resume to the same bits, and do not depend on the threads.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registerNative, registerWasm } from '../../src/backend/register.js';
import { openDataset } from '../../src/data/open.js';
import type { Dataset } from '../../src/data/types.js';
import { type SearchConfig, searchConfig } from '../../src/search/config.js';
import { readRun } from '../../src/search/folder.js';
import { runSearch } from '../../src/search/run.js';
import { SAMPLER_NAMES } from '../../src/search/samplers/traits.js';
import { readTensorFile } from '../../src/search/tensorFile.js';

const BACKEND = { name: 'drnas-wasm', engine: 'test', threads: 1, reason: 'test' };

/** The DARTS space in a single stage. */
const DARTS: Partial<SearchConfig> = { space: 'darts', stages: null, k: 4, epochs: 2, frozenEpochs: 0 };

describe('a search with', function () {
  this.timeout(60_000);
  let dataset: Dataset;
  let base: string;
  let native = false;
  before(async () => {
    native = registerNative({ threads: 1, log: () => {} });
    await registerWasm({ log: () => {} });
    await tf.setBackend(native ? 'drnas-native' : 'drnas-wasm');
    dataset = await openDataset('procedural', { imageSize: 8 });
    base = mkdtempSync(join(tmpdir(), 'drnas-samplers-'));
  });
  after(() => {
    if (native) registerNative({ log: () => {} });
    rmSync(base, { recursive: true, force: true });
  });

  const config = (overrides: Partial<SearchConfig>) =>
    searchConfig('smoke', {
      dataset: 'procedural',
      batchSize: 8,
      evaluationImages: 8,
      ...(overrides.space === 'darts' ? { stepsPerEpoch: 1 } : { stepsPerEpoch: 2, epochs: 2 }),
      ...overrides,
    });
  const run = (settings: SearchConfig, name: string, stopAfterEpochs = 0) => {
    const controller = new AbortController();
    let seen = 0;
    return runSearch(settings, {
      folder: join(base, name),
      dataset,
      backend: BACKEND,
      resume: true,
      signal: controller.signal,
      onEvent: ({ event }) => {
        if (event === 'epoch' && ++seen === stopAfterEpochs) controller.abort(new Error('stop'));
      },
    });
  };
  const cases: [string, Partial<SearchConfig>][] = [
    ...SAMPLER_NAMES.map((sampler): [string, Partial<SearchConfig>] => [sampler, { sampler }]),
    ['dirichlet-score, three samples a step', { sampler: 'dirichlet-score', samplesPerStep: 3 }],
    ['one theta a cell', { thetaPer: 'cell' }],
    ['the second order', { sampler: 'softmax', order: 2 }],
    ['the second order of the paper’s sampler', { order: 2 }],
    ['edge normalisation', { edgeNormalisation: true, k: 2 }],
    ['the DARTS space in stages, gdas', { space: 'darts', sampler: 'gdas', thetaPer: 'cell' }],
    ['the DARTS space, edge normalisation', { ...DARTS, sampler: 'softmax', edgeNormalisation: true }],
    ['the DARTS space, second order', { ...DARTS, order: 2 }],
  ];

  cases.forEach(([name, overrides], i) => {
    it(`${name}: resumes to the same bits, on two threads as on one`, async () => {
      const settings = config(overrides);
      const tensors = tf.memory().numTensors;
      const whole = await run(settings, `${i}-whole`);
      await run(settings, `${i}-cut`, 1).then(
        () => expect.fail('should have stopped'),
        (error: Error) => expect(error.message).to.equal('stop'),
      );
      if (native) registerNative({ threads: 2, log: () => {} });
      const resumed = await run(settings, `${i}-cut`);
      if (native) registerNative({ threads: 1, log: () => {} });
      expect(resumed.alphaSha256).to.equal(whole.alphaSha256);
      expect(resumed.finalTrainLoss).to.equal(whole.finalTrainLoss);
      expect(resumed.genotype).to.equal(whole.genotype);
      expect(tf.memory().numTensors, 'tensors left behind').to.equal(tensors);
      const { epochs, manifest } = readRun(join(base, `${i}-cut`));
      expect(manifest.resumed).to.have.length(1);
      for (const row of epochs[0].mixing) expect(row.reduce((a, b) => a + b)).to.be.closeTo(1, 1e-9);
    });
  });

  it('gumbel noise cools as the official script has it, and says so', async () => {
    const settings = config({ sampler: 'gumbel-softmax', temperature: { initial: 8, final: 2 }, epochs: 3 });
    await run(settings, 'temperature');
    const { epochs } = readRun(join(base, 'temperature'));
    expect(epochs.map(({ temperature }) => temperature)).to.deep.equal([8, 6, 4]);
  });

  it('the score keeps the moving average of its losses in the checkpoint, edge normalisation its parameters and moments', async () => {
    await run(config({ sampler: 'dirichlet-score', edgeNormalisation: true }), 'kept');
    const { arrays } = readTensorFile(join(base, 'kept', 'checkpoints', 'last.safetensors'));
    expect(arrays.lossAverage[1], 'losses averaged').to.equal(2 * 2);
    expect(arrays.edges).to.have.length(6);
    expect(arrays).to.include.keys('adam/edges/first', 'adam/alpha/first');
    const { epochs } = readRun(join(base, 'kept'));
    expect(epochs[1].edges![0], 'the only edge into node 1').to.equal(1);
    expect(epochs[1].edges![1] + epochs[1].edges![2]).to.be.closeTo(1, 1e-12);
  });

  it('uniform paths moves no alpha', async () => {
    await run(config({ sampler: 'uniform-path' }), 'paths');
    const { epochs } = readRun(join(base, 'paths'));
    expect(epochs[1].alpha).to.deep.equal(epochs[0].alpha);
    expect(epochs[1].validLoss).to.equal(null);
    expect(epochs[1].trainLoss).to.be.within(1, 10);
  });
});
