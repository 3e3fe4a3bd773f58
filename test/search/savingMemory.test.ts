// Steps of a search that save memory: recomputed cells give the same bits, a batch in parts what can be promised of it.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createStream } from '../../src/random/stream.js';
import { type SearchConfig, searchConfig, withoutDefaults } from '../../src/search/config.js';
import { runDigest } from '../../src/search/manifest.js';
import { lossOf } from '../../src/search/pass.js';
import {
  createSearchState,
  disposeSearchState,
  type SearchState,
  supernetShape,
} from '../../src/search/state.js';
import { architectureStep, type TensorBatch, weightStep } from '../../src/search/step.js';
import { matricesOf } from '../../src/search/theta.js';
import type { BatchStatistics } from '../../src/spaces/layers.js';
import { variableGradients } from '../../src/tensor/variableGradients.js';
import { onEveryBackend } from '../tensor/backends.js';
import { drawConstantTheta } from './constantTheta.js';

const DATA = { classes: 10, imageChannels: 3 };
const SPACES = {
  nasbench201: { space: 'nasbench201', channels: 4, imageSize: 4, batchSize: 4, k: 2 },
  darts: { space: 'darts', channels: 4, cells: 3, imageSize: 4, batchSize: 4, k: 2, stages: null },
  // The imagenet stem gives the first cell two inputs of different sizes.
  'darts imagenet': {
    space: 'darts',
    stem: 'imagenet',
    channels: 4,
    cells: 3,
    imageSize: 32,
    k: 2,
    stages: null,
    batchSize: 2,
  },
} as const;

const configOf = (overrides: Partial<SearchConfig>) =>
  searchConfig('smoke', { dataset: 'procedural', ...overrides });

function batchOf({ batchSize, imageSize }: SearchConfig, seed: number): TensorBatch {
  return {
    x: tf.randomNormal([batchSize, imageSize, imageSize, 3], 0, 1, 'float32', seed) as tf.Tensor4D,
    y: tf.tensor1d(
      Array.from({ length: batchSize }, (_, i) => (3 * i + seed) % 10),
      'int32',
    ),
  };
}

const bits = (tensor: tf.Tensor) => Buffer.from(Float32Array.from(tensor.dataSync()).buffer).toString('hex');

/** Alpha, weights, running statistics and results after whole steps. */
function stepped(
  config: SearchConfig,
  steps = tf.getBackend().startsWith('drnas') ? [0, 1] : [0],
): Record<string, unknown> {
  const state = createSearchState(config, supernetShape(config, DATA));
  const results: unknown[] = [];
  for (const step of steps) {
    const [valid, train] = [batchOf(config, 2 * step + 1), batchOf(config, 2 * step + 2)];
    const draw = (pass: string) => ({ stream: createStream(1, step, pass), temperature: 5 });
    const unroll = { train, learningRate: 0.1, momentum: 0.9, weightDecay: 0 };
    results.push(architectureStep(state, valid, 0.1, draw('valid'), 0, unroll));
    const { logits, ...rest } = weightStep(
      state,
      train,
      { learningRate: 0.1, clipNorm: 5, clipIncludesAlpha: false },
      draw('train'),
    );
    results.push(rest, Array.from(logits));
    tf.dispose([valid.x, valid.y, train.x, train.y]);
  }
  const values = Object.entries({ alpha: state.alpha, ...state.net.parameters, ...state.net.buffers });
  const after = Object.fromEntries(values.map(([name, variable]) => [name, bits(variable)]));
  disposeSearchState(state);
  return { results, ...after };
}

onEveryBackend('a search with recomputed cells', (backend) => {
  // Compositions take seconds: tfjs's wasm has that of its cpu backend.
  const names = Object.keys(SPACES).slice(0, backend.startsWith('drnas') ? 3 : backend === 'wasm' ? 1 : 2);
  for (const name of names) {
    const space = SPACES[name as keyof typeof SPACES];
    it(`steps to the same bits: ${name}`, () => {
      const config = configOf({ ...space, regulariser: 'kl' });
      expect(stepped({ ...config, recompute: true })).to.deep.equal(stepped(config));
    });
  }
});

onEveryBackend('a search with recomputed cells and other samplers', (backend) => {
  // The composition is the same for all samplers; the compiled kernels are quick.
  const others: Partial<SearchConfig>[] = [
    { sampler: 'gdas', regulariser: 'none' },
    { thetaPer: 'cell' },
    { sampler: 'dirichlet-score', samplesPerStep: 2 },
    { order: 2 },
  ];
  for (const other of backend.startsWith('drnas') ? others : []) {
    it(`steps to the same bits: ${JSON.stringify(other)}`, () => {
      for (const space of [SPACES.nasbench201, SPACES.darts]) {
        const config = configOf({ ...space, ...other });
        expect(stepped({ ...config, recompute: true })).to.deep.equal(stepped(config));
      }
    });
  }
});

