// The ImageNet recipe on a folder of JPEGs: streamed, resumable, in parts and recomputed; wrong folders are refused.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registerNative, registerWasm } from '../../src/backend/register.js';
import { pictureBatches } from '../../src/data/imagenet/batches.js';
import { mixed } from '../../src/data/imagenet/mixed.js';
import { openDataset } from '../../src/data/open.js';
import { searchSplit } from '../../src/data/split.js';
import type { Dataset } from '../../src/data/types.js';
import { trainingSource } from '../../src/evaluation/batches.js';
import { drawJitter } from '../../src/evaluation/colourJitter.js';
import { type EvaluationConfig, evaluationConfig } from '../../src/evaluation/config.js';
import { dartsArchitecture, type EvaluationNetwork } from '../../src/evaluation/network.js';
import { predictTestImages } from '../../src/evaluation/predict.js';
import { evaluationDigest, readEvaluation, runEvaluation } from '../../src/evaluation/run.js';
import { testScores } from '../../src/evaluation/step.js';
import { createStream } from '../../src/random/stream.js';
import { rejection, temporaryFolder } from '../data/files.js';
import { writeImageNet } from '../data/pictures.js';

const BACKEND = { name: 'drnas', engine: 'test', threads: 1, reason: 'test' };
const FOUND = dartsArchitecture('DrNAS_imagenet');

