// Special functions at the accuracy that the gradients need.
import { expect } from 'chai';
import { digamma, digammaDifference, gammaln, trigamma } from '../../src/distributions/special.js';

describe('special functions', () => {
  // x, psi(x), psi'(x), ln Gamma(x): mpmath at 40 digits.
  const reference = [
    [0.0009765625, -1024.5756104293407, 1048577.6425893921, 6.930908902419462],
    [0.125, -8.388492663295855, 65.38813344498803, 2.0194183575537963],
    [1, -0.5772156649015329, 1.6449340668482264, 0],
    [1.5, 0.03648997397857652, 0.9348022005446793, -0.12078223763524522],
    [7.25, 1.910453526883736, 0.14787923315893217, 7.0521854507385395],
    [1024, 6.930983444876601, 0.0009770394923786026, 6071.28041294445],
  ];
  it('agree with 40-digit arithmetic', () => {
    const near = (got: number, want: number) =>
      expect(Math.abs(got - want)).to.be.at.most(4e-15 * Math.max(Math.abs(want), 0.25));
    for (const [x, psi, psi1, lnGamma] of reference) {
      near(digamma(x), psi);
      near(trigamma(x), psi1);
      near(gammaln(x), lnGamma);
    }
  });

  it('keep the digits of a difference of digammas that subtraction loses', () => {
    // psi(1000 + 2^-20) - psi(1000), psi(2^-20) - psi(1000), psi(3) - psi(2.5): mpmath at 40 digits.
    const close = (got: number, want: number) => expect(Math.abs(got / want - 1)).to.be.below(1e-14);
    close(digammaDifference(1000, 1000 + 2 ** -20), 9.541513120549384e-10);
    close(digammaDifference(1000, 2 ** -20), -1048583.4844692918);
    close(digammaDifference(2.5, 3), 0.21962769445322394);
    expect(Math.abs((digamma(1000 + 2 ** -20) - digamma(1000)) / 9.541513120549384e-10 - 1)).to.be.above(
      1e-9,
    );
  });
});
