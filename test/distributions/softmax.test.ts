// Softmax in double precision, where logits are ordinary and where weights are below the smallest number.
import { expect } from 'chai';
import { logSoftmax, softmax, softmaxGradient } from '../../src/distributions/softmax.js';

describe('softmax', () => {
  it('weighs by powers of e, whatever is added to all logits', () => {
    // 1 : 2 : 5, also where exp itself would overflow.
    for (const shift of [0, 1e4]) {
      const logits = [1, 2, 5].map((w) => Math.log(w) + shift);
      softmax(logits).forEach((p, i) => expect(p).to.be.closeTo([1, 2, 5][i] / 8, 1e-12));
      logSoftmax(logits).forEach((l, i) => expect(l).to.be.closeTo(Math.log([1, 2, 5][i] / 8), 1e-11));
    }
  });

  it('has a finite logarithm where the weight is 0 in double precision', () => {
    expect(softmax([0, -2000])[1]).to.equal(0);
    expect(Array.from(logSoftmax([0, -2000]))).to.deep.equal([0, -2000]);
  });

  it('has the gradient of its finite differences', () => {
    const logits = [0.3, -1, 0.8];
    const slopes = [2, -0.5, 1];
    const loss = (l: number[]) => softmax(l).reduce((sum, t, i) => sum + slopes[i] * t, 0);
    const h = 1e-5;
    softmaxGradient(softmax(logits), slopes).forEach((g, i) => {
      const at = (by: number) => loss(logits.map((l, j) => (i === j ? l + by : l)));
      expect(g).to.be.closeTo((at(h) - at(-h)) / (2 * h), 1e-9);
    });
  });
});
