// A run as a folder: what it leaves, how it resumes, and what it refuses.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registerWasm } from '../../src/backend/register.js';
import { openDataset } from '../../src/data/open.js';
import type { Dataset } from '../../src/data/types.js';
import { type SearchConfig, searchConfig } from '../../src/search/config.js';
import { readRun } from '../../src/search/folder.js';
import { parseSchedule } from '../../src/search/progressive/schedules.js';
import { runSearch } from '../../src/search/run.js';
import { readTensorFile } from '../../src/search/tensorFile.js';

const BACKEND = { name: 'drnas-wasm', engine: 'wasm', threads: 1, reason: 'test' };

describe('a run', () => {
  let dataset: Dataset;
  let folder: string;
  const config = (overrides: Partial<SearchConfig> = {}) =>
    searchConfig('smoke', {
      dataset: 'procedural',
      epochs: 3,
      stepsPerEpoch: 3,
      batchSize: 8,
      evaluationImages: 32,
      ...overrides,
    });

  before(async () => {
    await registerWasm({ log: () => {} });
    await tf.setBackend('drnas-wasm');
    dataset = await openDataset('procedural', { imageSize: 8 });
  });
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'drnas-run-')), 'run');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

  /** Aborts after so many step events. */
  const interruptedRun = async (steps: number, settings = config()) => {
    const controller = new AbortController();
    let seen = 0;
    const onEvent = (event: { event: string }) => {
      if (event.event === 'step' && ++seen === steps) controller.abort(new Error('stop'));
    };
    await runSearch(settings, {
      folder,
      dataset,
      backend: BACKEND,
      signal: controller.signal,
      onEvent,
      resume: true,
    }).then(
      () => expect.fail('should have been interrupted'),
      (error: Error) => expect(error.message).to.equal('stop'),
    );
  };
  const reference = async () => {
    const other = `${folder}-reference`;
    return (await runSearch(config(), { folder: other, dataset, backend: BACKEND })).alphaSha256;
  };

  it('leaves a manifest, an event a step and an epoch, a checkpoint and a result', async () => {
    const tensors = tf.memory().numTensors;
    const result = await runSearch(config(), { folder, dataset, backend: BACKEND });
    expect(tf.memory().numTensors, 'tensors left behind').to.equal(tensors);
    const { manifest, epochs, steps, result: stored } = readRun(folder);
    expect(stored).to.deep.equal(result);
    expect(manifest.status).to.equal('finished');
    expect(manifest.dataset.checksum).to.equal(dataset.checksum);
    expect(manifest.config).to.deep.equal(config());
    expect(steps.map((s) => s.step)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(epochs.map((e) => e.epoch)).to.deep.equal([1, 2, 3]);
    const last = epochs[2];
    expect(last.alpha).to.have.length(6);
    for (const row of last.mixing) expect(row.reduce((a, b) => a + b)).to.be.closeTo(1, 1e-12);
    expect(last.entropy).to.be.closeTo(Math.log(5), 0.05);
    expect(existsSync(join(folder, 'checkpoints', 'last.safetensors'))).to.equal(true);
    expect(existsSync(join(folder, 'run.lock'))).to.equal(false);
  });

  it('resumes to the same bits wherever it was interrupted', async () => {
    const want = await reference();
    for (const steps of [1, 4, 6]) await interruptedRun(steps > 1 ? steps % 3 || 3 : 1);
    const result = await runSearch(config(), { folder, dataset, backend: BACKEND, resume: true });
    expect(result.alphaSha256).to.equal(want);
    expect(readRun(folder).steps.map((s) => s.step)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(readRun(folder).manifest.resumed).to.have.length(3);
  });

  describe('in stages', () => {
    const staged = () => config({ epochs: 4, stages: parseSchedule('4:5:2:0,2:3:2:1', 'nasbench201') });
    /** What a run says of its stages, but for the time it took. */
    const boundaries = () => readRun(folder).stages.map(({ seconds: _, ...boundary }) => boundary);
    const whole = async () => {
      const path = `${folder}-whole`;
      const result = await runSearch(staged(), { folder: path, dataset, backend: BACKEND });
      return { result, stages: readRun(path).stages.map(({ seconds: _, ...boundary }) => boundary) };
    };
    /** Interrupted after the nth event that is no step: epoch 1, epoch 2, stage 2, epoch 3, epoch 4. */
    const stopAfter = async (n: number) => {
      const controller = new AbortController();
      let seen = 0;
      const onEvent = (event: { event: string }) => {
        if (event.event !== 'step' && ++seen === n) controller.abort(new Error('stop'));
      };
      const options = { folder, dataset, backend: BACKEND, signal: controller.signal, onEvent, resume: true };
      await runSearch(staged(), options).catch((error: Error) => expect(error.message).to.equal('stop'));
    };

    for (const [where, events] of [
      ['in the first stage', 1],
      ['before the boundary', 2],
      ['right after the boundary', 3],
      ['in the second stage', 4],
    ] as const) {
      it(`resumes to the same bits when interrupted ${where}`, async () => {
        const want = await whole();
        await stopAfter(events);
        const result = await runSearch(staged(), { folder, dataset, backend: BACKEND, resume: true });
        expect(result.alphaSha256).to.equal(want.result.alphaSha256);
        expect(result.finalTrainLoss).to.equal(want.result.finalTrainLoss);
        expect(boundaries()).to.deep.equal(want.stages);
        expect(readRun(folder).steps.map((s) => s.step)).to.deep.equal(
          [...Array(12).keys()].map((i) => i + 1),
        );
      });
    }

    it('repeats a boundary whose checkpoint was lost', async () => {
      const want = await whole();
      const checkpoint = join(folder, 'checkpoints', 'last.safetensors');
      await stopAfter(2);
      const before = readFileSync(checkpoint);
      await stopAfter(1);
      expect(readRun(folder).stages).to.have.length(1);
      writeFileSync(checkpoint, before);
      const result = await runSearch(staged(), { folder, dataset, backend: BACKEND, resume: true });
      expect(result.alphaSha256).to.equal(want.result.alphaSha256);
      expect(boundaries()).to.deep.equal(want.stages);
    });

    it('keeps the jump at the boundary in its result', async () => {
      const { result } = await whole();
      expect(result.stages).to.have.length(1);
      expect(result.stages![0].jump.widened!.loss).to.be.within(1, 10);
    });

    it('refuses to go on with another widening', async () => {
      await stopAfter(3);
      await refused(/another configuration/, { ...staged(), wideningRule: 'net2net' }, true);
    });
  });

  it('drops a line that a kill cut in half', async () => {
    const want = await reference();
    await interruptedRun(5);
    appendFileSync(join(folder, 'metrics.jsonl'), '{"event":"step","step":99,"tra');
    const result = await runSearch(config(), { folder, dataset, backend: BACKEND, resume: true });
    expect(result.alphaSha256).to.equal(want);
    expect(readRun(folder).steps).to.have.length(9);
  });

  it('returns a finished run as it is instead of repeating it', async () => {
    const first = await runSearch(config(), { folder, dataset, backend: BACKEND });
    const before = readFileSync(join(folder, 'metrics.jsonl'), 'utf8');
    const again = await runSearch(config(), { folder, dataset, backend: BACKEND, resume: true });
    expect(again).to.deep.equal(first);
    expect(readFileSync(join(folder, 'metrics.jsonl'), 'utf8')).to.equal(before);
  });

  const refused = async (pattern: RegExp, settings: SearchConfig, resume: boolean) => {
    const files = ['manifest.json', 'metrics.jsonl', 'notes.txt'].filter((name) =>
      existsSync(join(folder, name)),
    );
    const before = files.map((name) => readFileSync(join(folder, name), 'utf8'));
    await runSearch(settings, { folder, dataset, backend: BACKEND, resume }).then(
      () => expect.fail('should have been refused'),
      (error: Error) => expect(error.message).to.match(pattern),
    );
    expect(files.map((name) => readFileSync(join(folder, name), 'utf8'))).to.deep.equal(before);
  };

  it('refuses a folder with a run in it unless told to resume, and overwrites nothing', async () => {
    await runSearch(config(), { folder, dataset, backend: BACKEND });
    await refused(/already holds a run.*--resume/, config(), false);
  });

  it('refuses a folder with something else in it', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await refused(/not empty and holds no run/, config(), true);
  });

  it('refuses to resume with another configuration', async () => {
    await interruptedRun(4);
    await refused(/another configuration/, config({ seed: 9 }), true);
  });

  it('refuses a checkpoint of another configuration put into its folder', async () => {
    await interruptedRun(4);
    const other = `${folder}-other`;
    await runSearch(config({ seed: 5 }), { folder: other, dataset, backend: BACKEND });
    const checkpoint = join('checkpoints', 'last.safetensors');
    writeFileSync(join(folder, checkpoint), readFileSync(join(other, checkpoint)));
    await runSearch(config(), { folder, dataset, backend: BACKEND, resume: true }).then(
      () => expect.fail('should have been refused'),
      (error: Error) => expect(error.message).to.match(/belongs to another configuration/),
    );
  });

  it('says that a truncated checkpoint is damaged', async () => {
    await interruptedRun(4);
    const path = join(folder, 'checkpoints', 'last.safetensors');
    writeFileSync(path, readFileSync(path).subarray(0, 5000));
    await runSearch(config(), { folder, dataset, backend: BACKEND, resume: true }).then(
      () => expect.fail('should have been refused'),
      (error: Error) => expect(error.message).to.match(/not a whole checkpoint/),
    );
  });

  it('refuses an output folder that cannot be written before any work', async () => {
    writeFileSync(`${folder}-file`, '');
    await runSearch(config(), { folder: join(`${folder}-file`, 'run'), dataset, backend: BACKEND }).then(
      () => expect.fail('should have been refused'),
      (error: Error) => expect(error.message).to.match(/cannot write to the output folder/),
    );
  });

  it('refuses images of another size than the configuration asks for', async () => {
    await refused(/8-pixel images.*16/, config({ imageSize: 16 }), false);
  });

  it('stops a run that diverges, says when, and keeps its last good checkpoint', async () => {
    const explosive = config({
      weightLearningRate: { initial: 1e38, final: 1e38, warmupEpochs: 0 },
      clipNorm: 0,
      epochs: 3,
      // The first epoch's loss is that of the initial weights, the second one's that of the thrown ones.
      stepsPerEpoch: 1,
      frozenEpochs: 2,
    });
    await runSearch(explosive, { folder, dataset, backend: BACKEND }).then(
      () => expect.fail('should have diverged'),
      (error: Error) => expect(error.message).to.match(/diverged at step 2 /),
    );
    const { manifest, epochs } = readRun(folder);
    expect([manifest.status, epochs.length]).to.deep.equal(['diverged', 1]);
    const { metadata } = readTensorFile(join(folder, 'checkpoints', 'last.safetensors'));
    expect(metadata).to.include({ epoch: '1', step: '1' });
    expect(existsSync(join(folder, 'result.json'))).to.equal(false);
  });
});
