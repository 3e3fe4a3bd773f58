// Verdicts: agreement must be earned, disagreement needs no quorum.
import { expect } from 'chai';
import type { MeasuredScale } from '../../src/experiments/measured.js';
import { published } from '../../src/experiments/publishedNumber.js';
import { judgeClaim, judgeNumber } from '../../src/report/verdict.js';

const DRNAS = published('94.36+-0.00', 'README');
const verdict = (paper: string, values: number[], scale: MeasuredScale = 'paper') =>
  judgeNumber(published(paper, 'README'), { values, scale }).verdict;

describe('a verdict on a number', () => {
  it('is "reproduced" at the paper’s scale where mean and spread round to the printed digits', () => {
    // 94.3633 is the table's value of the paper's cell.
    expect(verdict('94.36+-0.00', [94.3633, 94.3633, 94.3633])).to.equal('reproduced');
    expect(verdict('94.36+-0.00', [94.36, 94.36, 94.36], 'laptop')).to.equal('consistent at smaller scale');
  });

  it('is not "reproduced" where only the mean agrees and the seeds scatter', () => {
    expect(verdict('94.36+-0.00', [93.86, 94.36, 94.86])).to.equal('within noise');
    expect(verdict('94.36+-0.00', [93.86, 94.36, 94.86], 'laptop')).to.equal('consistent at smaller scale');
  });

  it('lets fewer than three seeds count against, and never for', () => {
    for (const scale of ['laptop', 'paper'] as const) {
      expect(verdict('94.36+-0.00', [94.36], scale)).to.equal('too few seeds');
      expect(verdict('94.36+-0.00', [94.36, 94.36], scale)).to.equal('too few seeds');
      expect(verdict('54.30+-0.00', [91.2], scale)).to.equal('differs');
      // Two seeds' own scatter excuses nothing: 94 +- 2 would hold 92.9.
      expect(verdict('92.90', [93, 95], scale)).to.equal('differs');
    }
  });

  it('is "within noise" up to two standard errors and "differs" beyond', () => {
    // The paper's deviation alone: 2 * 0.30.
    expect(verdict('93.41+-0.30', [94.0, 94.0, 94.0])).to.equal('within noise');
    expect(verdict('93.41+-0.30', [94.02, 94.02, 94.02])).to.equal('differs');
    // Seeds 93, 94, 95: s = 1, 2 s / sqrt 3 = 1.1547.
    expect(verdict('92.85', [93, 94, 95])).to.equal('within noise');
    expect(verdict('92.84', [93, 94, 95])).to.equal('differs');
  });

  it('does not let a method that scatters widely agree with everything', () => {
    // s = 10, two standard errors are 11.5, of which 2 % of 90 count: 1.8.
    expect(verdict('90.0', [75, 85, 95])).to.equal('differs');
    expect(verdict('85.0', [75, 85, 95])).to.equal('reproduced');
    expect(verdict('86.0', [75, 85, 95])).to.equal('within noise');
  });

  it('of an exact value is by the digits, or by the paper’s deviation alone', () => {
    expect(verdict('4.1', [4.099294], 'exact')).to.equal('reproduced');
    expect(verdict('3.3', [3.169414], 'exact')).to.equal('differs');
    expect(verdict('93.70+-0.36', [93.1], 'exact')).to.equal('within noise');
    expect(verdict('93.70+-0.36', [92.9], 'exact')).to.equal('differs');
  });

  it('is "not run" without values, at smoke scale, and of another experiment, each with its reason', () => {
    expect(judgeNumber(DRNAS, undefined, 'no GPU')).to.deep.equal({ verdict: 'not run', why: 'no GPU' });
    expect(judgeNumber(DRNAS, { values: [], scale: 'paper' }).verdict).to.equal('not run');
    expect(judgeNumber(DRNAS, { values: [94.36, 94.36, 94.36], scale: 'smoke' }).why).to.include('smoke');
    const other = { values: [94.36], scale: 'paper' as const, otherExperiment: 'searched on CIFAR-100' };
    expect(judgeNumber(DRNAS, other)).to.deep.equal({
      verdict: 'not run',
      why: 'another experiment was: searched on CIFAR-100',
    });
  });

  it('refuses a NaN', () => {
    expect(() => judgeNumber(DRNAS, { values: [94, Number.NaN], scale: 'paper' })).to.throw('NaN');
  });
});

describe('a verdict on a claim', () => {
  const claim = (values: number[], scale: MeasuredScale) => judgeClaim({ values, scale });

  it('holds only where it held in every run', () => {
    expect(claim([1, 1, 1], 'paper').verdict).to.equal('reproduced');
    expect(claim([1, 1, 1], 'laptop').verdict).to.equal('consistent at smaller scale');
    expect(claim([1, 1, 0, 1], 'laptop')).to.deep.equal({
      verdict: 'differs',
      why: 'it held in 3 of 4 seeds',
    });
    expect(claim([1, 1], 'laptop').verdict).to.equal('too few seeds');
    expect(claim([0], 'laptop').verdict).to.equal('differs');
    expect(claim([1, 1], 'exact')).to.deep.equal({ verdict: 'reproduced', why: 'it held in 2 of 2 cases' });
    expect(claim([1], 'smoke').verdict).to.equal('not run');
  });

  it('takes 1 and 0 and nothing between', () => {
    expect(() => claim([0.5], 'paper')).to.throw('0.5');
  });
});
