// A training from scratch: it learns, its folder resumes to the same bits, and what does not fit is refused.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registerNative, registerWasm } from '../../src/backend/register.js';
import { makeBatch } from '../../src/data/batch.js';
import { openDataset } from '../../src/data/open.js';
import type { Dataset } from '../../src/data/types.js';
import { type EvaluationConfig, evaluationConfig } from '../../src/evaluation/config.js';
import {
  createEvaluationNetwork,
  dartsArchitecture,
  nb201Architecture,
} from '../../src/evaluation/network.js';
import { loadTrained } from '../../src/evaluation/networkFile.js';
import { predictTestImages } from '../../src/evaluation/predict.js';
import { networkPath, readEvaluation, runEvaluation } from '../../src/evaluation/run.js';
import { createTrainingState, disposeTraining, weightsDigest } from '../../src/evaluation/state.js';
import { scoresOn, trainingStep } from '../../src/evaluation/step.js';
import { createStream } from '../../src/random/stream.js';
import { toTensors } from '../../src/search/batches.js';
import { readTensorFile, writeTensorFile } from '../../src/search/tensorFile.js';
import { disposeLayers } from '../../src/spaces/layers.js';
import { softmaxCrossEntropy } from '../../src/tensor/softmaxCrossEntropy.js';

const BACKEND = { name: 'drnas', engine: 'test', threads: 1, reason: 'test' };
const DRNAS = dartsArchitecture('DrNAS_cifar10');
const CONV = nb201Architecture('9930');

