// The boundary between stages: what goes on, what is gone, and how far the output jumps.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registerWasm } from '../../../src/backend/register.js';
import { openDataset } from '../../../src/data/open.js';
import type { Dataset } from '../../../src/data/types.js';
import { createStream } from '../../../src/random/stream.js';
import { epochBatches, toTensors } from '../../../src/search/batches.js';
import { type SearchConfig, searchConfig, type WideningRule } from '../../../src/search/config.js';
import { expectedMixing, supernetQuality } from '../../../src/search/evaluate.js';
import type { EpochEvent, SearchEvent, StageEvent } from '../../../src/search/events.js';
import { searchLoop } from '../../../src/search/loop.js';
import { parseSchedule } from '../../../src/search/progressive/schedules.js';
import { enterStage } from '../../../src/search/progressive/stage.js';
import {
  alphaRows,
  createSearchState,
  disposeSearchState,
  type SearchState,
  supernetShape,
} from '../../../src/search/state.js';
import { architectureStep, weightStep } from '../../../src/search/step.js';

const config: SearchConfig = searchConfig('smoke', {
  dataset: 'procedural',
  channels: 8,
  stages: parseSchedule('4:5:2:0,2:3:2:0,1:2:1:0', 'nasbench201'),
  stepsPerEpoch: 2,
  batchSize: 8,
});

describe('a stage boundary', () => {
  let dataset: Dataset;
  before(async () => {
    await registerWasm({ log: () => {} });
    await tf.setBackend('drnas-wasm');
    dataset = await openDataset('procedural', { imageSize: 8 });
  });

  const fresh = () => createSearchState(config, supernetShape(config, { classes: 10, imageChannels: 3 }));
  const step = (state: SearchState, n: number) => {
    const batches = epochBatches(config, dataset, 0);
    const [valid, train] = [toTensors(batches.valid(n), dataset), toTensors(batches.train(n), dataset)];
    const draw = (pass: string) => ({ stream: createStream(config.seed, n, pass) });
    const alpha = architectureStep(state, valid, 0.03, draw('valid'));
    const options = { learningRate: 0.025, clipNorm: 5, clipIncludesAlpha: false };
    const weights = weightStep(state, train, options, draw('train'));
    tf.dispose([valid, train].flatMap(({ x, y }) => [x, y]));
    return { alpha, weights };
  };
  const cross = (state: SearchState, rule: WideningRule = 'reference') =>
    enterStage(state, { k: 2, operations: 3 }, { rule, seed: 0 });

  it('carries momentum over by name (the workaround of DrNAS#7 drops it, the original ends in a KeyError: DrNAS#4, #6)', () => {
    const state = fresh();
    step(state, 0);
    const before = state.weightOptimiser.exportState();
    const { maps } = cross(state);
    const after = state.weightOptimiser.exportState();
    expect(Object.keys(after).sort()).to.deep.equal(Object.keys(state.net.parameters).sort());
    expect([...after['stem.0.weight']]).to.deep.equal([...before['stem.0.weight']]);
    const operation = 3;
    const kept = state.mask!.findIndex((r) => r[operation] === 1);
    const name = `cells.0.edges.${state.space.rowNames[kept]}.${operation}.op.1.weight`;
    // Four draws an edge: the 1x1's input and output, then the 3x3's.
    const plan = [maps[4 * kept + 2], maps[4 * kept + 3]];
    // [3, 3, 2, 2] to [3, 3, 4, 4].
    for (let i = 0; i < 4; i++)
      for (let o = 0; o < 4; o++) {
        expect(after[name][i * 4 + o], `${i} ${o}`).to.equal(before[name][plan[0][i] * 2 + plan[1][o]]);
      }
    expect(after[name].some((m) => m !== 0)).to.equal(true);
    disposeSearchState(state);
  });

  it('keeps Adam’s moments and step count of alpha, also of what is pruned, as the reference does', () => {
    const state = fresh();
    step(state, 0);
    step(state, 1);
    const before = state.alphaOptimiser.exportState();
    cross(state);
    expect(state.alphaOptimiser.exportState()).to.deep.equal(before);
    expect(before['alpha/step'][0]).to.equal(2);
    disposeSearchState(state);
  });

  it('frees pruned weights and their momentum (the reference keeps them in memory) and leaves nothing behind', () => {
    const tensors = tf.memory().numTensors;
    const state = fresh();
    step(state, 0);
    const parameters = Object.keys(state.net.parameters).length;
    const held = tf.memory().numTensors;
    cross(state);
    const removed = parameters - Object.keys(state.net.parameters).length;
    const convolutions = state.mask!.flatMap((row) => row.slice(2, 4)).filter((kept) => !kept).length;
    expect(removed).to.equal(3 * convolutions);
    expect(removed).to.be.above(0);
    // Momentum waits outside of tensors until the first step, then there is one for each weight that is left.
    expect(tf.memory().numTensors).to.equal(held - removed - parameters);
    step(state, 1);
    expect(tf.memory().numTensors).to.equal(held - 2 * removed);
    disposeSearchState(state);
    expect(tf.memory().numTensors).to.equal(tensors);
  });

  it('gives pruned operations no gradient, and leaves their alpha out of the mixing weights', () => {
    const state = fresh();
    step(state, 0);
    cross(state);
    const { alpha } = step(state, 1);
    state.mask!.flat().forEach((kept, i) => {
      if (kept) expect(alpha.gradAlpha[i]).not.to.equal(0);
      else expect(alpha.gradAlpha[i]).to.equal(0);
    });
    expectedMixing(state).forEach((row, r) => {
      expect(row.reduce((a, b) => a + b)).to.be.closeTo(1, 1e-12);
      row.forEach((p, o) => expect(p > 0).to.equal(state.mask![r][o] === 1));
    });
    disposeSearchState(state);
  });

  it('takes the KL anchor over the operations that are left (the reference counts the pruned ones on)', () => {
    const settings = { ...config, regulariser: 'kl' as const, regulariserWeight: 1 };
    const state = createSearchState(settings, supernetShape(settings, { classes: 10, imageChannels: 3 }));
    step(state, 0);
    cross(state);
    const { alpha } = step(state, 1);
    state.mask!.flat().forEach((kept, i) => {
      if (!kept) expect(alpha.gradAlpha[i]).to.equal(0);
    });
    disposeSearchState(state);
  });

  it('draws the same widening again from the same seed, another from another', () => {
    const maps = [0, 0, 1].map((seed) => {
      const state = fresh();
      const result = enterStage(state, { k: 2, operations: 3 }, { rule: 'reference', seed });
      disposeSearchState(state);
      return JSON.stringify(result.maps);
    });
    expect(maps[0]).to.equal(maps[1]);
    expect(maps[0]).not.to.equal(maps[2]);
  });

  it('only prunes where k stays', () => {
    const state = fresh();
    const stem = state.net.parameters['stem.0.weight'];
    enterStage(state, { k: 4, operations: 2 }, { rule: 'reference', seed: 0 });
    expect(state.net.parameters['stem.0.weight']).to.equal(stem);
    expect(state.stage).to.equal(1);
    disposeSearchState(state);
  });

  it('cannot keep the output of the whole supernet by any rule: the jump is measured, and training goes on', () => {
    const jumps = (['reference', 'net2net', 'reinitialise'] as const).map((rule) => {
      const state = fresh();
      for (let n = 0; n < 8; n++) step(state, n % 2);
      const measure = (now: SearchState) => supernetQuality(now, dataset, expectedMixing(now), 64);
      const { jump } = enterStage(state, { k: 2, operations: 3 }, { rule, seed: 0, measure });
      expect(step(state, 1).weights.gradientNorm).to.be.within(1e-3, 1e3);
      disposeSearchState(state);
      return jump;
    });
    for (const { before, pruned, widened } of jumps) {
      expect(before).to.deep.equal(jumps[0].before);
      expect(pruned).to.deep.equal(jumps[0].pruned);
      for (const quality of [before, pruned, widened]) expect(quality!.loss).to.be.within(0.5, 10);
      expect(widened!.loss).not.to.equal(pruned!.loss);
    }
    expect(new Set(jumps.map(({ widened }) => widened!.loss)).size).to.equal(3);
  });
});