describe('the ImageNet recipe', function () {
  this.timeout(60_000);
  const temporary = temporaryFolder();
  let dataset: Dataset;
  const run = (name: string) => join(temporary.path, name);
  before(async () => {
    const native = registerNative({ log: () => {} });
    if (!native) await registerWasm({ log: () => {} });
    await tf.setBackend(native ? 'drnas-native' : 'drnas-wasm');
    await writeImageNet(temporary.path);
    dataset = await openDataset('imagenet', { folder: temporary.path, imageSize: 32 });
  });
  after(() => temporary.remove());

  const config = (overrides: Partial<EvaluationConfig> = {}) =>
    evaluationConfig('imagenet', 'smoke', {
      ...{ dataset: 'imagenet', epochs: 2, stepsPerEpoch: 2, batchSize: 8, warmupEpochs: 1, tailEpochs: 0 },
      ...{ testImages: 10, dropPath: 0.2, ...overrides },
    });
  const train = (name: string, settings = config(), data = dataset) =>
    runEvaluation(FOUND, settings, { folder: run(name), dataset: data, backend: BACKEND });

  it('trains on pictures that stay files, with top-1 and top-5 on the validation folder', async () => {
    expect(dataset.train.images).to.have.length(0);
    expect([dataset.train.count, dataset.test.count, dataset.classes.length]).to.deep.equal([36, 12, 3]);
    const result = await train('whole');
    expect(result.steps).to.equal(4);
    expect(result.last.top5).to.equal(1); // five of three classes: top-3 at most
    expect(result.last.accuracy).to.be.within(0, 1);
    expect(readEvaluation(run('whole')).manifest.dataset.notes[0]).to.contain('list of files');
  });

  it('goes on after an interruption to the same bits', async () => {
    const controller = new AbortController();
    const stopped = runEvaluation(FOUND, config(), {
      ...{ folder: run('stopped'), dataset, backend: BACKEND, signal: controller.signal },
      onEvent: ({ event, step }) => {
        if (event === 'step' && step === 3) controller.abort();
      },
    });
    expect(await rejection(stopped)).to.have.property('name', 'AbortError');
    const options = { folder: run('stopped'), dataset, backend: BACKEND, resume: true };
    const result = await runEvaluation(FOUND, config(), options);
    expect(result.weightsSha256).to.equal(readEvaluation(run('whole')).result!.weightsSha256);
  });

  it('comes to the same bits with recomputed cells, drop-path included, and shares the run', async () => {
    const result = await train('recomputed', config({ recompute: true }));
    expect(result.weightsSha256).to.equal(readEvaluation(run('whole')).result!.weightsSha256);
    const digest = (settings: EvaluationConfig) => evaluationDigest(FOUND, settings, dataset);
    expect(digest(config({ recompute: true }))).to.equal(digest(config()));
    expect(digest(config({ microBatch: 4 }))).to.not.equal(digest(config()));
    expect(config({ microBatch: 8, recompute: false })).to.deep.equal(config());
  });

  it('trains in parts, whose batch norms see less: another result', async () => {
    const result = await train('parts', config({ microBatch: 4 }));
    expect(result.weightsSha256).to.not.equal(readEvaluation(run('whole')).result!.weightsSha256);
    expect(result.trainLoss).to.be.closeTo(readEvaluation(run('whole')).result!.trainLoss, 0.5);
  });

  it('changes colours on the threads as in the calling one', async () => {
    const strength = { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 };
    const read = async (threads: number, jittered: boolean) => {
      const colours = createStream(1, 'colours');
      const request = { indices: [0, 5, 9], colours: () => drawJitter(strength, colours) };
      const requests = [jittered ? request : { indices: request.indices }];
      const batches = pictureBatches(dataset.pictures!.train, requests, { size: 8, threads });
      const { value } = await batches.next();
      await batches.return(undefined);
      return value!.x as Float32Array;
    };
    const here = await read(0, true);
    expect(await read(2, true)).to.deep.equal(here);
    expect(await read(0, false)).to.not.deep.equal(here);
  });

  it('sees other crops and colours in each epoch, the same in each run', async () => {
    const read = async (settings: EvaluationConfig, epochs: number[]) => {
      const source = trainingSource(settings, dataset, epochs[0]);
      const batches = [];
      for (const epoch of epochs) for (const step of [0, 1]) batches.push(await source.next(epoch, step));
      await source.close();
      return batches.map(({ x }) => Buffer.from(x.buffer).toString('base64'));
    };
    const both = await read(config(), [0, 1]);
    expect(await read(config(), [1])).to.deep.equal(both.slice(2));
    expect(new Set(both).size).to.equal(4);
    expect(await read(config({ colourJitter: null }), [1])).to.not.deep.equal(both.slice(2));
  });

  it('refuses a wrong folder, a size that is none, crops by a few pixels and test images by number', async () => {
    const open = (folder: string, imageSize = 32) => openDataset('imagenet', { folder, imageSize });
    expect((await rejection(open(run('nowhere')))).message).to.contain('no such file or folder');
    mkdirSync(run('empty'));
    expect((await rejection(open(run('empty')))).message).to.match(/ImageNet was not found.*train\/CLASS/);
    expect((await rejection(open(temporary.path, 0))).message).to.contain('image size 0');
    expect((await rejection(train('crops', config({ augmentation: 'crop-flip' })))).message).to.contain(
      'use resized-crop',
    );
    expect(() => searchSplit(dataset)).to.throw('without the samples of a search');
    const trained = { network: { imageSize: 32 }, data: { ...dataset } } as unknown as Parameters<
      typeof predictTestImages
    >[0];
    expect(() => predictTestImages(trained, dataset, [0])).to.throw('--images');
  });

  it('measures some of the pictures on all classes, though their list goes class by class', async () => {
    const perClass = 50; // as ImageNet's validation images
    const classes = Array.from(mixed(1000 * perClass, 1000), (i) => Math.floor(i / perClass));
    // Of 1,000 drawn from 1,000 equal classes 1 - 1/e are different ones.
    expect(new Set(classes).size).to.be.within(590, 680);
    expect([...mixed(12, 20)].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 12 }, (_, i) => i));
    // A network that always says class 0: right on a third of the whole, and of a part only on what is drawn of it.
    const net = {
      forward: (x: tf.Tensor4D) => ({ logits: tf.tensor2d(Array(x.shape[0]).fill([1, 0, 0])) }),
    } as unknown as EvaluationNetwork;
    expect((await testScores(net, dataset)).accuracy).to.be.closeTo(1 / 3, 1e-9);
    const six = mixed(12, 6).filter((i) => dataset.test.labels[i] === 0).length;
    expect((await testScores(net, dataset, 6)).accuracy).to.equal(six / 6);
    expect(six).to.be.below(4); // what the first six of the list have of class 0
  });

  it('draws the samples of a search, or takes those of a list beside the pictures', async () => {
    const root = run('listed');
    const folder = await writeImageNet(root);
    const open = () =>
      openDataset('imagenet', { folder: root, imageSize: 8, search: { evaluationImages: 2 } });
    const drawn = await open();
    // 10 % and 2.5 % of 12 images, at least one each.
    expect([drawn.search!.weights.length, drawn.search!.alpha.length]).to.deep.equal([3, 3]);
    expect(searchSplit(drawn)).to.equal(drawn.search);
    expect(drawn.held!.images).to.have.length(2 * 8 * 8 * 3);
    expect([...drawn.held!.labels]).to.deep.equal(
      Array.from(mixed(3, 2), (i) => drawn.train.labels[drawn.search!.alpha[i]]),
    );
    const lines = ['weights n01/n01_0.JPEG', 'weights n02/n02_1.JPEG', 'alpha n03/n03_2.JPEG'];
    writeFileSync(join(folder, 'search-sample.txt'), `${lines.join('\n')}\n`);
    const listed = await open();
    expect([...listed.search!.weights, ...listed.search!.alpha]).to.deep.equal(
      ['n01/n01_0.JPEG', 'n02/n02_1.JPEG', 'n03/n03_2.JPEG'].map((name) =>
        listed.pictures!.train.files.indexOf(name),
      ),
    );
    expect(listed.checksum).to.not.equal(drawn.checksum);
    rmSync(join(folder, 'train', 'n03'), { recursive: true });
    expect((await rejection(open())).message).to.contain('class n03 is in only one');
  });
});