onEveryBackend('a search in parts of its batches', (backend) => {
  const gradientsOf = (
    state: SearchState,
    batch: TensorBatch,
    drawn: ReturnType<typeof drawConstantTheta>,
  ) => {
    const statistics: BatchStatistics[] = [];
    const { value, grads } = variableGradients(
      () => lossOf(state, batch, drawn, 'weights', statistics).loss,
      Object.values(state.net.parameters),
    );
    return { value, grads, statistics };
  };
  const free = ({ value, grads, statistics }: ReturnType<typeof gradientsOf>) =>
    tf.dispose([
      value,
      grads,
      statistics.map(({ mean, variance }) => [mean, variance]),
    ] as unknown as tf.TensorContainer);

  it('has the mean of the parts’ gradients, each with its own batch norms, and the first norm’s statistics of the whole', () => {
    const config = configOf({ ...SPACES.nasbench201, batchSize: 5 });
    const state = createSearchState(config, supernetShape(config, DATA));
    const batch = batchOf(config, 3);
    const drawn = drawConstantTheta(state, { stream: createStream(1, 'theta') });
    const part = (begin: number, end: number) => {
      const x = tf.slice(batch.x, [begin, 0, 0, 0], [end - begin, 4, 4, 3]);
      const y = tf.slice(batch.y, begin, end - begin);
      const result = gradientsOf(state, { x, y }, drawn);
      tf.dispose([x, y]);
      return result;
    };
    const [first, second, whole] = [part(0, 2), part(2, 5), gradientsOf(state, batch, drawn)];
    state.memory = { microBatch: 3, recompute: false };
    const inParts = gradientsOf(state, batch, drawn);
    const numbers = (tensor: tf.Tensor) => Array.from(tensor.dataSync());
    for (const [name, gradient] of Object.entries(inParts.grads)) {
      const [a, b] = [first, second].map(({ grads }) => numbers(grads[name]));
      numbers(gradient).forEach((g, i) => expect(g).to.be.closeTo(0.4 * a[i] + 0.6 * b[i], 1e-5));
    }
    // That is not the gradient of the whole batch, whose norms see all images: the parts are ghost batches.
    const stem = state.net.parameters['stem.0.weight'].name;
    const differences = numbers(inParts.grads[stem]).map((g, i) =>
      Math.abs(g - numbers(whole.grads[stem])[i]),
    );
    expect(Math.max(...differences)).to.be.above(1e-4);
    // The stem's norm sees the same values however they are cut; by the law of total variance nothing is lost.
    const [own, wholes] = [inParts, whole].map(({ statistics }) => statistics[0]);
    expect([own.name, own.count]).to.deep.equal(['stem.1', wholes.count]);
    for (const of of ['mean', 'variance'] as const)
      numbers(own[of]).forEach((v, i) => expect(v).to.be.closeTo(numbers(wholes[of])[i], 1e-6));
    for (const result of [first, second, whole, inParts]) free(result);
    tf.dispose([batch.x, batch.y, ...matricesOf(drawn.theta)]);
    disposeSearchState(state);
  });

  it('equals the whole batch where nothing depends on the batch: with running statistics', function () {
    // The compiled cells have no gradient with running statistics.
    if (backend.startsWith('drnas')) this.skip();
    const config = configOf({ ...SPACES.nasbench201, batchSize: 4 });
    const state = createSearchState(config, supernetShape(config, DATA));
    const { forward } = state.space;
    state.space = {
      ...state.space,
      forward: (net, x, theta, options) => forward(net, x, theta, { ...options, training: false }),
    };
    const batch = batchOf(config, 3);
    const drawn = drawConstantTheta(state, { stream: createStream(1, 'theta') });
    const whole = gradientsOf(state, batch, drawn);
    state.memory = { microBatch: 2, recompute: false };
    const inParts = gradientsOf(state, batch, drawn);
    expect(inParts.value.dataSync()[0]).to.be.closeTo(whole.value.dataSync()[0], 1e-6);
    for (const [name, gradient] of Object.entries(whole.grads)) {
      const expected = gradient.dataSync();
      inParts.grads[name].dataSync().forEach((g, i) => expect(g).to.be.closeTo(expected[i], 2e-6));
    }
    for (const result of [whole, inParts]) free(result);
    tf.dispose([batch.x, batch.y, ...matricesOf(drawn.theta)]);
    disposeSearchState(state);
  });

  it('steps with both at once as with parts alone, and leaves nothing behind', () => {
    for (const space of backend.startsWith('drnas') ? [SPACES.nasbench201, SPACES.darts] : []) {
      const config = { ...configOf(space), microBatch: 2 };
      const before = tf.memory().numTensors;
      const alone = stepped(config);
      expect(tf.memory().numTensors).to.equal(before);
      expect(stepped({ ...config, recompute: true })).to.deep.equal(alone);
      expect(tf.memory().numTensors).to.equal(before);
      expect(stepped({ ...config, microBatch: 4 })).to.deep.equal(stepped(configOf(space)));
    }
  });
});

describe('the settings that save memory', () => {
  const data = { name: 'procedural', checksum: 'x' } as const;

  it('are absent by default, and only parts change what a run is', () => {
    const config = configOf({});
    const digest = (overrides: Partial<SearchConfig>) => runDigest(configOf(overrides), data);
    expect(config).to.not.have.any.keys('microBatch', 'recompute');
    expect(withoutDefaults({ ...config, microBatch: 0, recompute: false })).to.deep.equal(config);
    expect(digest({ recompute: true })).to.equal(runDigest(config, data));
    expect(configOf({ recompute: true }).scale).to.equal(configOf({}).scale);
    expect(digest({ microBatch: 8 })).to.not.equal(runDigest(config, data));
  });

  it('are refused by name where they make no sense', () => {
    expect(() => configOf({ microBatch: 1 })).to.throw('microBatch is 1, expected an integer of at least 2');
    for (const microBatch of [-1, Number.NaN, null as unknown as number])
      expect(() => configOf({ microBatch })).to.throw('expected an integer of at least 2');
    expect(() => configOf({ recompute: 1 as unknown as boolean })).to.throw(
      'recompute is 1, expected true or false',
    );
  });
});