describe('a search in three stages', () => {
  let events: SearchEvent[];
  let last: { mask: number[][]; alpha: number[][] };
  before(async () => {
    await registerWasm({ log: () => {} });
    await tf.setBackend('drnas-wasm');
    const dataset = await openDataset('procedural', { imageSize: 8 });
    const state = createSearchState(config, supernetShape(config, { classes: 10, imageChannels: 3 }));
    events = [];
    for await (const event of searchLoop(config, state, { dataset })) events.push(event);
    last = { mask: state.mask!, alpha: alphaRows(state) };
    disposeSearchState(state);
  });

  it('announces each stage between the epochs, with its k, what is left and the jump', () => {
    const order = events.filter(({ event }) => event !== 'step').map(({ event }) => event);
    expect(order.join(' ')).to.equal('epoch epoch stage epoch epoch stage epoch');
    const stages = events.filter((event): event is StageEvent => event.event === 'stage');
    expect(
      stages.map(({ stage, epoch, step, k, operations }) => [stage, epoch, step, k, operations]),
    ).to.deep.equal([
      [2, 2, 4, 2, 3],
      [3, 4, 8, 1, 2],
    ]);
    for (const { mask, operations, jump, rule } of stages) {
      for (const row of mask) expect(row.filter((kept) => kept).length).to.equal(operations);
      expect(jump.widened!.loss).to.be.a('number');
      expect(rule).to.equal('reference');
    }
    expect(stages[1].parameters.before).to.equal(stages[0].parameters.after);
  });

  it('never revives a pruned operation and ends with a genotype of what is left', () => {
    const [second, third] = events.filter((event): event is StageEvent => event.event === 'stage');
    third.mask.flat().forEach((kept, i) => {
      if (kept) expect(second.mask.flat()[i]).to.equal(1);
    });
    const epochs = events.filter((event): event is EpochEvent => event.event === 'epoch');
    expect(epochs.map(({ stage }) => stage)).to.deep.equal([1, 1, 2, 2, 3]);
    const picked = epochs[4].genotype.match(/[a-z_0-9]+(?=~)/g)!;
    const operations = ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'];
    picked.forEach((name, row) => expect(last.mask[row][operations.indexOf(name)], name).to.equal(1));
    expect(epochs[4].entropy).to.be.below(Math.log(2) + 1e-9);
  });

  it('freezes alpha at the start of every stage, not only of the first', async () => {
    const resting = searchConfig('smoke', {
      dataset: 'procedural',
      stages: parseSchedule('4:5:2:1,2:3:2:1', 'nasbench201'),
      stepsPerEpoch: 1,
      batchSize: 8,
      evaluationImages: 0,
    });
    const dataset = await openDataset('procedural', { imageSize: 8 });
    const state = createSearchState(resting, supernetShape(resting, { classes: 10, imageChannels: 3 }));
    const validLosses: (number | null)[] = [];
    for await (const event of searchLoop(resting, state, { dataset })) {
      if (event.event === 'epoch') validLosses.push(event.validLoss);
    }
    expect(validLosses.map((loss) => loss === null)).to.deep.equal([true, false, true, false]);
    disposeSearchState(state);
  });
});
