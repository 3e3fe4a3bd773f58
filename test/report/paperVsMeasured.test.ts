// A notebook's table of paper and measurement. The rule of its verdicts is tested in verdict.test.ts.
import { expect } from 'chai';
import { publishedNumber } from '../../src/experiments/published.js';
import { comparisonMarkdown, comparisonTable, paperVsMeasured } from '../../src/report/paperVsMeasured.js';

const DRNAS = publishedNumber('table4/DrNAS/cifar10 test'); // 94.36 +- 0.00

describe('the comparison of paper and measurement', () => {
  const rows = paperVsMeasured([
    {
      ...{
        quantity: 'DrNAS, CIFAR-10 test (%)',
        paper: DRNAS,
        measured: [94.3633, 94.3612],
        scale: 'laptop',
      },
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
      measured: '94.36 ± 0.00',
      scale: 'laptop',
      dataset: 'CIFAR-10 at 16x16',
      seeds: 2,
      verdict: 'too few seeds',
      why: 'it agrees, but on 2 seeds; a verdict needs 3',
    });
  });

  it('shows a value of another experiment without judging it', () => {
    const [row] = paperVsMeasured([
      {
        ...{ quantity: 'transfer', paper: DRNAS, measured: [94.36], scale: 'laptop', dataset: 'CIFAR-10' },
        otherExperiment: 'searched on CIFAR-100',
      },
    ]);
    expect(row).to.include({ measured: '94.36', verdict: 'not run' });
    expect(row.why).to.include('searched on CIFAR-100');
  });

  it('refuses a scale that it does not know, by name', () => {
    const one = { quantity: 'q', paper: DRNAS, measured: [94.36], dataset: 'CIFAR-10' };
    expect(() => paperVsMeasured([{ ...one, scale: 'large' }])).to.throw('got large');
    expect(paperVsMeasured([{ ...one, scale: 'custom' }])[0].verdict).to.equal('too few seeds');
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
