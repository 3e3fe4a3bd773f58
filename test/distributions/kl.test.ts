// KL divergences against quadrature, sampling, finite differences and recorded values.
import { expect } from 'chai';
import {
  klDirichlet,
  klToUniform,
  klToUniformGradient,
  logDensity,
  sampleDirichlet,
} from '../../src/distributions/dirichlet.js';
import { createStream } from '../../src/random/index.js';
import { moments } from '../random/statistics.js';
import { integrate } from './integrate.js';

describe('the KL divergence between Dirichlets', () => {
  it('has the values that were computed for Dir(1) apart from this code', () => {
    expect(klToUniform([1, 1, 1, 1, 1])).to.be.closeTo(0, 1e-14);
    expect(klToUniform([2, 1, 1, 1, 1])).to.be.closeTo(0.3261045791, 1e-10);
    expect(klToUniform([0.5, 1, 1, 1, 1])).to.be.closeTo(0.3795082738, 1e-10);
    expect(klToUniform([3, 0.4, 1.2, 0.8, 1.5])).to.be.closeTo(1.7859095875, 1e-10);
    expect(klToUniform(new Array(7).fill(1.3))).to.be.closeTo(0.1220429939, 1e-10);
  });

  it('is the integral of p ln(p / q) over two components', () => {
    for (const [p, q] of [
      [
        [2, 3],
        [1, 1],
      ],
      [
        [0.4, 1.7],
        [2, 0.6],
      ],
      [
        [0.2, 0.3],
        [1, 1],
      ],
      [
        [30, 12],
        [4, 5],
      ],
    ]) {
      const integral = integrate((x, y) => {
        const logP = logDensity([x, y], p);
        return Math.exp(logP) * (logP - logDensity([x, y], q));
      });
      expect(klDirichlet(p, q)).to.be.closeTo(integral, 1e-8 * Math.max(1, integral));
    }
  });

  it('is the mean of ln(p / q) over samples of p', () => {
    const stream = createStream(41);
    const p = [0.6, 2, 1.3, 0.9, 4];
    const q = [1, 1.5, 1, 0.5, 2];
    const ratios = Float64Array.from({ length: 40000 }, () => {
      const theta = sampleDirichlet(stream, p);
      return logDensity(theta, p) - logDensity(theta, q);
    });
    const found = moments(ratios);
    expect(Math.abs(found.mean - klDirichlet(p, q))).to.be.below(4 * found.meanError);
  });

  it('to the uniform one is the same function with q = 1', () => {
    const beta = [3, 0.4, 1.2, 0.8, 1.5];
    expect(klToUniform(beta)).to.be.closeTo(klDirichlet(beta, [1, 1, 1, 1, 1]), 1e-13);
  });

  it('has the gradient of its finite differences', () => {
    for (const beta of [
      [3, 0.4, 1.2, 0.8, 1.5],
      [0.01, 0.02, 5],
      [200, 1000],
    ]) {
      const gradient = klToUniformGradient(beta);
      beta.forEach((b, i) => {
        const h = 1e-5 * b;
        const at = (value: number) => klToUniform(beta.map((c, j) => (i === j ? value : c)));
        expect(gradient[i]).to.be.closeTo(
          (at(b + h) - at(b - h)) / (2 * h),
          1e-6 * Math.max(1, Math.abs(gradient[i])),
        );
      });
    }
  });

  it('refuses Dirichlets of different sizes', () => {
    expect(() => klDirichlet([1, 1], [1, 1, 1])).to.throw('2 and 3');
  });
});
