// Where torch's formulas are in force, and their errors.
import { expect } from 'chai';
import {
  BRANCHES,
  branchMap,
  branchUse,
  errorAlong,
  torchError,
} from '../../src/experiments/torchBranches.js';
import { createStream } from '../../src/random/stream.js';

describe('torch’s branches', () => {
  it('are at the anchor mostly the series at 0, now and then the rational fit, never the saddle point', () => {
    const use = branchUse([1, 1, 1, 1, 1], createStream(0, 'branches'), 2000);
    expect(use.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 1e-12);
    const of = Object.fromEntries(use.map((row) => [row.branch, row]));
    // P(theta_i <= 1/2) = 1 - 2^-4 for Dir(1, 1, 1, 1, 1): every such entry has x (1 - x) S < 2.5.
    expect(of.small.share).to.be.closeTo(1 - 2 ** -4, 4 * Math.sqrt(2 ** -4 / 10_000));
    expect(of.saddle).to.deep.include({ share: 0, worst: 0, mean: 0 });
    expect(of.small.worst).to.be.below(1e-12);
    expect(of.rational.worst).to.be.within(1e-4, 1e-2);
  });

  it('have the errors that a 40-digit derivative shows', () => {
    // D(.7, 1, 5): torch 0.4520267965, exact 0.4517245955; D(.45, 8, 16): 0.06173415703 and 0.0617590835.
    expect(torchError(0.7, 1, 5)).to.be.closeTo(0.4520267965 / 0.4517245955 - 1, 1e-9);
    expect(torchError(0.45, 8, 16)).to.be.closeTo(1 - 0.06173415703 / 0.0617590835, 1e-9);
  });

  it('are mapped over x and a, all four for large concentrations', () => {
    const { x, a, branch } = branchMap(20, 40);
    expect([x.length, a.length, branch.length, branch[0].length]).to.deep.equal([40, 40, 40, 40]);
    expect(new Set(branch.flat()).size).to.equal(BRANCHES.length);
    expect(new Set(branchMap(5, 40).branch.flat()).size).to.equal(3);
  });

  it('follow one another along x', () => {
    const branches = errorAlong(1, 5, 100).map(({ branch }) => branch);
    expect(branches.filter((branch, i) => branch !== branches[i - 1])).to.deep.equal([
      'small',
      'rational',
      'large',
    ]);
  });
});