describe('a training from scratch', () => {
  let dataset: Dataset;
  let folder: string;
  before(async () => {
    // Training takes seconds: the compiled kernels where this machine has them.
    const native = registerNative({ log: () => {} });
    if (!native) await registerWasm({ log: () => {} });
    await tf.setBackend(native ? 'drnas-native' : 'drnas-wasm');
    dataset = await openDataset('procedural', { imageSize: 8 });
  });
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'drnas-evaluation-')), 'run');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

  const config = (overrides: Partial<EvaluationConfig> = {}) =>
    evaluationConfig('cifar', 'smoke', {
      ...{ dataset: 'procedural', epochs: 3, stepsPerEpoch: 3, batchSize: 8, testImages: 50, ...overrides },
    });
  const options = () => ({ folder, dataset, backend: BACKEND });

  it('learns: far above chance after a few epochs, and the stored network has the stored score', async () => {
    const settings = evaluationConfig('nasbench201', 'smoke', {
      ...{ dataset: 'procedural', imageSize: 16, channels: 8, epochs: 4, stepsPerEpoch: 50, batchSize: 32 },
      ...{ augmentation: 'none', testImages: 500 },
    });
    const larger = await openDataset('procedural', { imageSize: 16 });
    const result = await runEvaluation(CONV, settings, { ...options(), dataset: larger });
    // Ten classes of equal size: chance is 0.1 with a standard error of 0.013 on 500 images; seven of them are asked for.
    expect(result.last.accuracy).to.be.greaterThan(0.2);
    const { epochs } = readEvaluation(folder);
    expect(epochs[3].trainLoss).to.be.below(epochs[0].trainLoss - 0.1);
    expect(result.last.top5).to.be.greaterThan(result.last.accuracy);
    const trained = loadTrained(networkPath(folder));
    expect(scoresOn(trained.net, larger, larger.test, 500)).to.deep.equal(result.last);
    expect(weightsDigest(trained.net)).to.equal(result.weightsSha256);
    disposeLayers(trained.net);
  });

  it('leaves manifest, metrics, checkpoint, network and result, and no tensors', async () => {
    const tensors = tf.memory().numTensors;
    const result = await runEvaluation(DRNAS, config(), options());
    expect(tf.memory().numTensors).to.equal(tensors);
    const { manifest, epochs, result: stored } = readEvaluation(folder);
    expect(stored).to.deep.equal(result);
    expect(manifest.status).to.equal('finished');
    expect(manifest.architecture).to.deep.equal(DRNAS);
    expect(epochs.map((e) => [e.epoch, e.step])).to.deep.equal([
      [1, 3],
      [2, 6],
      [3, 9],
    ]);
    // The largest drop-path probability is 0.3 in the recipe: 0.3 * epoch / 3.
    expect(epochs.map((e) => e.dropPath)).to.deep.equal([0, 0.09999999999999999, 0.19999999999999998]);
    expect(existsSync(join(folder, 'run.lock'))).to.equal(false);
  });

  // The reference names the test set `valid` and logs the running best (DARTS-space/train.py:121-124).
  it('reports the last epoch on the test set, and keeps the best apart', async () => {
    const { last, best } = await runEvaluation(DRNAS, config({ learningRate: 0.2, epochs: 5 }), options());
    const { epochs } = readEvaluation(folder);
    const accuracies = epochs.map((e) => e.test.accuracy);
    expect(last).to.deep.equal(epochs[4].test);
    expect(best.accuracy).to.equal(Math.max(...accuracies));
    expect(best.epoch).to.equal(accuracies.indexOf(best.accuracy) + 1);
  });

  const interrupted = (steps: number) => {
    const controller = new AbortController();
    let seen = 0;
    return runEvaluation(DRNAS, config(), {
      ...options(),
      resume: true,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.event === 'step' && ++seen === steps) controller.abort(new Error('stop'));
      },
    }).then(
      () => expect.fail('should have been interrupted'),
      (error: Error) => expect(error.message).to.equal('stop'),
    );
  };

  it('resumes to the same bits wherever it was interrupted, drop-path and best epoch included', async () => {
    const want = await runEvaluation(DRNAS, config(), { ...options(), folder: `${folder}-whole` });
    for (const steps of [1, 4, 2]) await interrupted(steps);
    appendFileSync(join(folder, 'metrics.jsonl'), '{"event":"step","step":99,"lo');
    const result = await runEvaluation(DRNAS, config(), { ...options(), resume: true });
    const timeless = ({ seconds: _, ...rest }: typeof result) => rest;
    expect(timeless(result)).to.deep.equal(timeless(want));
    expect(readEvaluation(folder).manifest.resumed).to.have.length(3);
    const file = (base: string) => readFileSync(networkPath(base));
    expect(file(folder).equals(file(`${folder}-whole`))).to.equal(true);
  });

  it('returns a finished run as it is', async () => {
    const first = await runEvaluation(DRNAS, config(), options());
    const metrics = readFileSync(join(folder, 'metrics.jsonl'), 'utf8');
    expect(await runEvaluation(DRNAS, config(), { ...options(), resume: true })).to.deep.equal(first);
    expect(readFileSync(join(folder, 'metrics.jsonl'), 'utf8')).to.equal(metrics);
  });

  it('makes up a result that a kill kept from being written', async () => {
    const first = await runEvaluation(DRNAS, config(), options());
    rmSync(join(folder, 'result.json'));
    expect(await runEvaluation(DRNAS, config(), { ...options(), resume: true })).to.deep.equal(first);
    const { manifest, result } = readEvaluation(folder);
    expect([manifest.status, result]).to.deep.equal(['finished', first]);
  });

  it('refuses a network file that lacks weights, and leaves no tensors', async () => {
    await runEvaluation(DRNAS, config(), options());
    const { arrays, metadata } = readTensorFile(networkPath(folder));
    const { 'classifier.weight': _, ...others } = arrays;
    const lacking = join(folder, 'lacking.safetensors');
    writeTensorFile(lacking, others, metadata);
    const tensors = tf.memory().numTensors;
    expect(() => loadTrained(lacking)).to.throw(/lacking.*classifier\.weight has no values, expected \d+/);
    expect(tf.memory().numTensors).to.equal(tensors);
  });

  it('adds the auxiliary loss with its weight to what is minimised', () => {
    const settings = config({ auxiliary: true, labelSmoothing: 0.1, imageSize: 8 });
    const state = createTrainingState(DRNAS, settings, dataset);
    const batch = toTensors(makeBatch(dataset, dataset.train, [0, 1, 2, 3]), dataset);
    const losses = tf.tidy(() => {
      const { logits, auxiliary } = state.net.forward(batch.x, { training: true });
      return [logits, auxiliary!].map(
        (z) => softmaxCrossEntropy(z, batch.y, { smoothing: 0.1 }).dataSync()[0],
      );
    });
    const { loss } = trainingStep(state, batch, settings, { learningRate: 0 });
    expect(loss).to.be.closeTo(losses[0] + 0.4 * losses[1], 1e-5);
    tf.dispose([batch.x, batch.y]);
    disposeTraining(state);
  });

  it('scores without augmentation, drop-path and auxiliary head, in batches that change nothing', () => {
    const shape = { classes: 10, imageChannels: 3 };
    const net = createEvaluationNetwork(DRNAS, config(), shape, createStream(0));
    const whole = scoresOn(net, dataset, dataset.test, 300);
    const parts = [0, 1, 2].map((i) => {
      const set = { ...dataset.test, count: 100 };
      set.images = dataset.test.images.subarray(i * 100 * 192);
      set.labels = dataset.test.labels.subarray(i * 100);
      return scoresOn(net, dataset, set, 100);
    });
    expect((parts[0].accuracy + parts[1].accuracy + parts[2].accuracy) / 3).to.be.closeTo(
      whole.accuracy,
      1e-12,
    );
    expect((parts[0].loss + parts[1].loss + parts[2].loss) / 3).to.be.closeTo(whole.loss, 1e-6);
    disposeLayers(net);
  });

  it('predicts any number of test images, in batches of a bounded size', () => {
    const { title, classes, channels, mean, std } = dataset;
    const settings = config();
    const shape = { classes: classes.length, imageChannels: channels };
    const net = createEvaluationNetwork(DRNAS, settings, shape, createStream(0));
    const sizes: number[] = [];
    const watched: typeof net = {
      ...net,
      forward: (x, how) => {
        sizes.push(x.shape[0]);
        return net.forward(x, how);
      },
    };
    const trained = {
      ...{ architecture: DRNAS, network: settings, net: watched },
      data: { title, classes, channels, mean, std },
    };
    const indices = Array.from({ length: 300 }, (_, i) => 299 - i);
    const predictions = predictTestImages(trained, dataset, indices);
    // 250 is EVALUATION_BATCH.
    expect(sizes).to.deep.equal([250, 50]);
    expect(predictions.map(({ image }) => Number(image))).to.deep.equal(indices);
    expect(predictTestImages(trained, dataset, [0])[0].label).to.equal(predictions[299].label);
    const right = predictions.filter(({ label, classes: [first] }) => first.name === label).length;
    expect(right / 300).to.equal(scoresOn(net, dataset, dataset.test, 300).accuracy);
    disposeLayers(net);
  });

  it('names a run that diverges, and keeps its last good checkpoint', async () => {
    // A step an epoch: the first one's loss is that of the initial weights, the second one's that of the thrown ones.
    const explosive = config({ learningRate: 1e38, clipNorm: 0, stepsPerEpoch: 1 });
    await runEvaluation(DRNAS, explosive, options()).then(
      () => expect.fail('should have diverged'),
      (error: Error) => expect(error.message).to.match(/diverged at step 2 .*lower the learning rate/),
    );
    const { manifest, epochs } = readEvaluation(folder);
    expect([manifest.status, epochs.length]).to.deep.equal(['diverged', 1]);
    const { metadata } = readTensorFile(join(folder, 'checkpoints', 'last.safetensors'));
    expect(metadata).to.include({ epoch: '1', step: '1' });
    expect(existsSync(join(folder, 'result.json'))).to.equal(false);
  });

  const refused = (
    pattern: RegExp,
    settings: EvaluationConfig,
    architecture: typeof DRNAS | typeof CONV = DRNAS,
  ) =>
    runEvaluation(architecture, settings, options()).then(
      () => expect.fail('should have been refused'),
      (error: Error) => {
        expect(error.message).to.match(pattern);
        expect(existsSync(join(folder, 'result.json'))).to.equal(false);
      },
    );

  it('refuses what does not fit before any work', async () => {
    await refused(/8-pixel images.*16/, config({ imageSize: 16 }));
    await refused(/nasbench201 cannot be trained by the recipe cifar: use nasbench201/, config(), CONV);
    await refused(/1000 steps an epoch exceed/, config({ stepsPerEpoch: 1000 }));
    const grey = { ...dataset, channels: 1, title: 'grey images' };
    const colourJitter = { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 };
    await runEvaluation(DRNAS, config({ colourJitter }), { ...options(), dataset: grey }).then(
      () => expect.fail('should have been refused'),
      (error: Error) => expect(error.message).to.match(/needs colour images, grey images has 1 channel/),
    );
    expect(existsSync(folder)).to.equal(false);
    writeFileSync(`${folder}-file`, '');
    const inFile = { ...options(), folder: join(`${folder}-file`, 'run') };
    await runEvaluation(DRNAS, config(), inFile).then(
      () => expect.fail('should have been refused'),
      (error: Error) => expect(error.message).to.match(/cannot write to the output folder/),
    );
  });

  it('refuses to resume with other settings or another architecture', async () => {
    await interrupted(4);
    const again = { ...options(), resume: true };
    for (const [architecture, settings] of [
      [DRNAS, config({ seed: 9 })],
      [dartsArchitecture('DARTS_V2'), config()],
    ] as const)
      await runEvaluation(architecture, settings, again).then(
        () => expect.fail('should have been refused'),
        (error: Error) => expect(error.message).to.match(/another configuration/),
      );
  });
});
