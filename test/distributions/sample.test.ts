// Dirichlet samples: moments, and finiteness at the smallest and largest concentrations.
import { expect } from 'chai';
import { maskRow, mean, sampleDirichlet, sampleMasked, variance } from '../../src/distributions/dirichlet.js';
import { createStream } from '../../src/random/index.js';
import { moments } from '../random/statistics.js';

const rows: number[][] = [
  ...[1e-3, 0.1, 1, 10, 1e3].map((b) => new Array(5).fill(b)),
  [0.05, 1, 3, 0.4, 20],
  [1e-3, 1e3],
];

describe('a Dirichlet sample', () => {
  for (const beta of rows) {
    it(`of Dir(${beta}) is on the open simplex and has its mean and variance`, () => {
      const stream = createStream(51, ...beta);
      const samples = Array.from({ length: 20000 }, () => sampleDirichlet(stream, beta));
      const off = samples.filter(
        (theta) => !theta.every((t) => t > 0 && t < 1) || Math.abs(theta.reduce((a, b) => a + b) - 1) > 1e-14,
      );
      expect(off).to.have.lengthOf(0);
      const [m, v] = [mean(beta), variance(beta)];
      beta.forEach((_, i) => {
        const found = moments(samples.map((theta) => theta[i]));
        // With Dir(1e-3, 1e3) a sample deviates from (0, 1) once in a thousand: no standard error from the sample then.
        expect(Math.abs(found.mean - m[i])).to.be.below(5 * Math.sqrt(v[i] / samples.length));
        expect(Math.abs(found.variance - v[i])).to.be.below(5 * found.varianceError + 1e-8);
      });
    });
  }

  it('stays finite at the concentration of alpha = -80, as exp(alpha)', () => {
    const stream = createStream(52);
    for (let i = 0; i < 200; i++) {
      const theta = sampleDirichlet(stream, [Math.exp(-80), Math.exp(-80), Math.exp(-60)]);
      expect(theta.every((t) => t > 0 && t < 1)).to.equal(true);
    }
  });

  it('of masked operations is a sample of the Dirichlet of those kept', () => {
    const stream = createStream(53);
    const beta = [0.5, 2, 1, 0.2, 3];
    const samples = Array.from({ length: 20000 }, () => sampleMasked(stream, beta, [1, 0, 1, 0, 1]));
    expect(samples.every((theta) => theta[1] === 0 && theta[3] === 0)).to.equal(true);
    const [m, v] = [mean([0.5, 1, 3]), variance([0.5, 1, 3])];
    [0, 2, 4].forEach((o, k) => {
      const found = moments(samples.map((theta) => theta[o]));
      expect(Math.abs(found.mean - m[k])).to.be.below(4 * found.meanError);
      expect(Math.abs(found.variance - v[k])).to.be.below(4 * found.varianceError);
    });
  });

  it('with a mask uses up the same random numbers as without', () => {
    const [plain, masked] = [createStream(54), createStream(54)];
    const full = sampleDirichlet(plain, [1, 2, 3]);
    const theta = sampleMasked(masked, [1, 2, 3], [true, false, true]);
    expect(theta[0] / theta[2]).to.be.closeTo(full[0] / full[2], 1e-14 * (full[0] / full[2]));
    expect(masked.uint32()).to.equal(plain.uint32());
  });

  it('keeps weight on kept operations even where the pruned ones took all but e^-1000 of it', () => {
    const stream = createStream(55);
    for (let i = 0; i < 100; i++) {
      const theta = sampleMasked(stream, [1e-3, 1e-3, 1e3], [1, 1, 0]);
      expect(theta[0] + theta[1]).to.be.closeTo(1, 1e-14);
    }
  });

  it('with one operation kept is that operation, and with none an error', () => {
    expect(Array.from(sampleMasked(createStream(56), [1, 1, 1], [0, 1, 0]))).to.deep.equal([0, 1, 0]);
    expect(() => sampleMasked(createStream(56), [1, 1], [0, 0])).to.throw('keep at least one');
    expect(() => sampleMasked(createStream(56), [1, 1], [1])).to.throw('one entry per operation');
  });

  it('that was recorded is masked and renormalised', () => {
    expect(Array.from(maskRow([0.5, 0.25, 0.25], [1, 1, 0]))).to.deep.equal([2 / 3, 1 / 3, 0]);
    expect(Array.from(maskRow([0.5, 0.25, 0.25]))).to.deep.equal([0.5, 0.25, 0.25]);
    expect(() => maskRow([1, 0], [0, 1])).to.throw('no weight');
  });
});
