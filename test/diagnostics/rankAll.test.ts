// Exhaustive ranking: against the space's own forward pass of every architecture, one by one.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registered } from '../../src/backend/register.js';
import type { Dataset } from '../../src/data/types.js';
import { fixedBatches } from '../../src/diagnostics/batches.js';
import { loadPartial, savePartial } from '../../src/diagnostics/partialRanking.js';
import {
  nasbench201Net,
  type PartialRanking,
  type RankOptions,
  rankAll,
  tally,
} from '../../src/diagnostics/rankAll.js';
import { type NormStatistics, oneHot, operationNumbers } from '../../src/diagnostics/sameFunction.js';
import { createStream } from '../../src/random/stream.js';
import type { SearchState } from '../../src/search/state.js';
import type { TensorBatch } from '../../src/search/step.js';
import { disposeLayers } from '../../src/spaces/layers.js';
import { allArchitectures } from '../../src/spaces/nasbench201/officialOrder.js';
import { createSupernet, forward, type Supernet } from '../../src/spaces/nasbench201/supernet.js';
import { tinyDataset } from '../search/tiny.js';

/** Three operations an edge that differ from edge to edge: 729 architectures in which every operation occurs. */
const THREE = [
  [1, 1, 0, 1, 0],
  [0, 1, 1, 0, 1],
  [1, 0, 1, 1, 0],
  [1, 1, 0, 0, 1],
  [1, 0, 1, 1, 0],
  [0, 1, 0, 1, 1],
];

describe('rankAll', () => {
  let dataset: Dataset;
  let batches: TensorBatch[];
  const nets: Supernet[] = [];
  const supernet = (k: number) => {
    const shape = { channels: 4, cellsPerStage: 1, classes: 10, imageSize: 8, imageChannels: 3, k };
    const net = createSupernet(shape, createStream('ranking', k));
    nets.push(net);
    return net;
  };
  before(async () => {
    dataset = await tinyDataset();
    batches = fixedBatches(dataset, 16, 8);
  });
  after(() => {
    nets.forEach(disposeLayers);
    tf.dispose(batches.map(({ x, y }) => [x, y]));
  });

  /** Accuracy and loss of one architecture by the forward pass of the search, all operations running. */
  const separately = (net: Supernet, index: number, statistics: NormStatistics) => {
    const { theta } = oneHot(operationNumbers(allArchitectures()[index]));
    const sum = { right: 0, loss: 0 };
    for (const { x, y } of batches) {
      tf.tidy(() => {
        const logits = forward(net, x, tf.tensor2d(theta), { training: statistics === 'batch' });
        const { right, loss } = tally(logits.dataSync() as Float32Array, y.dataSync());
        sum.right += right;
        sum.loss += loss;
      });
    }
    return sum;
  };

  for (const [statistics, k] of [
    ['batch', 1],
    ['running', 1],
    ['batch', 2],
  ] as const) {
    it(`scores every architecture as its own forward pass does, by ${statistics} statistics, k = ${k}`, async () => {
      const net = supernet(k);
      // Running statistics that are not 0 and 1.
      const stream = createStream('statistics');
      for (const buffer of Object.values(net.buffers))
        tf.tidy(() =>
          buffer.assign(
            tf.tensor(
              Float32Array.from({ length: buffer.size }, () => 0.5 + stream.uniform()),
              buffer.shape,
            ),
          ),
        );
      const tensors = tf.memory().numTensors;
      const scores = await rankAll(net, batches, { statistics, mask: THREE });
      expect(tf.memory().numTensors).to.equal(tensors);
      expect(scores.architectures).to.equal(729);
      expect(scores.functions).to.be[k === 1 ? 'below' : 'least'](729);
      const ranked = allArchitectures()
        .map((_, i) => i)
        .filter((i) => !Number.isNaN(scores.loss[i]));
      expect(ranked.length).to.equal(729);
      let otherImages = 0;
      for (const index of ranked.filter((_, i) => i % 4 === 0)) {
        const { right, loss } = separately(net, index, statistics);
        expect(scores.loss[index], `loss of ${index}`).to.be.closeTo(loss / 16, 2e-4 * (1 + loss / 16));
        otherImages += Math.abs(Math.round(scores.accuracy[index] * 16) - right);
      }
      // An image whose two best classes tie to within rounding may fall to either.
      expect(otherImages).to.be.at.most(3);
    });
  }

  const few: RankOptions = { mask: THREE.map((row, e) => (e < 3 ? row : [0, 1, 0, 1, 0])) };

  it('gives the same bits with one thread and with two', async () => {
    const net = supernet(1);
    const { engine } = registered('drnas-wasm')!;
    const before = engine.threads;
    const results = [];
    for (const threads of [1, 2]) {
      engine.setThreads(threads);
      results.push(await rankAll(net, batches, few));
    }
    engine.setThreads(before);
    expect(results[0]).to.deep.equal(results[1]);
  });

  it('goes on after an interruption to the same bits, from a file', async () => {
    const net = supernet(1);
    const whole = await rankAll(net, batches, few);
    const folder = mkdtempSync(join(tmpdir(), 'drnas-rank-'));
    const path = join(folder, 'ranking.part');
    const controller = new AbortController();
    const seen: number[] = [];
    const stopped = rankAll(net, batches, {
      ...few,
      signal: controller.signal,
      onProgress: ({ part, partial }) => {
        seen.push(part);
        savePartial(path, 'this', partial);
        // In the second batch, so that both kinds of place are gone through.
        if (part > 0.6) controller.abort(new Error('enough'));
      },
    });
    expect(await stopped.catch((error: Error) => error.message)).to.equal('enough');
    expect(loadPartial(path, 'another')).to.equal(undefined);
    const from = loadPartial(path, 'this') as PartialRanking;
    expect(from.done).to.equal(seen.length);
    expect(seen).to.deep.equal([...seen].sort((a, b) => a - b));
    let units = 0;
    const rest = await rankAll(net, batches, { ...few, from, onProgress: () => (units += 1) });
    expect(rest).to.deep.equal(whole);
    expect(units).to.be.below(from.done);
    expect(existsSync(path)).to.equal(true);
    rmSync(folder, { recursive: true });
  });

  it('refuses another space, a partial ranking of another size, and images that do not fill batches', async () => {
    expect(() => nasbench201Net({ space: { name: 'darts' } } as unknown as SearchState)).to.throw(
      /space darts/,
    );
    const wrong = { done: 0, right: new Float64Array(3), loss: new Float64Array(3) };
    const message = await rankAll(supernet(1), batches, { ...few, from: wrong }).catch(
      (e: Error) => e.message,
    );
    expect(message).to.match(/3 functions, 0 units done, cannot go on/);
    expect(() => fixedBatches(dataset, 100, 64)).to.throw(/100 images in batches of 64.*multiple/);
    expect(() => fixedBatches(dataset, 6400, 64)).to.throw(/exceed the 2500/);
  });
});

describe('tally', () => {
  it('counts right answers, equals going to the lower class, and sums cross entropies', () => {
    const logits = Float32Array.from([0, 0, 0, Math.log(2), 0, 0]);
    // Uniform over three: ln 3; 2 : 1 : 1 with the second class true: ln 4.
    const { right, loss } = tally(logits, [0, 1]);
    expect(right).to.equal(1);
    expect(loss).to.be.closeTo(Math.log(3) + Math.log(4), 1e-6);
  });

  it('never counts what is not a number as right', () => {
    expect(tally(Float32Array.from([Number.NaN, Number.NaN]), [0]).right).to.equal(0);
  });
});
