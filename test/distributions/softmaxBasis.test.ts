// The Laplace approximation of a Dirichlet in the softmax basis.
import { expect } from 'chai';
import { mean, sampleSoftmaxBasis, softmax, softmaxBasis } from '../../src/distributions/dirichlet.js';
import { createStream } from '../../src/random/stream.js';

describe('the softmax basis of a Dirichlet', () => {
  it('has the Dirichlet’s mean as the softmax of its mean', () => {
    const beta = [3, 0.4, 1.2, 0.8, 1.5];
    const found = softmax(softmaxBasis(beta).mean);
    mean(beta).forEach((m, i) => expect(found[i]).to.be.closeTo(m, 1e-15));
  });

  it('has at the anchor the variance 1 - 1/K: 0.8 for five operations, 0.857 for seven', () => {
    for (const count of [5, 7]) {
      for (const v of softmaxBasis(Array(count).fill(1)).variance)
        expect(v).to.be.closeTo(1 - 1 / count, 1e-15);
    }
  });

  it('is sampled as normal logits put through the softmax', () => {
    const basis = softmaxBasis([1, 2, 3]);
    const stream = createStream(3, 'basis');
    // Contrasts of logits: ln theta_1 - ln theta_0 has the difference of the means, and the sum of the variances.
    const draws = 20_000;
    let [sum, squares] = [0, 0];
    for (let n = 0; n < draws; n++) {
      const theta = sampleSoftmaxBasis(stream, basis);
      const contrast = Math.log(theta[1] / theta[0]);
      sum += contrast;
      squares += contrast * contrast;
    }
    const spread = squares / draws - (sum / draws) ** 2;
    const wanted = basis.variance[0] + basis.variance[1];
    expect(sum / draws).to.be.closeTo(Math.log(2), 4 * Math.sqrt(wanted / draws));
    expect(spread / wanted).to.be.closeTo(1, 4 * Math.sqrt(2 / draws));
  });

  it('of huge logits stays finite', () => {
    expect(Array.from(softmax([1000, 0]))).to.deep.equal([1, 0]);
  });
});
