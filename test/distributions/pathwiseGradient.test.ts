// The gradient through a Dirichlet sample: unbiased, translation invariant, and the sub-composition's under a mask.
import { expect } from 'chai';
import { pathwiseGradient, sampleDirichlet, sampleMasked } from '../../src/distributions/dirichlet.js';
import { createStream } from '../../src/random/index.js';
import { moments } from '../random/statistics.js';

describe('the pathwise gradient', () => {
  for (const beta of [
    [1, 1, 1, 1, 1],
    [0.3, 1, 2, 0.5, 1.2],
    [0.05, 0.1, 0.02],
    [8, 30, 12],
    [0.01, 5, 40, 1, 1, 2, 0.4],
  ]) {
    it(`of theta_i has the mean d(beta_i / S) / d beta_j for Dir(${beta})`, () => {
      // (delta_ij S - beta_i) / S^2: the derivative of the mean.
      const n = 20000;
      const k = beta.length;
      const total = beta.reduce((a, b) => a + b);
      const stream = createStream(61, ...beta);
      const draws = Array.from({ length: k * k }, () => new Float64Array(n));
      for (let s = 0; s < n; s++) {
        const theta = sampleDirichlet(stream, beta);
        for (let i = 0; i < k; i++) {
          const gradient = pathwiseGradient(
            theta,
            beta,
            beta.map((_, j) => Number(i === j)),
          );
          for (let j = 0; j < k; j++) draws[i * k + j][s] = gradient[j];
        }
      }
      for (let i = 0; i < k; i++) {
        for (let j = 0; j < k; j++) {
          const expected = (Number(i === j) * total - beta[i]) / total ** 2;
          const { mean, meanError } = moments(draws[i * k + j]);
          expect(Math.abs(mean - expected), `d theta_${i} / d beta_${j}`).to.be.below(5 * meanError);
        }
      }
    });
  }

  it('of a nonlinear loss has the mean of the derivative of its expectation', () => {
    // E sum theta_i^2 = sum beta_i (beta_i + 1) / (S (S + 1)), differentiated numerically.
    const beta = [0.5, 1.5, 1, 2];
    const expectation = (b: number[]) => {
      const total = b.reduce((x, y) => x + y);
      return b.reduce((sum, v) => sum + v * (v + 1), 0) / (total * (total + 1));
    };
    const stream = createStream(62);
    const draws = Array.from({ length: 30000 }, () => {
      const theta = sampleDirichlet(stream, beta);
      return pathwiseGradient(
        theta,
        beta,
        theta.map((t) => 2 * t),
      );
    });
    beta.forEach((b, j) => {
      const at = (v: number) => expectation(beta.map((c, i) => (i === j ? v : c)));
      const { mean, meanError } = moments(draws.map((g) => g[j]));
      expect(Math.abs(mean - (at(b + 1e-5) - at(b - 1e-5)) / 2e-5)).to.be.below(4 * meanError);
    });
  });

  it('does not see a constant added to the upstream gradient', () => {
    const theta = [0.2, 0.5, 0.3];
    const beta = [1, 0.4, 2];
    const plain = pathwiseGradient(theta, beta, [1, -2, 0.5]);
    const shifted = pathwiseGradient(theta, beta, [1001, 998, 1000.5]);
    for (let i = 0; i < 3; i++) expect(shifted[i]).to.be.closeTo(plain[i], 1e-12);
  });

  it('keeps its digits in a corner of the simplex, where 1 - theta is 1e-40', () => {
    // Two entries, so the gradient is one number: D (1 - theta) (g_0 - g_1), with D's limit 25/48 of a = 1, T = 5.
    const gradient = pathwiseGradient([1, 1e-40], [1, 4], [3, 1]);
    expect(gradient[0] / ((25 / 48) * 1e-40 * 2)).to.be.closeTo(1, 1e-12);
  });

  it('under a mask is the gradient of the Dirichlet of the kept operations, and 0 for the others', () => {
    const stream = createStream(63);
    const beta = [0.5, 2, 1, 0.2, 3];
    const upstream = [1, 7, -0.5, 100, 0.25];
    const mask = [1, 0, 1, 0, 1];
    const kept = [0, 2, 4];
    for (let repeat = 0; repeat < 50; repeat++) {
      const full = sampleDirichlet(stream, beta);
      const share = full[0] + full[2] + full[4];
      const renormalised = kept.map((i) => full[i] / share);
      const want = pathwiseGradient(
        renormalised,
        kept.map((i) => beta[i]),
        kept.map((i) => upstream[i]),
      );
      // Given the recorded full row, or the masked one: the same.
      for (const theta of [full, full.map((t, i) => (mask[i] ? t / share : 0))]) {
        const got = pathwiseGradient(theta, beta, upstream, mask);
        for (const [k, i] of kept.entries()) expect(got[i]).to.be.closeTo(want[k], 1e-12 * Math.abs(want[k]));
        expect([got[1], got[3]]).to.deep.equal([0, 0]);
      }
    }
  });

  it('is 0 where only one operation is kept', () => {
    const theta = sampleMasked(createStream(64), [1, 2, 3], [0, 0, 1]);
    expect(Array.from(pathwiseGradient(theta, [1, 2, 3], [1, 2, 3], [0, 0, 1]))).to.deep.equal([0, 0, 0]);
  });

  it('is finite for every sample of concentrations from 1e-3 to 1e3', () => {
    const stream = createStream(65);
    for (const beta of [
      [1e-3, 1e-3, 1e-3],
      [1e-3, 1e3, 1],
      [1e3, 1e3, 1e3],
      [1e3, 1e-3],
    ]) {
      for (let repeat = 0; repeat < 300; repeat++) {
        const theta = sampleDirichlet(stream, beta);
        expect(
          pathwiseGradient(
            theta,
            beta,
            beta.map((_, i) => i - 0.7),
          ).every(Number.isFinite),
        ).to.equal(true);
      }
    }
  });

  it('refuses a mask of another length', () => {
    expect(() => pathwiseGradient([0.5, 0.5], [1, 1], [1, 0], [1, 1, 1])).to.throw(
      'one entry per operation, 2, but has 3',
    );
  });
});
