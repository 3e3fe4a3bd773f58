// Second derivatives from gradients, and eigenvalues, against matrices that are known.
import { expect } from 'chai';
import { chooseStep, differenceHessian, hessianTimes } from '../../src/diagnostics/hessian.js';
import { extremeEigenvalues, symmetricEigenvalues } from '../../src/diagnostics/spectrum.js';
import { normal } from '../../src/random/normal.js';
import { createStream } from '../../src/random/stream.js';

/** A symmetric matrix with the eigenvalues given: reflections of a diagonal one. */
function matrixOf(eigenvalues: number[]): number[][] {
  const n = eigenvalues.length;
  let matrix = eigenvalues.map((value, i) => eigenvalues.map((_, j) => (i === j ? value : 0)));
  const stream = createStream('reflections');
  for (let r = 0; r < 3; r++) {
    const v = Array.from({ length: n }, () => normal(stream));
    const square = v.reduce((sum, x) => sum + x * x, 0);
    const reflect = (rows: number[][]) =>
      rows.map((row) => {
        const along = row.reduce((sum, x, j) => sum + x * v[j], 0);
        return row.map((x, j) => x - (2 * along * v[j]) / square);
      });
    const transpose = (rows: number[][]) => rows.map((_, i) => rows.map((row) => row[i]));
    matrix = transpose(reflect(transpose(reflect(matrix))));
  }
  return matrix;
}
const times = (matrix: number[][]) => (v: Float64Array) =>
  Float64Array.from(matrix, (row) => row.reduce((sum, x, j) => sum + x * v[j], 0));

describe('hessian', () => {
  const point = Float64Array.from([0.3, -0.8, 0.5]);
  /** Of f = sin(a) b + b^2 c: its Hessian is written out below. */
  const gradient = ([a, b, c]: Float64Array) =>
    Float64Array.from([Math.cos(a) * b, Math.sin(a) + 2 * b * c, b * b]);
  const truth = ([a, b, c]: Float64Array) => [
    [-Math.sin(a) * b, Math.cos(a), 0],
    [Math.cos(a), 2 * c, 2 * b],
    [0, 2 * b, 0],
  ];

  it('gives all second derivatives, with an error that falls with the square of the step', () => {
    const worst = (step: number) => {
      const { matrix } = differenceHessian(gradient, point, step);
      return Math.max(...matrix.flatMap((row, i) => row.map((v, j) => Math.abs(v - truth(point)[i][j]))));
    };
    expect(worst(0.01)).to.be.below(2e-5);
    expect(worst(0.1) / worst(0.05)).to.be.closeTo(4, 0.1);
  });

  it('has no asymmetry but that of errors', () => {
    expect(differenceHessian(gradient, point, 1e-3).asymmetry).to.be.below(1e-6);
    const wrong = (p: Float64Array) => gradient(p).map((g, i) => g + (i === 0 ? 0.1 * p[2] : 0));
    // Half of 0.1 and of -0.1 at opposite places: both singular values are 0.05.
    expect(differenceHessian(wrong, point, 1e-3).error).to.be.closeTo(0.05, 1e-6);
  });

  it('chooses a step between the truncation of large ones and the rounding of small ones', () => {
    const stream = createStream('rounding');
    const noisy = (p: Float64Array) => gradient(p).map((g) => g + 1e-5 * normal(stream));
    const { step, checks } = chooseStep(noisy, point, [1, 1, 1]);
    expect(step).to.be.within(0.0125, 0.2);
    expect(checks[0].change!).to.be.above(1e-3);
    const error = Array.from(hessianTimes(noisy, point, [1, 1, 1], step)).map((v, i) =>
      Math.abs(v - truth(point)[i].reduce((a, b) => a + b)),
    );
    expect(Math.max(...error)).to.be.below(5e-3);
  });

  it('refuses the gradients of a diverged network, whichever way is taken', () => {
    const diverged = (p: Float64Array) => p.map(() => Number.NaN);
    const ways = [
      () => chooseStep(diverged, point, [1, 1, 1]),
      () => differenceHessian(diverged, point, 0.1),
      () => extremeEigenvalues((v) => hessianTimes(diverged, point, v, 0.1), 3, { stream: createStream(1) }),
    ];
    for (const way of ways) expect(way).to.throw(/not finite: the network has diverged/);
  });
});

describe('spectrum', () => {
  const eigenvalues = Array.from({ length: 40 }, (_, i) => (i === 0 ? 9 : i === 1 ? -4 : Math.sin(i)));

  it('gives the eigenvalues of a symmetric matrix, the largest first', () => {
    const found = symmetricEigenvalues(matrixOf(eigenvalues));
    const expected = [...eigenvalues].sort((a, b) => b - a);
    found.forEach((value, i) => expect(value).to.be.closeTo(expected[i], 1e-10));
  });

  it('finds the extremes by products alone, and far fewer of them than the dimension', () => {
    const found = extremeEigenvalues(times(matrixOf(eigenvalues)), 40, {
      stream: createStream(1),
      tolerance: 1e-4,
    });
    expect(found.largest).to.be.closeTo(9, found.residuals.largest + 1e-9);
    expect(found.largest).to.be.closeTo(9, 1e-3);
    expect(found.iterations).to.be.below(20);
    const whole = extremeEigenvalues(times(matrixOf(eigenvalues)), 40, {
      stream: createStream(1),
      tolerance: 0,
    });
    expect(whole.largest).to.be.closeTo(9, 1e-9);
    expect(whole.smallest).to.be.closeTo(-4, 1e-9);
  });

  it('ends at once for a matrix of zeros', () => {
    const found = extremeEigenvalues((v) => v.map(() => 0), 7, { stream: createStream(1) });
    expect(found).to.deep.include({ largest: 0, smallest: 0, iterations: 1 });
  });

  it('refuses what is not finite', () => {
    expect(() => symmetricEigenvalues([[Number.NaN]])).to.throw(/not finite/);
  });
});
