// Verdicts by the stated rule, and the table that carries them.
import { expect } from 'chai';
import { publishedNumber } from '../../src/experiments/published.js';
import { published } from '../../src/experiments/publishedNumber.js';
import {
  comparisonMarkdown,
  comparisonTable,
  paperVsMeasured,
  verdictOf,
} from '../../src/report/paperVsMeasured.js';

const DRNAS = publishedNumber('table4/DrNAS/cifar10 test'); // 94.36 +- 0.00

describe('a verdict', () => {
  it('is "reproduced" where mean and spread round to the printed digits', () => {
    // 94.3633 is the table's value of the paper's cell.
    expect(verdictOf(DRNAS, [94.3633, 94.3633, 94.3633])).to.equal('reproduced');
    expect(verdictOf(DRNAS, [94.3633])).to.equal('reproduced');
  });

  it('is not "reproduced" where only the mean agrees and the seeds scatter', () => {
    expect(verdictOf(DRNAS, [93.36, 95.36])).to.equal('within noise');
  });

  it('is "within noise" up to two standard errors and "differs" beyond', () => {
    const paper = published('93.41+-0.30', 'README');
    expect(verdictOf(paper, [94.0])).to.equal('within noise'); // 0.59 <= 2 * 0.30
    expect(verdictOf(paper, [94.02])).to.equal('differs'); // 0.61
    // Seeds 93, 95: s = sqrt 2, standard error 1; the paper's deviation 0: 94 +- 2 holds 92.01 and not 91.99.
    expect(verdictOf(published('92.01', 'README'), [93, 95])).to.equal('within noise');
    expect(verdictOf(published('91.99', 'README'), [93, 95])).to.equal('differs');
  });

  it('is never "within noise" for a single seed against a number without deviation', () => {
    expect(verdictOf(published('94.37', 'README'), [94.36])).to.equal('differs');
  });

  it('is "not run" where nothing was measured, and refuses a NaN', () => {
    expect(verdictOf(DRNAS, [])).to.equal('not run');
    expect(() => verdictOf(DRNAS, [94, Number.NaN])).to.throw('NaN');
  });
});

describe('the comparison of paper and measurement', () => {
  const rows = paperVsMeasured([
    {
      ...{ quantity: 'DrNAS, CIFAR-10 test (%)', paper: DRNAS, measured: [94.3633, 93.83], scale: 'laptop' },
      dataset: 'CIFAR-10 at 16x16',
    },
    {
      ...{ quantity: 'lambda = 0 | test (%)', paper: publishedNumber('table5/lambda=0/cifar10 test') },
      ...{ measured: [], scale: 'laptop', dataset: 'CIFAR-10' },
    },
  ]);

  it('has a row for each quantity, with scale, data set and number of seeds', () => {
    expect(rows[0]).to.deep.equal({
      quantity: 'DrNAS, CIFAR-10 test (%)',
      paper: '94.36 ± 0.00',
      trust: 'README',
      // Mean 94.09665; sample deviation 0.5333 / sqrt 2 = 0.3771.
      measured: '94.10 ± 0.38',
      scale: 'laptop',
      dataset: 'CIFAR-10 at 16x16',
      seeds: 2,
      verdict: 'within noise',
    });
  });

  it('marks what the paper’s number is worth, and claims no conditions for what was not run', () => {
    expect(rows[1].paper).to.equal('93.78 (unverified)');
    expect(rows[1]).to.include({ measured: '-', scale: '-', dataset: '-', seeds: 0, verdict: 'not run' });
  });

  it('becomes an Arquero table and Markdown whose cells survive a bar', () => {
    expect(comparisonTable(rows).numRows()).to.equal(2);
    expect(comparisonTable(rows).columnNames()).to.deep.equal(Object.keys(rows[0]));
    const lines = comparisonMarkdown(rows).trim().split('\n');
    expect(lines).to.have.length(4);
    expect(lines[3]).to.include('lambda = 0 \\| test');
  });
});
