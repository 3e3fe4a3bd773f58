// beta = elu(alpha) + 1.
import { expect } from 'chai';
import { concentration, concentrationDerivative } from '../../src/distributions/dirichlet.js';

describe('the concentration', () => {
  it('is alpha + 1 above 0 and exp(alpha) below', () => {
    expect(concentration(2.5)).to.equal(3.5);
    expect(concentration(0)).to.equal(1);
    expect(concentration(-1)).to.equal(Math.exp(-1));
  });

  it('has the derivative of its finite differences, and 1 on both sides of 0', () => {
    for (const alpha of [-6, -0.3, 0.2, 9]) {
      const slope = (concentration(alpha + 1e-6) - concentration(alpha - 1e-6)) / 2e-6;
      expect(Math.abs(concentrationDerivative(alpha) / slope - 1)).to.be.below(1e-6);
    }
    expect(concentrationDerivative(0)).to.equal(1);
    expect(concentrationDerivative(1e-9)).to.equal(1);
  });

  it('stays positive for alpha below -17, where (exp(alpha) - 1) + 1 in float32 is 0', () => {
    expect(Math.fround(Math.fround(Math.exp(-18) - 1) + 1)).to.equal(0);
    for (const alpha of [-17, -18, -40, -100, -1000])
      expect(concentration(alpha)).to.be.finite.and.to.be.above(0);
    expect(concentration(-40)).to.equal(Math.exp(-40));
  });
});
