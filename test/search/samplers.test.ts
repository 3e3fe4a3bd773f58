// Samplers: expected weights, samples, masks, picks.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createStream } from '../../src/random/stream.js';
import { samplerOf } from '../../src/search/samplers/samplerOf.js';

const ALPHA = [
  [0.5, -1, 0, 2, -3],
  [0, 0, 0, 0, 0],
];
const MASK = [
  [1, 0, 1, 1, 0],
  [1, 1, 1, 1, 1],
];

const rowSums = (rows: number[][]) => rows.map((row) => row.reduce((a, b) => a + b, 0));
const sampled = (
  name: 'dirichlet' | 'dirichlet-mean' | 'softmax',
  alpha: number[][],
  mask: number[][] | undefined,
  seed: number,
) =>
  tf.tidy(
    () =>
      samplerOf(name)
        .sample(tf.tensor2d(alpha), { stream: createStream(seed), mask })
        .arraySync() as number[][],
  );

describe('samplers', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('expects the Dirichlet mean beta / sum(beta), with beta = elu(alpha) + 1', () => {
    const [row] = samplerOf('dirichlet').expected(ALPHA);
    const beta = [1.5, Math.exp(-1), 1, 3, Math.exp(-3)];
    const total = beta.reduce((a, b) => a + b);
    row.forEach((value, i) => expect(value).to.be.closeTo(beta[i] / total, 1e-12));
  });

  it('expects softmax(alpha) for DARTS, also where alpha is large', () => {
    const [row] = samplerOf('softmax').expected([[1000, 1001, 999, 1000, 1000]]);
    const total = 3 + Math.E + 1 / Math.E;
    expect(row[1]).to.be.closeTo(Math.E / total, 1e-12);
  });

  it('samples Dirichlet weights whose mean over many draws is the expected one', () => {
    const draws = 4000;
    const mean = [0, 0, 0, 0, 0];
    for (let n = 0; n < draws; n++)
      sampled('dirichlet', ALPHA, undefined, n)[0].forEach((v, i) => (mean[i] += v / draws));
    const [want] = samplerOf('dirichlet').expected(ALPHA);
    // Standard deviation of an entry is below 0.25, so of the mean below 0.004; five of these.
    mean.forEach((value, i) => expect(value, `entry ${i}`).to.be.closeTo(want[i], 0.02));
  });

  it('draws over all operations and renormalises, as the reference does, to the same sample of a recorded theta but another gradient', () => {
    const theta = [[0.1, 0.2, 0.4, 0.25, 0.05]];
    const [alpha, mask] = [[ALPHA[0]], [MASK[0]]];
    const upstream = tf.tensor2d([[1, 5, -2, 0.5, 3]]);
    const [kept, whole] = [false, true].map((wholeRows) => {
      const draw = { stream: createStream(0), theta, mask, wholeRows };
      const sample = (a: tf.Tensor) => samplerOf('dirichlet').sample(a as tf.Tensor2D, draw);
      const gradient = tf.tidy(() => Array.from(tf.grad(sample)(tf.tensor2d(alpha), upstream).dataSync()));
      return { sample: tf.tidy(() => Array.from(sample(tf.tensor2d(alpha)).dataSync())), gradient };
    });
    upstream.dispose();
    kept.sample.forEach((value, i) => expect(whole.sample[i]).to.be.closeTo(value, 1e-6));
    expect(whole.sample[0]).to.be.closeTo(0.1 / 0.75, 1e-6);
    for (const pruned of [1, 4]) {
      expect(kept.gradient[pruned]).to.equal(0);
      expect(whole.gradient[pruned]).to.be.closeTo(0, 1e-6);
    }
    expect(Math.abs(kept.gradient[0] - whole.gradient[0])).to.be.above(1e-3);
  });

  it('has the same mean gradient whether pruned operations are drawn or not', () => {
    const upstream = tf.tensor2d([[1, 0, 0, 0, 0]]);
    const mask = [MASK[0]];
    const draws = 1500;
    const beta = [1.5, 1, 3];
    const sum = 5.5;
    // d(beta_0 / S) / d beta_j over the kept 0, 2, 3; d beta / d alpha is 1 there, for alpha 0.5, 0, 2.
    const want = [(sum - beta[0]) / sum ** 2, -beta[0] / sum ** 2, -beta[0] / sum ** 2];
    for (const wholeRows of [false, true]) {
      const mean = [0, 0, 0];
      for (let n = 0; n < draws; n++) {
        const sample = (a: tf.Tensor) =>
          samplerOf('dirichlet').sample(a as tf.Tensor2D, { stream: createStream(n), mask, wholeRows });
        const gradient = tf.tidy(() =>
          tf
            .grad(sample)(tf.tensor2d([ALPHA[0]]), upstream)
            .dataSync(),
        );
        [0, 2, 3].forEach((o, i) => (mean[i] += gradient[o] / draws));
      }
      // A gradient's entry deviates by 0.1 or less: 0.0026 of the mean; five of these.
      mean.forEach((value, i) => expect(value, `${wholeRows} ${i}`).to.be.closeTo(want[i], 0.013));
    }
    upstream.dispose();
  });

  for (const name of ['dirichlet', 'dirichlet-mean', 'softmax'] as const) {
    it(`gives pruned operations no weight and the others all of it: ${name}`, () => {
      for (const rows of [sampled(name, ALPHA, MASK, 1), samplerOf(name).expected(ALPHA, MASK)]) {
        for (const sum of rowSums(rows)) expect(sum).to.be.closeTo(1, 1e-6);
        expect([rows[0][1], rows[0][4]]).to.deep.equal([0, 0]);
      }
      for (let seed = 0; seed < 50; seed++) {
        expect(samplerOf(name).pick(ALPHA, { stream: createStream(seed), mask: MASK })[0]).to.be.oneOf([
          0, 2, 3,
        ]);
      }
    });

    it(`gives equal samples for equal streams: ${name}`, () => {
      expect(sampled(name, ALPHA, undefined, 3)).to.deep.equal(sampled(name, ALPHA, undefined, 3));
    });
  }

  it('differ in their gradient: the mean’s equals its finite difference, and the pathwise one’s average equals it too', () => {
    const upstream = tf.tensor2d([
      [1, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
    ]);
    const gradient = (name: 'dirichlet' | 'dirichlet-mean', seed: number) =>
      tf.tidy(() =>
        Array.from(
          tf
            .grad((a: tf.Tensor) => samplerOf(name).sample(a as tf.Tensor2D, { stream: createStream(seed) }))(
              tf.tensor2d(ALPHA),
              upstream,
            )
            .dataSync(),
        ).slice(0, 5),
      );
    const step = 1e-5;
    const finite = ALPHA[0].map((_, i) => {
      const moved = (by: number) =>
        samplerOf('dirichlet-mean').expected([ALPHA[0].map((a, j) => (j === i ? a + by : a))])[0][0];
      return (moved(step) - moved(-step)) / (2 * step);
    });
    // alpha = 0 is the kink of elu, where left and right derivative agree (1), so the difference is fine there too.
    gradient('dirichlet-mean', 0).forEach((g, i) =>
      expect(g, `mean, entry ${i}`).to.be.closeTo(finite[i], 1e-5),
    );
    const draws = 4000;
    const average = [0, 0, 0, 0, 0];
    for (let n = 0; n < draws; n++) gradient('dirichlet', n).forEach((g, i) => (average[i] += g / draws));
    average.forEach((g, i) => expect(g, `pathwise, entry ${i}`).to.be.closeTo(finite[i], 0.01));
    upstream.dispose();
  });

  it('draws DARTS’ architectures from the categorical softmax', () => {
    const draws = 3000;
    const counts = [0, 0, 0, 0, 0];
    for (let n = 0; n < draws; n++)
      counts[samplerOf('softmax').pick(ALPHA, { stream: createStream(n) })[0]] += 1;
    const [want] = samplerOf('softmax').expected(ALPHA);
    counts.forEach((count, i) => expect(count / draws).to.be.closeTo(want[i], 0.05));
  });
});
