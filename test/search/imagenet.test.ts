// A search on a folder of JPEGs: weights from one sample of it, alpha from another; resumable to equal bits.
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registerNative, registerWasm } from '../../src/backend/register.js';
import { openDataset } from '../../src/data/open.js';
import type { Dataset } from '../../src/data/types.js';
import { stepsPerEpoch } from '../../src/search/batches.js';
import { batchSource } from '../../src/search/batchSource.js';
import { type SearchConfig, searchConfig } from '../../src/search/config.js';
import { referenceOf } from '../../src/search/presets.js';
import { runSearch } from '../../src/search/run.js';
import { rejection, temporaryFolder } from '../data/files.js';
import { writeImageNet } from '../data/pictures.js';

const BACKEND = { name: 'drnas-wasm', engine: 'test', threads: 1, reason: 'test' };

describe('a search on ImageNet', function () {
  this.timeout(60_000);
  const temporary = temporaryFolder();
  let dataset: Dataset;
  before(async () => {
    const native = registerNative({ log: () => {} });
    if (!native) await registerWasm({ log: () => {} });
    await tf.setBackend(native ? 'drnas-native' : 'drnas-wasm');
    await writeImageNet(temporary.path, { train: 40, valid: 1 });
    const search = { evaluationImages: 3 };
    dataset = await openDataset('imagenet', { folder: temporary.path, imageSize: 32, search });
  });
  after(() => temporary.remove());

  const config = (overrides: Partial<SearchConfig> = {}) =>
    searchConfig('smoke', {
      ...{ space: 'darts', stem: 'imagenet', dataset: 'imagenet', imageSize: 32, channels: 4, cells: 3 },
      ...{
        stages: null,
        k: 2,
        epochs: 2,
        frozenEpochs: 1,
        batchSize: 3,
        stepsPerEpoch: 2,
        evaluationImages: 3,
      },
      ...overrides,
    });
  const options = (name: string) => ({ folder: join(temporary.path, name), dataset, backend: BACKEND });

  it('takes the weights’ images from the larger sample and alpha’s from the smaller', async () => {
    const { search, train } = dataset;
    expect([search!.weights.length, search!.alpha.length]).to.deep.equal([12, 3]); // of 3 x 40
    expect(stepsPerEpoch(config({ stepsPerEpoch: null }), dataset)).to.equal(4);
    const source = batchSource(config(), dataset, 1);
    const labelled = (part: Int32Array) => Array.from(part, (i) => train.labels[i]).sort();
    const [first, valid, second] = [
      await source.train(1, 0),
      await source.valid(1, 0),
      await source.train(1, 1),
    ];
    // Alpha's three images are all there are of its part, so a batch without repetition has each.
    expect(Array.from(valid.y).sort()).to.deep.equal(labelled(search!.alpha));
    expect([first.x.length, second.y.length]).to.deep.equal([3 * 32 * 32 * 3, 3]);
    expect(await rejection(source.train(1, 0)))
      .to.have.property('message')
      .that.contains('valid 1 1 was next');
    await source.close();
  });

  it('goes on after an interruption to the same bits, and measures the supernet on held pictures', async () => {
    const whole = await runSearch(config(), options('whole'));
    expect(whole.steps).to.equal(4);
    expect(whole.supernetAccuracy).to.be.within(0, 1);
    const controller = new AbortController();
    const stopped = runSearch(config(), {
      ...options('stopped'),
      signal: controller.signal,
      onEvent: ({ event, step }) => {
        if (event === 'step' && step === 3) controller.abort();
      },
    });
    expect(await rejection(stopped)).to.have.property('name', 'AbortError');
    const resumed = await runSearch(config(), { ...options('stopped'), resume: true });
    expect(resumed.alphaSha256).to.equal(whole.alphaSha256);
    expect(resumed.finalTrainLoss).to.equal(whole.finalTrainLoss);
  });

  it('is what the official script of that stem searches on', () => {
    expect(referenceOf({ space: 'darts', stem: 'imagenet' })).to.include({
      dataset: 'imagenet',
      imageSize: 224,
    });
  });
});
