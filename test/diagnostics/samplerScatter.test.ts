// Scatter of gradient estimators: against a known variance, and what must hold between the samplers.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { fixedBatches } from '../../src/diagnostics/batches.js';
import { gradientScatter } from '../../src/diagnostics/gradientVariance.js';
import { samplerScatter, scatterTable } from '../../src/diagnostics/samplerScatter.js';
import { normal } from '../../src/random/normal.js';
import { createStream } from '../../src/random/stream.js';
import { samplerOf } from '../../src/search/samplers/samplerOf.js';
import { disposeSearchState, type SearchState } from '../../src/search/state.js';
import type { TensorBatch } from '../../src/search/step.js';
import { tinyDataset, tinyState } from '../search/tiny.js';

describe('gradientScatter', () => {
  it('estimates mean and variance of a gradient that is drawn', () => {
    const stream = createStream('scatter');
    // Variances 1, 4 and 0 add up to 5; |mean|^2 is 9 + 1.
    const scatter = gradientScatter(() => [3 + normal(stream), 2 * normal(stream), -1], 4000);
    expect(scatter.variance).to.be.closeTo(5, 4 * scatter.varianceError);
    // Of squared distances: (2 + 2 x 16) / n, for normal draws.
    expect(scatter.varianceError).to.be.closeTo(Math.sqrt(34 / 4000), 0.01);
    expect(scatter.mean[0]).to.be.closeTo(3, 4 * scatter.standardErrors[0]);
    expect(scatter.signalToNoise).to.be.closeTo(2, 0.15);
  });

  it('refuses a single draw', () => {
    expect(() => gradientScatter(() => [1], 1)).to.throw(/at least 2/);
  });
});

describe('samplerScatter', () => {
  let state: SearchState;
  let batches: TensorBatch[];
  before(async () => {
    const dataset = await tinyDataset();
    state = tinyState();
    batches = fixedBatches(dataset, 16, 16);
  });
  after(() => {
    disposeSearchState(state);
    tf.dispose(batches.map(({ x, y }) => [x, y]));
  });
  const everything = () =>
    [...Object.values(state.net.parameters), ...Object.values(state.net.buffers), state.alpha].map((v) =>
      Array.from(v.dataSync()),
    );

  it('changes nothing of the state, leaves no tensors, and repeats itself', () => {
    const before = everything();
    const tensors = tf.memory().numTensors;
    const of = () =>
      samplerScatter(state, batches[0], { sampler: samplerOf('gdas'), draws: 4, stream: createStream(1) });
    expect(of()).to.deep.equal(of());
    expect(tf.memory().numTensors).to.equal(tensors);
    expect(everything()).to.deep.equal(before);
  });

  it('finds the score-function estimator unbiased against the pathwise one, with more scatter, and more still without a baseline', () => {
    const cases = [
      { sampler: samplerOf('dirichlet') },
      { sampler: samplerOf('dirichlet-score'), baseline: 'auto' },
      { sampler: samplerOf('dirichlet-score'), baseline: 'none' },
    ] as const;
    const rows = scatterTable(state, batches[0], { cases, draws: 200, stream: createStream(3) });
    expect(rows.map(({ relative }) => relative)[0]).to.equal(1);
    expect(rows[1].relative).to.be.above(2);
    expect(rows[2].relative).to.be.above(5 * rows[1].relative);
    // The largest of 30 normal deviations exceeds 4.5 once in 5,000 times.
    for (const { distance } of rows) expect(distance).to.be.below(4.5);
  });

  it('gives a sampler that draws nothing no scatter, and refuses one with which alpha does not learn', () => {
    const options = { draws: 3, stream: createStream(1) };
    const { variance, mean } = samplerScatter(state, batches[0], {
      ...options,
      sampler: samplerOf('softmax'),
    });
    expect(variance).to.be.below(1e-14);
    expect(Math.max(...mean.map(Math.abs))).to.be.above(1e-5);
    expect(() =>
      samplerScatter(state, batches[0], { ...options, sampler: samplerOf('uniform-path') }),
    ).to.throw(/does not learn/);
  });
});
