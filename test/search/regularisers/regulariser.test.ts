// The two anchors: a weight decay and a penalty.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { concentration, klToUniform, klToUniformGradient } from '../../../src/distributions/dirichlet.js';
import { klPenalty } from '../../../src/search/regularisers/kl.js';
import { regulariserOf } from '../../../src/search/regularisers/regulariser.js';
import { onEveryBackend } from '../../tensor/backends.js';

const alphaRows = [
  [0.3, -1.2, 0.02, 2.5, -0.01],
  [-3, -2.5, -2, 1, -4],
].map((row) => row.map(Math.fround));
const beta = alphaRows.map((row) => row.map(concentration));

describe('the regulariser', () => {
  it('l2 is the weight decay of the optimiser of alpha and adds nothing to the loss', () => {
    const l2 = regulariserOf('l2', 1e-3);
    expect(l2).to.deep.equal({ name: 'l2', weight: 1e-3, weightDecay: 1e-3 });
    expect(l2.penalty).to.equal(undefined);
  });

  it('kl is a penalty and no weight decay, none is neither', () => {
    const kl = regulariserOf('kl', 0.1);
    expect([kl.weight, kl.weightDecay]).to.deep.equal([0.1, 0]);
    expect(kl.penalty).to.be.a('function');
    expect(regulariserOf('none', 1e-3)).to.deep.equal({ name: 'none', weight: 0, weightDecay: 0 });
  });

  it('refuses an unknown name and a negative weight', () => {
    expect(() => regulariserOf('l1' as 'l2', 1)).to.throw('"l1"');
    expect(() => regulariserOf('l2', -1)).to.throw('-1');
  });

  it("NASLib's joint KL over all edges at once is another number than the sum over edges", () => {
    const perEdge = beta.reduce((sum, row) => sum + klToUniform(row), 0);
    expect(Math.abs(klToUniform(beta.flat()) - perEdge)).to.be.above(1);
    // Nor does it pull in the same direction: an edge at its anchor is left alone per edge, but moved jointly.
    const anchored = [2, 0.5, 3, 1, 1, 1];
    expect(Math.max(...klToUniformGradient(anchored.slice(3)).map(Math.abs))).to.be.below(1e-15);
    expect(Math.abs(klToUniformGradient(anchored)[4])).to.be.above(0.1);
    expect(tf.tidy(() => klPenalty(tf.tensor2d(alphaRows)).dataSync()[0])).to.be.closeTo(
      perEdge,
      1e-5 * perEdge,
    );
  });
});

onEveryBackend('the KL penalty', () => {
  const penaltyAndGradient = (rows: number[][], weight: number, mask?: number[][]) =>
    tf.tidy(() => {
      const alpha = tf.tensor2d(rows);
      const penalty = (a: tf.Tensor) => regulariserOf('kl', weight).penalty!(a as tf.Tensor2D, mask);
      return {
        value: penalty(alpha).dataSync()[0],
        gradient: (tf.grad(penalty)(alpha) as tf.Tensor2D).arraySync(),
      };
    });
  const expected = (rows: number[][], mask?: number[][]) =>
    rows.reduce(
      (sum, row, e) => sum + klToUniform(row.filter((_, o) => !mask || mask[e][o]).map(concentration)),
      0,
    );

  for (const mask of [
    undefined,
    [
      [1, 0, 1, 1, 0],
      [0, 1, 0, 0, 0],
    ],
  ]) {
    it(`has the value and the finite differences of the per-edge sum${mask ? ', over kept operations only' : ''}`, () => {
      const { value, gradient } = penaltyAndGradient(alphaRows, 0.5, mask);
      const want = 0.5 * expected(alphaRows, mask);
      expect(value).to.be.closeTo(want, 1e-6 * Math.max(1, want));
      alphaRows.forEach((row, e) => {
        row.forEach((a, o) => {
          const at = (v: number) =>
            0.5 *
            expected(
              alphaRows.map((r, f) => r.map((x, p) => (e === f && o === p ? v : x))),
              mask,
            );
          const slope = (at(a + 1e-5) - at(a - 1e-5)) / 2e-5;
          expect(gradient[e][o]).to.be.closeTo(slope, 1e-6 * Math.max(1, Math.abs(slope)));
          if (mask && !mask[e][o]) expect(gradient[e][o]).to.equal(0);
        });
      });
    });
  }

  it('stays finite for alpha below -17, and pulls it up', () => {
    for (const low of [-18, -40, -80, -120]) {
      const { value, gradient } = penaltyAndGradient([[low, 0, 0, 0, 0]], 1e-3);
      expect(value).to.be.finite.and.to.be.above(0);
      expect(gradient.flat().every(Number.isFinite)).to.equal(true);
      expect(gradient[0][0]).to.be.below(0);
    }
  });
});
