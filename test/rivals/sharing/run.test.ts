// RSPS and ENAS as runs: folders that resume to equal bits, paths that train and judge only what they pick.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registerWasm } from '../../../src/backend/register.js';
import { makeBatch } from '../../../src/data/batch.js';
import { openDataset } from '../../../src/data/open.js';
import { searchSplit } from '../../../src/data/split.js';
import type { Dataset } from '../../../src/data/types.js';
import { createStream } from '../../../src/random/stream.js';
import {
  type SharingConfig,
  type SharingOverrides,
  type SharingRivalName,
  sharingConfig,
} from '../../../src/rivals/sharing/config.js';
import { oneHot, pathAccuracy, pathCorrect } from '../../../src/rivals/sharing/path.js';
import { readRival, rivalFolder, runSharing, sharingDigest } from '../../../src/rivals/sharing/run.js';
import { createSharingState, disposeSharingState } from '../../../src/rivals/sharing/state.js';
import { toTensors } from '../../../src/search/batches.js';
import { ofPrefix } from '../../../src/search/checkpoint.js';
import { runSearch } from '../../../src/search/run.js';
import { supernetShape } from '../../../src/search/state.js';
import { weightStep } from '../../../src/search/step.js';
import { readTensorFile } from '../../../src/search/tensorFile.js';
import { CONV1, CONV3, NONE, POOL, SKIP } from '../../../src/spaces/nasbench201/operations.js';
import { rejection } from '../../data/files.js';

const BACKEND = { name: 'drnas-wasm', engine: 'wasm', threads: 1, reason: 'test' };
const SMALL = { dataset: 'procedural', epochs: 2, stepsPerEpoch: 3, batchSize: 8, frozenEpochs: 0 } as const;
const COUNTS = { candidates: 12, candidateImages: 24 };

const small = (rival: SharingRivalName, { search, ...rest }: SharingOverrides = {}): SharingConfig =>
  sharingConfig(rival, 'smoke', { ...COUNTS, search: { ...SMALL, ...search }, ...rest });

