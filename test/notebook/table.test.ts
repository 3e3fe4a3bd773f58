// Rows and Arquero tables in the three representations of a table.
import { table } from 'arquero';
import { expect } from 'chai';
import { tableBundle, tableText } from '../../src/notebook/table.js';

const rows = [
  { cell: 'all <conv3x3>', accuracy: 94.355, rank: 3 },
  { cell: 'a|b', accuracy: 90, rank: 120 },
];

describe('tables', () => {
  it('are aligned as text, numbers to the right with one number of digits in a column', () => {
    expect(tableText(rows, { decimals: { accuracy: 1 } })).to.equal(
      [
        'cell           accuracy  rank',
        '-------------  --------  ----',
        'all <conv3x3>      94.4     3',
        'a|b                90.0   120',
      ].join('\n'),
    );
  });

  it('escape what HTML and Markdown would take for their own', () => {
    const bundle = tableBundle(rows);
    expect(bundle['text/html']).to.contain('all &lt;conv3x3&gt;').and.not.contain('<conv3x3>');
    expect(bundle['text/markdown'].split('\n')[3]).to.equal('| a\\|b | 90.00 | 120 |');
  });

  it('take an Arquero table as they take rows', () => {
    const columns = table({ cell: ['all <conv3x3>', 'a|b'], accuracy: [94.355, 90], rank: [3, 120] });
    expect(tableBundle(columns)).to.deep.equal(tableBundle(rows));
  });

  it('show a limited number of rows and count the rest', () => {
    const many = Array.from({ length: 7 }, (_, epoch) => ({ epoch }));
    const lines = tableText(many, { limit: 2 }).split('\n');
    expect(lines.slice(2)).to.deep.equal(['    0', '    1', '… and 5 more rows']);
  });

  it('leave a cell empty where a row has no value, and keep the column numeric', () => {
    expect(tableText([{ a: 1.5, b: null }, { b: 2 }])).to.equal(
      ['   a  b', '----  -', '1.50', '      2'].join('\n'),
    );
  });

  it('use headings and a title', () => {
    const text = tableText([{ x: 1 }], { headings: { x: 'Accuracy (%)' }, title: 'Table 1' });
    expect(text.split('\n').slice(0, 2)).to.deep.equal(['Table 1', 'Accuracy (%)']);
  });
});
