// The Dirichlet's tfjs ops: values, gradients, masks, replay, extreme concentrations.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  concentration as concentrationOf,
  pathwiseGradient,
  sampleMasked,
} from '../../src/distributions/dirichlet.js';
import { torchRule } from '../../src/distributions/pathwiseTorch.js';
import { createStream } from '../../src/random/index.js';
import { concentration, dirichletSample } from '../../src/tensor/dirichlet.js';
import { onEveryBackend } from './backends.js';

const alphaRows = [
  [0.3, -1.2, 0, 2.5, -0.01],
  [-3, -3, -2, 1, -4],
];
const upstreamRows = [
  [1, -2, 0.5, 3, 0.25],
  [0.5, 0.25, -1, 2, 4],
];
const betaRows = alphaRows.map((row) => row.map((a) => Math.fround(concentrationOf(Math.fround(a)))));

/** The value of `op` and the gradient of sum(upstream * op(x)) at x, as rows of numbers. */
function evaluate(op: (x: tf.Tensor2D) => tf.Tensor2D, x: number[][], upstream: number[][]) {
  return tf.tidy(() => {
    const input = tf.tensor2d(x);
    const gradient = tf.grad((t: tf.Tensor) => tf.sum(tf.mul(op(t as tf.Tensor2D), tf.tensor2d(upstream))))(
      input,
    );
    return { value: op(input).arraySync(), gradient: (gradient as tf.Tensor2D).arraySync() };
  });
}

function expectClose(got: number[][], want: ArrayLike<number>[], tolerance = 1e-6) {
  want.forEach((row, e) => {
    Array.from(row).forEach((w, o) => {
      expect(got[e][o], `[${e}, ${o}]`).to.be.closeTo(w, tolerance * Math.max(1, Math.abs(w)));
    });
  });
}

onEveryBackend('the Dirichlet on the tape', () => {
  it('has concentrations elu(alpha) + 1 with their gradient', () => {
    const { value, gradient } = evaluate(concentration, alphaRows, upstreamRows);
    expectClose(value, betaRows);
    expectClose(
      gradient,
      alphaRows.map((row, e) => row.map((a, o) => upstreamRows[e][o] * (a > 0 ? 1 : Math.exp(a)))),
    );
  });

  it('draws a sample per edge and passes the pathwise gradient back', () => {
    const { value, gradient } = evaluate(
      (b) => dirichletSample(b, { stream: createStream(71) }),
      betaRows,
      upstreamRows,
    );
    const stream = createStream(71);
    const theta = betaRows.map((row) => sampleMasked(stream, row));
    expectClose(value, theta);
    expectClose(
      gradient,
      theta.map((row, e) => pathwiseGradient(row, betaRows[e], upstreamRows[e])),
    );
  });

  it('draws and differentiates over the kept operations only under a mask', () => {
    const mask = [
      [1, 0, 1, 1, 0],
      [0, 1, 0, 0, 0],
    ];
    const { value, gradient } = evaluate(
      (b) => dirichletSample(b, { stream: createStream(72), mask }),
      betaRows,
      upstreamRows,
    );
    const stream = createStream(72);
    const theta = betaRows.map((row, e) => sampleMasked(stream, row, mask[e]));
    expectClose(value, theta);
    expect(value[1]).to.deep.equal([0, 1, 0, 0, 0]);
    expectClose(
      gradient,
      theta.map((row, e) => pathwiseGradient(row, betaRows[e], upstreamRows[e], mask[e])),
    );
    expect(gradient[0][1]).to.equal(0);
    expect(gradient[1]).to.deep.equal([0, 0, 0, 0, 0]);
  });

  it('replays a recorded sample, masked where a mask is given, and with torch\u2019s rule where asked', () => {
    const theta = [
      [0.7, 0.1, 0.05, 0.1, 0.05],
      [0.125, 0.125, 0.25, 0.25, 0.25],
    ];
    const plain = evaluate((b) => dirichletSample(b, { theta }), betaRows, upstreamRows);
    expectClose(plain.value, theta);
    expectClose(
      plain.gradient,
      theta.map((row, e) => pathwiseGradient(row, betaRows[e], upstreamRows[e])),
    );
    const torch = evaluate((b) => dirichletSample(b, { theta, rule: torchRule }), betaRows, upstreamRows);
    expectClose(
      torch.gradient,
      theta.map((row, e) => pathwiseGradient(row, betaRows[e], upstreamRows[e], undefined, torchRule)),
    );
    const mask = [
      [1, 1, 1, 1, 1],
      [0, 1, 1, 0, 0],
    ];
    const masked = evaluate((b) => dirichletSample(b, { theta, mask }), betaRows, upstreamRows);
    expectClose([masked.value[1]], [[0, 1 / 3, 2 / 3, 0, 0]]);
  });

  it('keeps the gradient of an entry that float32 cannot tell from 1', () => {
    // The gradient is of the order of 1 - theta_1 = 1e-30, which 1 - 0.99999994 would replace by 6e-8.
    const theta = [[1e-30, 1]];
    const { value, gradient } = evaluate((b) => dirichletSample(b, { theta }), [[0.05, 0.05]], [[1e10, 0]]);
    expect(value[0][0]).to.be.closeTo(1e-30, 1e-36);
    expect(value[0][1]).to.be.closeTo(1, 1e-7);
    const want = pathwiseGradient(theta[0], [Math.fround(0.05), Math.fround(0.05)], [1e10, 0]);
    expect(Math.abs(want[0])).to.be.above(0);
    expect(gradient[0][0] / want[0]).to.be.closeTo(1, 1e-6);
    expect(gradient[0][1] / want[1]).to.be.closeTo(1, 1e-6);
  });

  it('gives samples in (0, 1) as float32 too', () => {
    const stream = createStream(73);
    const rows = tf.tidy(() =>
      dirichletSample(tf.fill([200, 5], 1e-3) as tf.Tensor2D, { stream }).arraySync(),
    );
    expect(rows.flat().every((t) => t > 0 && t < 1)).to.equal(true);
  });

  it('alpha below -17 gives finite concentrations, samples and gradients', () => {
    for (const low of [-17, -18, -40, -80, -120]) {
      const alpha = [
        [low, 0, 0, 0, 0],
        [low, low, low, low, low],
      ];
      const draw = (a: tf.Tensor2D) => dirichletSample(concentration(a), { stream: createStream(74, low) });
      const { value, gradient } = evaluate(draw, alpha, upstreamRows);
      expect(
        evaluate(concentration, alpha, upstreamRows)
          .value.flat()
          .every((b) => b > 0),
      ).to.equal(true);
      expect([...value.flat(), ...gradient.flat()].every(Number.isFinite), `alpha ${low}`).to.equal(true);
    }
  });

  it('says what is missing or of the wrong size', () => {
    const beta = tf.tensor2d(betaRows);
    try {
      expect(() => dirichletSample(beta, {})).to.throw('stream');
      expect(() => dirichletSample(beta, { theta: [[1, 0, 0, 0, 0]] })).to.throw(
        'one row per edge: 2, but has 1',
      );
      expect(() =>
        dirichletSample(beta, {
          theta: [
            [1, 0],
            [1, 0],
          ],
        }),
      ).to.throw('needs 5 entries, but has 2');
      expect(() =>
        dirichletSample(beta, {
          stream: createStream(0),
          mask: [
            [1, 1, 1, 1, 1],
            [0, 0, 0, 0, 0],
          ],
        }),
      ).to.throw('at least one');
    } finally {
      beta.dispose();
    }
  });
});
