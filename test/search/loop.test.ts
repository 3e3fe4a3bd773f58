// The loop: what its events say, in which order things happen, and what never changes.
import { expect } from 'chai';
import type { Dataset } from '../../src/data/types.js';
import { epochBatches, stepsPerEpoch } from '../../src/search/batches.js';
import { type SearchConfig, searchConfig } from '../../src/search/config.js';
import type { EpochEvent, SearchEvent } from '../../src/search/events.js';
import { alphaLearningRateAt } from '../../src/search/learningRates.js';
import { mixingEntropy, searchLoop } from '../../src/search/loop.js';
import { alphaRows, disposeSearchState } from '../../src/search/state.js';
import { tinyDataset, tinyState } from './tiny.js';

describe('searchLoop', () => {
  let dataset: Dataset;
  before(async () => {
    dataset = await tinyDataset();
  });

  const config = (overrides: Partial<SearchConfig> = {}) =>
    searchConfig('smoke', {
      dataset: 'procedural',
      epochs: 4,
      stepsPerEpoch: 2,
      batchSize: 8,
      evaluationImages: 0,
      ...overrides,
    });
  const run = async (settings: SearchConfig) => {
    const state = tinyState(settings);
    const initial = alphaRows(state);
    const events: SearchEvent[] = [];
    for await (const event of searchLoop(settings, state, { dataset })) events.push(event);
    disposeSearchState(state);
    return { initial, events, epochs: events.filter((e): e is EpochEvent => e.event === 'epoch') };
  };

  it('yields an event a step and one after each epoch', async () => {
    const { events } = await run(config());
    expect(events.map((e) => e.event).join(' ')).to.equal(new Array(4).fill('step step epoch').join(' '));
  });

  it('leaves alpha alone while it is frozen, and moves every entry of it afterwards', async () => {
    const { initial, epochs } = await run(config({ frozenEpochs: 2 }));
    expect(epochs[1].alpha).to.deep.equal(initial);
    expect(epochs[1].validLoss).to.equal(null);
    expect(epochs[3].validLoss).to.be.a('number');
    epochs[3].alpha.forEach((row, e) => {
      row.forEach((a, o) => expect(a, `edge ${e}, operation ${o}`).not.to.equal(initial[e][o]));
    });
  });

  it('follows the cosine from the first learning rate', async () => {
    const { epochs } = await run(config());
    // Cosine over 4 epochs from 0.025 to 0.001 (the official script): at epoch e, 0.001 + 0.024 (1 + cos(pi e / 4)) / 2.
    epochs.forEach(({ learningRate }, e) => {
      expect(learningRate).to.be.closeTo(0.001 + 0.012 * (1 + Math.cos((Math.PI * e) / 4)), 1e-12);
    });
  });

  it('keeps the learning rate of alpha constant as the reference does, or lets it fall once alpha learns', () => {
    expect([0, 1, 2, 3].map((e) => alphaLearningRateAt(config(), e))).to.deep.equal(new Array(4).fill(3e-2));
    const falling = config({ frozenEpochs: 2, alphaFinalLearningRate: 0 });
    // Cosine over the two epochs after the rest: 1 and 1/2 of the initial rate.
    [3e-2, 3e-2, 3e-2, 1.5e-2].forEach((rate, e) =>
      expect(alphaLearningRateAt(falling, e)).to.be.closeTo(rate, 1e-12),
    );
  });

  it('gives other results for another seed, regulariser or sampler', async () => {
    const alphas = [
      {},
      { seed: 5 },
      { regulariser: 'kl', regulariserWeight: 1 },
      { sampler: 'softmax' },
    ] as Partial<SearchConfig>[];
    const seen = new Set<string>();
    for (const overrides of alphas) seen.add(JSON.stringify((await run(config(overrides))).epochs[3].alpha));
    expect(seen.size).to.equal(4);
  });

  it('trains on the first half of the images and moves alpha on the second', () => {
    const settings = config();
    const half = dataset.train.count / 2;
    const images = (which: 'train' | 'valid') => {
      const seen: number[] = [];
      // Labels betray the half: the second half's are replaced by 9.
      const marked = {
        ...dataset,
        train: {
          ...dataset.train,
          labels: Uint8Array.from({ length: dataset.train.count }, (_, i) => (i < half ? 0 : 9)),
        },
      };
      const batches = epochBatches(settings, marked, 0);
      for (let i = 0; i < 2; i++) seen.push(...batches[which](i).y);
      return new Set(seen);
    };
    expect([...images('train')]).to.deep.equal([0]);
    expect([...images('valid')]).to.deep.equal([9]);
  });

  it('draws another validation batch each step (not the same one, as NeroLoh/darts-tensorflow#1 does)', () => {
    const batches = epochBatches(config(), dataset, 0);
    expect(Array.from(batches.valid(0).x)).not.to.deep.equal(Array.from(batches.valid(1).x));
    expect(Array.from(batches.valid(1).x)).to.deep.equal(Array.from(batches.valid(1).x));
  });

  it('keeps the last partial batch of a whole epoch', () => {
    const whole = stepsPerEpoch(config({ stepsPerEpoch: null, batchSize: 7 }), dataset);
    expect(whole).to.equal(Math.ceil(dataset.train.count / 2 / 7));
    const last = epochBatches(config({ batchSize: 7 }), dataset, 0).train(whole - 1);
    expect(last.y.length).to.equal(dataset.train.count / 2 - 7 * (whole - 1));
  });

  it('refuses more steps than an epoch has', () => {
    expect(() => stepsPerEpoch(config({ stepsPerEpoch: 1_000_000 }), dataset)).to.throw(/1000000 steps/);
  });

  it('measures the entropy of mixing weights in nats', () => {
    expect(
      mixingEntropy([
        [0.2, 0.2, 0.2, 0.2, 0.2],
        [1, 0, 0, 0, 0],
      ]),
    ).to.be.closeTo(Math.log(5) / 2, 1e-12);
  });
});
