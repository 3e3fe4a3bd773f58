// The pathwise derivative D against 40-digit arithmetic, and against its own definition.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import betainc from '@stdlib/math-base-special-betainc';
import { expect } from 'chai';
import { betaPathwise, pathwiseDerivative, pathwiseTorch } from '../../src/distributions/dirichlet.js';
import { torchBranch } from '../../src/distributions/pathwiseTorch.js';
import { projectRoot } from '../../src/root.js';

/** x, a, T, torch's formula, exact (a 40-digit numerical derivative): ten digits, computed apart from this code. */
const sheet = [
  [0.2, 1, 5, 0.2505363832, 0.2505363832],
  [0.05, 1, 5, 0.1110824518, 0.1110824518],
  [0.5, 1, 5, 0.3909685938, 0.3909685938],
  [0.7, 1, 5, 0.4520267965, 0.4517245955],
  [0.9, 1, 5, 0.4999490157, 0.4999490157],
  [0.3, 1, 7, 0.2521428966, 0.2521428966],
  [0.6, 1, 7, 0.3379539679, 0.3379102381],
  [0.02, 0.5, 5, 0.1058729951, 0.1058729951],
  [0.85, 2, 5, 0.3356898932, 0.3356898932],
  [0.4, 3, 8, 0.1423897312, 0.1423897312],
  [0.9, 4, 6, 0.2137712486, 0.2137712486],
  [0.45, 8, 16, 0.06173415703, 0.0617590835],
  [0.5, 8, 16, 0.06513132854, 0.06516797234],
  [0.7, 10, 20, 0.06096391573, 0.06097151011],
  [0.25, 0.9, 4.4, 0.324069027, 0.3240690271],
  [1e-6, 0.3, 4, 4.130080574e-5, 4.130080574e-5],
];

const fixture: number[][] = JSON.parse(
  readFileSync(join(projectRoot(), 'test', 'distributions', 'pathwise-exact.json'), 'utf8'),
).rows;

describe('the pathwise derivative', () => {
  it('has sixteen values of a 40-digit numerical derivative', () => {
    for (const [x, a, total, , exact] of sheet) {
      expect(Math.abs(pathwiseDerivative(x, a, total) / exact - 1), `D(${x}, ${a}, ${total})`).to.be.below(
        2e-9,
      );
    }
  });

  it('is within 1e-9 of exact for concentrations from 1e-3 to 2e3 and any x in (0, 1)', () => {
    // pathwise-exact.json: mpmath, see pathwise-exact.py. Required is 1e-6; found was 1.9e-10 at worst.
    expect(fixture.length).to.equal(400);
    for (const [x, y, a, total, exact] of fixture) {
      expect(Math.abs(pathwiseDerivative(x, a, total, y) / exact - 1), `D(${x}, ${a}, ${total})`).to.be.below(
        1e-9,
      );
    }
  });

  it('needs the complement only where x is 1 to many digits', () => {
    for (const [x, y, a, total, exact] of fixture) {
      if (y < 1e-8) continue;
      expect(Math.abs(pathwiseDerivative(x, a, total) / exact - 1), `D(${x}, ${a}, ${total})`).to.be.below(
        1e-8,
      );
    }
  });

  it('moves x so that its quantile stays where it is', () => {
    // The definition: along dx = D (1 - x) da, with b fixed, the CDF does not change. b = 2.7 and the x are arbitrary.
    const b = 2.7;
    const h = 1e-4;
    for (const [x, a] of [
      [0.01, 0.4],
      [0.3, 1],
      [0.6, 1.5],
      [0.8, 6],
      [0.97, 0.8],
    ]) {
      const shift = pathwiseDerivative(x, a, a + b) * (1 - x) * h;
      const moved = betainc(x + shift, a + h, b) - betainc(x - shift, a - h, b);
      const unmoved = betainc(x, a + h, b) - betainc(x, a - h, b);
      expect(Math.abs(moved / unmoved)).to.be.below(1e-6);
    }
  });

  it('is continuous where it changes from one series to the other', () => {
    for (const [a, b] of [
      [1, 4],
      [0.01, 3],
      [500, 0.2],
      [40, 60],
    ]) {
      const logD = (x: number) => Math.log(betaPathwise(x, 1 - x, a, b));
      const h = 2e-4;
      // Second differences of a smooth function are of the order of h^2 = 4e-8; a jump would show at its full size.
      for (let x = 0.05; x < 0.95; x += h) {
        expect(Math.abs(logD(x - h) - 2 * logD(x) + logD(x + h)), `at x = ${x}`).to.be.below(2e-5);
      }
    }
  });

  it('is 0 at x = 0, finite at x = 1, and finite for concentrations of 1e-30', () => {
    expect(pathwiseDerivative(0, 1, 5)).to.equal(0);
    // The limit: (psi(T) - psi(a)) / b = (1 + 1/2 + 1/3 + 1/4) / 4 for a = 1, T = 5.
    expect(pathwiseDerivative(1, 1, 5)).to.be.closeTo(25 / 48, 1e-15);
    for (const [a, b] of [
      [1e-30, 1],
      [1, 1e-30],
      [1e-30, 1e-30],
    ]) {
      for (const x of [1e-300, 0.1, 0.7])
        expect(betaPathwise(x, 1 - x, a, b)).to.be.finite.and.to.be.above(0);
    }
  });

  it('names what is wrong with its arguments', () => {
    expect(() => pathwiseDerivative(1.5, 1, 5)).to.throw('x 1.5');
    expect(() => pathwiseDerivative(0.5, 5, 5)).to.throw('b 0');
    expect(() => pathwiseDerivative(Number.NaN, 1, 5)).to.throw('NaN');
  });
});

describe("torch's approximation of the pathwise derivative", () => {
  it('has the values of another port of the formula, through all four branches', () => {
    for (const [x, a, total, torch] of sheet) {
      expect(Math.abs(pathwiseTorch(x, a, total) / torch - 1), `D(${x}, ${a}, ${total})`).to.be.below(2e-9);
    }
    const branches = new Set(sheet.map(([x, a, total]) => torchBranch(x, a, total)));
    expect([...branches].sort()).to.deep.equal(['large', 'rational', 'saddle', 'small']);
  });

  it('is off by up to 7e-4 between the branches, which the exact one is not', () => {
    // D(.7, 1, 5) of torch is 6.7e-4 too large.
    expect(pathwiseTorch(0.7, 1, 5) / pathwiseDerivative(0.7, 1, 5) - 1).to.be.within(6.6e-4, 6.8e-4);
  });
});
