// What a search is worth after an epoch: supernet accuracy, look-up, band.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registerWasm } from '../../src/backend/register.js';
import type { NasBench201, Nb201Entry } from '../../src/benchmarks/nasbench201.js';
import { openDataset } from '../../src/data/open.js';
import type { Dataset } from '../../src/data/types.js';
import { type SearchConfig, searchConfig } from '../../src/search/config.js';
import { accuracyBand, lookUp, supernetQuality } from '../../src/search/evaluate.js';
import { createSearchState, disposeSearchState, supernetShape } from '../../src/search/state.js';
import { parseArchitecture } from '../../src/spaces/nasbench201/architecture.js';
import { architectureIndex } from '../../src/spaces/nasbench201/officialOrder.js';

/** A table in which an architecture's accuracy is its number of 3x3 convolutions, times 10. */
const TABLE = {
  lookup(arch: string): Nb201Entry {
    const accuracy = 10 * (arch.match(/nor_conv_3x3/g)?.length ?? 0);
    const all = { cifar10: accuracy, cifar100: accuracy / 2, imagenet16: accuracy / 4 };
    const index = architectureIndex(parseArchitecture(arch));
    return { ...all, arch, index, rank: all, regret: all, params: 1, trials: 3 };
  },
} as NasBench201;

describe('evaluation of a search', () => {
  let dataset: Dataset;
  const config: SearchConfig = searchConfig('smoke', { dataset: 'procedural' });
  const state = () => createSearchState(config, supernetShape(config, { classes: 10, imageChannels: 3 }));
  const uniform = new Array(6).fill(new Array(5).fill(0.2));

  before(async () => {
    await registerWasm({ log: () => {} });
    await tf.setBackend('drnas-wasm');
    dataset = await openDataset('procedural', { imageSize: 8 });
  });

  it('is the same each time it is measured (the reference draws a new theta for every batch)', () => {
    const search = state();
    const tensors = tf.memory().numTensors;
    const first = supernetQuality(search, dataset, uniform, 300);
    expect(supernetQuality(search, dataset, uniform, 300)).to.deep.equal(first);
    expect(first!.accuracy).to.be.within(0, 1);
    expect(first!.loss).to.be.above(0);
    expect(tf.memory().numTensors).to.equal(tensors);
    disposeSearchState(search);
  });

  it('counts right answers of the expected theta: all of them where every label is the predicted class', () => {
    const search = state();
    // The classifier prefers class 3 whatever the image.
    const bias = search.net.parameters['classifier.bias'];
    tf.tidy(() => bias.assign(tf.oneHot(tf.scalar(3, 'int32'), 10, 1000, 0).toFloat()));
    const constant = {
      ...dataset,
      train: { ...dataset.train, labels: new Uint8Array(dataset.train.count).fill(3) },
    };
    expect(supernetQuality(search, constant, uniform, 260)).to.deep.include({ accuracy: 1 });
    disposeSearchState(search);
  });

  it('measures nothing where no images are asked for', () => {
    const search = state();
    expect(supernetQuality(search, dataset, uniform, 0)).to.equal(null);
    disposeSearchState(search);
  });

  it('takes index, accuracies, rank and regret from the table', () => {
    const arch = '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|none~2|';
    expect(lookUp(TABLE, arch)).to.deep.include({ cifar10: 20, cifar100: 10, imagenet16: 5 });
  });

  it('narrows the band of sampled architectures as the concentrations grow apart', () => {
    const search = state();
    const settings = { ...config, bandSamples: 100 };
    const wide = accuracyBand(search, settings, TABLE, new Array(6).fill([0, 0, 0, 0, 0]))!;
    const narrow = accuracyBand(search, settings, TABLE, new Array(6).fill([-6, -6, -6, 500, -6]))!;
    expect(wide.cifar10.max - wide.cifar10.min).to.be.at.least(30);
    expect(narrow.cifar10).to.deep.equal({ min: 60, q25: 60, median: 60, q75: 60, max: 60 });
    expect(narrow.cifar100.median).to.equal(30);
    expect(accuracyBand(search, settings, TABLE, new Array(6).fill([0, 0, 0, 0, 0]))).to.deep.equal(wide);
    disposeSearchState(search);
  });
});