describe('rivals with weight sharing', () => {
  let dataset: Dataset;
  let folder: string;

  before(async () => {
    await registerWasm({ log: () => {} });
    await tf.setBackend('drnas-wasm');
    dataset = await openDataset('procedural', { imageSize: 8 });
  });
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'drnas-rival-')), 'run');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

  const run = (config: SharingConfig, where = folder, options = {}) =>
    runSharing(config, { folder: where, dataset, backend: BACKEND, ...options });

  /** Metrics without what depends on the clock. */
  const metrics = (where: string) =>
    readFileSync(join(where, 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => {
        const { seconds: _s, secondsLeft: _l, imagesPerSecond: _i, ...event } = JSON.parse(line);
        return event;
      });
  const timeless = ({ seconds: _seconds, ...result }: { seconds: number }) => result;

  for (const rival of ['rsps', 'enas'] as const) {
    it(`${rival}: leaves manifest, metrics and a result whose answer is the best candidate, judged by shared weights`, async () => {
      const config = small(rival);
      const result = await run(config);
      const { manifest, epochs, candidates } = readRival(folder);
      expect(manifest.status).to.equal('finished');
      expect(manifest.config).to.deep.equal(config);
      expect(epochs.map(({ epoch }) => epoch)).to.deep.equal([1, 2]);
      const all = candidates.flatMap(({ latest }) => latest);
      expect(all).to.have.length(12);
      const top = Math.max(...all.map(({ accuracy }) => accuracy));
      expect(result.sharedAccuracy).to.equal(top);
      expect(result.index).to.equal(all.find(({ accuracy }) => accuracy === top)!.index);
      expect(result.steps).to.equal(6);
      expect(result.controllerBatches).to.equal(rival === 'enas' ? 2 * 2 * 3 : 0);
      expect(epochs.every(({ controller }) => (controller !== null) === (rival === 'enas'))).to.equal(true);
    });

    it(`${rival}: interrupted in an epoch, between candidates and again, it resumes to the same bits`, async () => {
      const whole = join(folder, '..', 'whole');
      const expected = await run(small(rival), whole);
      /** Aborts after so many events of a kind. */
      const interrupted = async (kind: string, count: number) => {
        const controller = new AbortController();
        let seen = 0;
        const onEvent = ({ event }: { event: string }) => {
          if (event === kind && ++seen === count) controller.abort(new Error('stop'));
        };
        await run(small(rival), folder, { signal: controller.signal, onEvent, resume: true }).then(
          () => expect.fail('it should have been interrupted'),
          (error: Error) => expect(error.message).to.equal('stop'),
        );
        expect(readRival(folder).manifest.status).to.equal('interrupted');
      };
      await interrupted('step', 2);
      await interrupted('step', 5);
      await interrupted('epoch', 1);
      await interrupted('candidates', 1);
      const result = await run(small(rival), folder, { resume: true });
      expect(timeless(result)).to.deep.equal(timeless(expected));
      expect(metrics(folder)).to.deep.equal(metrics(whole));
      const bits = (where: string) => readTensorFile(join(where, 'checkpoints', 'last.safetensors')).arrays;
      expect(bits(folder)).to.deep.equal(bits(whole));
    });
  }

  it('a finished run is returned as it is, and another configuration in its folder is refused', async () => {
    const result = await run(small('rsps'));
    const events: string[] = [];
    const again = await run(small('rsps'), folder, {
      resume: true,
      onEvent: ({ event }: { event: string }) => events.push(event),
    });
    expect(again).to.deep.equal(result);
    expect(events).to.deep.equal(['epoch', 'epoch', 'candidates', 'candidates']);
    await run(small('rsps', { candidates: 5 }), folder, { resume: true }).then(
      () => expect.fail('it should have been refused'),
      (error: Error) => expect(error.message).to.match(/another configuration/),
    );
    expect(rivalFolder(small('rsps'), dataset)).to.not.equal(rivalFolder(small('enas'), dataset));
    // Recomputed cells come to the same bits.
    expect(sharingDigest(small('enas', { search: { recompute: true } }), dataset)).to.equal(
      sharingDigest(small('enas'), dataset),
    );
  });

  it('RSPS trains the very weights of `drnas search --sampler uniform-path`, whatever it then judges', async () => {
    const config = small('rsps');
    const search = join(folder, '..', 'search');
    await runSearch(config.search, { folder: search, dataset, backend: BACKEND });
    await run(config);
    const losses = (where: string) =>
      metrics(where).flatMap((event) => (event.event === 'step' ? [event.trainLoss] : []));
    expect(losses(folder)).to.have.length(6);
    expect(losses(folder)).to.deep.equal(losses(search));
    const weights = (where: string) =>
      ofPrefix('parameters', readTensorFile(join(where, 'checkpoints', 'last.safetensors')).arrays);
    expect(weights(folder)).to.deep.equal(weights(search));
  });

  it('refuses more images for the candidates than there are before it trains', async () => {
    const steps: string[] = [];
    const onEvent = ({ event }: { event: string }) => steps.push(event);
    const refused = run(small('rsps', { candidateImages: 1e6 }), folder, { onEvent });
    expect((await rejection(refused)).message).to.match(/candidateImages is 1000000, .*take at most those/);
    expect(steps).to.deep.equal([]);
    expect(existsSync(folder)).to.equal(false);
  });

  describe('a path', () => {
    const picks = [CONV3, SKIP, CONV1, NONE, POOL, CONV3];
    const config = small('rsps');
    const fresh = () =>
      createSharingState(config, supernetShape(config.search, { classes: 10, imageChannels: 3 }));
    const alphaBatch = (count: number) =>
      toTensors(makeBatch(dataset, dataset.train, searchSplit(dataset).alpha.subarray(0, count)), dataset);

    it('computes what the whole supernet computes with a one-hot theta', () => {
      const state = fresh();
      const { space, net } = state.search;
      const batch = alphaBatch(16);
      tf.tidy(() => {
        const theta = tf.tensor2d(oneHot(picks));
        const whole = space.forward(net, batch.x, theta, { training: true });
        const alone = space.forward(net, batch.x, theta, { training: true, mask: oneHot(picks).flat() });
        const [a, b] = [whole.dataSync(), alone.dataSync()];
        a.forEach((value, i) => {
          expect(b[i]).to.be.closeTo(value, 1e-5);
        });
      });
      tf.dispose([batch.x, batch.y]);
      disposeSharingState(state);
    });

    it('trains the operations that it picks and leaves the others to the bit, momentum included', () => {
      const state = fresh();
      const { search } = state;
      const values = () =>
        Object.fromEntries(
          Object.entries(search.net.parameters).map(([name, v]) => [name, Array.from(v.dataSync())]),
        );
      const start = values();
      const theta = oneHot(picks);
      const options = { learningRate: 0.1, clipNorm: 5, clipIncludesAlpha: false };
      for (let i = 0; i < 2; i++) {
        const batch = alphaBatch(8);
        weightStep(search, batch, options, { stream: createStream(0), theta, mask: theta });
        tf.dispose([batch.x, batch.y]);
      }
      const end = values();
      const changed = (name: string) => end[name].some((v, i) => v !== start[name][i]);
      for (const name of Object.keys(start)) {
        const edge = /cells\.\d+\.edges\.(\d<-\d)\.(\d)/.exec(name);
        if (!edge) continue;
        const row = ['1<-0', '2<-0', '2<-1', '3<-0', '3<-1', '3<-2'].indexOf(edge[1]);
        if (Number(edge[2]) !== picks[row]) expect(changed(name), name).to.equal(false);
      }
      // Edge 2<-1 feeds node 2, which reaches the output by 3<-2.
      expect(changed('cells.0.edges.2<-1.2.op.1.weight')).to.equal(true);
      expect(changed('cells.0.edges.3<-2.3.op.1.weight')).to.equal(true);
      disposeSharingState(state);
    });

    it('is judged by its own batch statistics, not by running ones of other paths, which moved RSPS by 5 points elsewhere (AutoDL-Projects#70)', () => {
      const state = fresh();
      const accuracy = pathAccuracy(state.search, dataset, picks, 60);
      for (const buffer of Object.values(state.search.net.buffers)) {
        tf.tidy(() => buffer.assign(tf.add(tf.mul(buffer, 3), 1)));
      }
      expect(pathAccuracy(state.search, dataset, picks, 60)).to.equal(accuracy);
      disposeSharingState(state);
    });

    it('is judged on the alpha half alone: neither the test set nor the weights’ images are read', () => {
      const state = fresh();
      const accuracy = pathAccuracy(state.search, dataset, picks, 60);
      const half = searchSplit(dataset).weights.length;
      const images = dataset.train.images.slice();
      images.fill(0, 0, half * dataset.height * dataset.width * dataset.channels);
      const labels = dataset.train.labels.slice();
      labels.fill(0, 0, half);
      const blind: Dataset = {
        ...dataset,
        train: { ...dataset.train, images, labels },
        test: { images: new Uint8Array(), labels: new Uint8Array(), count: 0 },
      };
      expect(pathAccuracy(state.search, blind, picks, 60)).to.equal(accuracy);
      disposeSharingState(state);
    });

    it('is judged on every image once, in batches of which none has a single image', () => {
      const state = fresh();
      const batch = alphaBatch(251);
      expect(pathAccuracy(state.search, dataset, picks, 251)).to.equal(
        pathCorrect(state.search, batch, picks) / 251,
      );
      tf.dispose([batch.x, batch.y]);
      expect(() => pathAccuracy(state.search, dataset, picks, 1e6)).to.throw(/at most those/);
      disposeSharingState(state);
    });
  });

  it('frees every tensor', async () => {
    await run(small('enas'), join(folder, '..', 'first'));
    const tensors = tf.memory().numTensors;
    await run(small('enas'), folder);
    expect(tf.memory().numTensors).to.equal(tensors);
  });
});
