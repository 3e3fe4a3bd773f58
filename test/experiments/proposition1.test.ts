// Both sides of Proposition 1, piece by piece.
import { expect } from 'chai';
import { quadraticValue, softmax, softmaxBasis } from '../../src/distributions/dirichlet.js';
import {
  boundFactor,
  checkBound,
  isPositiveSemidefinite,
  randomQuadratic,
  softmaxHessian,
  squaredDistance,
} from '../../src/experiments/proposition1.js';
import { createStream } from '../../src/random/stream.js';

const BETA = [3, 0.4, 1.2, 0.8, 1.5];
const ONES = [1, 1, 1, 1, 1];
const EVEN = ONES.map((b) => b / 5);
const stream = createStream(0, 'proposition 1');

describe('Proposition 1', () => {
  it('has the factor .8 for five operations at the anchor, .857 for seven, .4 for five at distance 1', () => {
    expect(boundFactor(0, 5)).to.be.closeTo(0.8, 1e-15);
    expect(boundFactor(0, 7)).to.be.closeTo(6 / 7, 1e-15);
    expect(boundFactor(1, 5)).to.be.closeTo(0.4, 1e-15);
    // The bracket as the paper has it: (1 / (1 + d)) (1 - 2/K) + (1/K) / (1 + d).
    expect(boundFactor(0.7, 5)).to.be.closeTo((1 / 1.7) * (1 - 2 / 5) + 1 / 5 / 1.7, 1e-15);
  });

  it('has a factor that no entry of the approximation’s variance is below', () => {
    for (let n = 0; n < 50; n++) {
      const draw = stream.split('variance', n);
      const beta = ONES.map(() => Math.exp(4 * draw.uniform() - 2));
      const delta = Math.hypot(...beta.map((b) => b - 1));
      for (const v of softmaxBasis(beta).variance) expect(v).to.be.at.least(boundFactor(delta, 5));
    }
  });

  it('has the Hessian in mu that second differences show', () => {
    const f = randomQuadratic(stream.split('f'), EVEN, 0.5);
    const mu = Array.from(softmaxBasis(BETA).mean);
    const h = 1e-4;
    const at = (...moves: [number, number][]) =>
      quadraticValue(f, softmax(mu.map((m, i) => moves.reduce((v, [j, by]) => (i === j ? v + by : v), m))));
    const hessian = softmaxHessian(f, softmax(mu));
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) {
        const second = at([i, h], [j, h]) - at([i, h], [j, -h]) - at([i, -h], [j, h]) + at([i, -h], [j, -h]);
        expect(hessian[i][j], `${i}, ${j}`).to.be.closeTo(second / (4 * h * h), 1e-6);
      }
      expect(hessian[i].reduce((a, b) => a + b, 0)).to.be.closeTo(0, 1e-14);
    }
  });

  it('is within 4 % of the expectation at the anchor for the squared distance from the middle', () => {
    const check = checkBound(squaredDistance(EVEN), ONES, stream.split('anchor'), 4000);
    expect(check.convex).to.equal(true);
    // E = 5 * (1/5)(4/5)/6 / 2 = 1/15; the bound: .8 * trace / 2 with trace = 4 (1/5)^2.
    expect(check.exact).to.be.closeTo(1 / 15, 1e-15);
    expect(check.bound).to.be.closeTo(0.064, 1e-15);
    expect(check.secondOrder).to.be.closeTo(0.064, 1e-15);
    expect(Math.abs(check.monteCarlo - check.exact)).to.be.below(4 * check.standardError);
  });

  it('bounds the second order of its own approximation whenever the Hessian is positive semi-definite', () => {
    let convex = 0;
    for (let n = 0; n < 60; n++) {
      const draw = stream.split('random', n);
      const beta = ONES.map(() => Math.exp(2 * draw.uniform() - 1));
      const total = beta.reduce((a, b) => a + b, 0);
      const f = randomQuadratic(
        draw.split('f'),
        beta.map((b) => b / total),
        0.1,
      );
      const check = checkBound(f, beta, draw, 2);
      if (!check.convex) continue;
      convex++;
      expect(check.secondOrder).to.be.at.least(check.bound - 1e-12);
    }
    expect(convex).to.be.above(5);
  });

  it('knows positive semi-definite matrices from others', () => {
    const diagonal = (...entries: number[]) =>
      entries.map((v, i) => entries.map((_, j) => (i === j ? v : 0)));
    expect(isPositiveSemidefinite(diagonal(1, 0, 2))).to.equal(true);
    expect(isPositiveSemidefinite(diagonal(1, -1e-3, 2))).to.equal(false);
    expect(
      isPositiveSemidefinite([
        [1, 2],
        [2, 1],
      ]),
    ).to.equal(false); // eigenvalues 3, -1
    expect(
      isPositiveSemidefinite([
        [0, 1],
        [1, 1],
      ]),
    ).to.equal(false);
    expect(
      isPositiveSemidefinite([
        [1, 1],
        [1, 1],
      ]),
    ).to.equal(true); // eigenvalues 2, 0
  });

  it('refuses a delta below the distance of beta from 1', () => {
    expect(() => checkBound(squaredDistance(EVEN), BETA, stream, 2, 0.5)).to.throw('delta 0.5');
  });
});
