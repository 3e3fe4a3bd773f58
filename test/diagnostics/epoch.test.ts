// Diagnostics inside a search: what an epoch reports, when, and that the search is the same with and without.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { Dataset } from '../../src/data/types.js';
import { type SearchConfig, searchConfig } from '../../src/search/config.js';
import type { DiagnosticsConfig } from '../../src/search/diagnosticsConfig.js';
import type { EpochEvent } from '../../src/search/events.js';
import { searchLoop } from '../../src/search/loop.js';
import { alphaDigest, runDigest } from '../../src/search/manifest.js';
import { parseSchedule } from '../../src/search/progressive/schedules.js';
import { disposeSearchState } from '../../src/search/state.js';
import { tinyConfig, tinyDataset, tinyState } from '../search/tiny.js';

describe('epochDiagnostics', () => {
  let dataset: Dataset;
  before(async () => {
    dataset = await tinyDataset();
  });

  const config = (overrides: Partial<SearchConfig> = {}) => tinyConfig({ epochs: 3, ...overrides });
  const run = async (settings: SearchConfig) => {
    const state = tinyState(settings);
    const epochs: EpochEvent[] = [];
    for await (const event of searchLoop(settings, state, { dataset }))
      if (event.event === 'epoch') epochs.push(event);
    disposeSearchState(state);
    return epochs;
  };
  const CHEAP: DiagnosticsConfig = {
    which: ['hessian', 'gradient-variance'],
    every: 2,
    images: 16,
    draws: 3,
  };

  it('reports after every so many epochs and after the last, and leaves the search’s bits alone', async () => {
    const tensors = tf.memory().numTensors;
    const plain = await run(config());
    const watched = await run(config({ diagnostics: CHEAP }));
    expect(watched.map(({ diagnostics }) => diagnostics !== undefined)).to.deep.equal([false, true, true]);
    expect(plain.every((event) => !('diagnostics' in event))).to.equal(true);
    watched.forEach(({ alpha, trainLoss }, e) => {
      expect(alphaDigest(alpha)).to.equal(alphaDigest(plain[e].alpha));
      expect(trainLoss).to.equal(plain[e].trainLoss);
    });
    expect(tf.memory().numTensors).to.equal(tensors);
    const { hessian, gradientVariance, ranking } = watched[1].diagnostics!;
    expect(ranking).to.equal(undefined);
    expect(hessian).to.include({ variable: 'mu', size: 30, images: 16 });
    expect(hessian).not.to.have.property('matrix');
    expect((hessian as { eigenvalues: number[] }).eigenvalues.length).to.equal(30);
    expect(gradientVariance).to.include({ sampler: 'dirichlet', draws: 3 });
    expect(gradientVariance!.variance).to.be.above(0);
  });

  it('ranks all architectures of a later stage’s operations', async () => {
    const settings = config({
      stages: parseSchedule('2:5:1:0,1:2:2:0', 'nasbench201'),
      diagnostics: { which: ['ranking'], every: 2, images: 8 },
    });
    const { ranking } = (await run(settings))[1].diagnostics!;
    // Two operations an edge are left; without a table there is nothing to compare with.
    expect(ranking).to.include({ architectures: 2 ** 6 });
    expect(ranking!.rows).to.deep.equal([]);
  });

  it('is absent by default, so that older configurations keep their digests', () => {
    expect('diagnostics' in config()).to.equal(false);
    expect(config({ diagnostics: null })).to.deep.equal(config());
    expect(runDigest(config({ diagnostics: CHEAP }), dataset)).not.to.equal(runDigest(config(), dataset));
  });

  it('refuses more images than the data have before the first step, not after the first epochs', async () => {
    const diagnostics: DiagnosticsConfig = { ...CHEAP, images: 8 * 1000 };
    const refusal = await run(config({ diagnostics })).catch((error: Error) => error.message);
    expect(refusal).to.match(/8000 images for diagnostics exceed the \d+ of the alpha half/);
  });

  it('refuses diagnostics that cannot be, before any work', () => {
    const refused = (diagnostics: object, more: Partial<SearchConfig> = {}) =>
      expect(() => config({ diagnostics: { ...CHEAP, ...diagnostics }, ...more }));
    refused({ which: ['entropy'] }).to.throw(/which is \["entropy"\], expected some of ranking/);
    refused({ images: 20 }).to.throw(/images is 20, expected a multiple of the batch size 8/);
    refused({ every: 0 }).to.throw(/every is 0/);
    refused({ epochs: 3 }).to.throw(/epochs does not exist/);
    refused({}, { sampler: 'uniform-path' }).to.throw(/alpha does not learn/);
    expect(() =>
      searchConfig('smoke', {
        space: 'darts',
        diagnostics: { which: ['ranking'], every: 1, images: 64, batchSize: 8 },
      }),
    ).to.throw(/no ranking in the space darts/);
  });
});
