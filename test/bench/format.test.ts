// Numbers and tables as text.
import { expect } from 'chai';
import { formatBytes, formatPercent, formatRatio, formatSeconds, formatTable } from '../../bench/format.js';

describe('numbers of the bench', () => {
  it('are seconds from one second up and milliseconds below, with three digits', () => {
    const texts = [0.0123456, 0.71, 1.8449, 12.34, 123.4].map(formatSeconds);
    expect(texts).to.deep.equal(['12.3 ms', '710 ms', '1.84 s', '12.3 s', '123 s']);
  });

  it('are binary units of memory', () => {
    expect(formatBytes(300 * 2 ** 20)).to.equal('300 MiB');
    expect(formatBytes(3 * 2 ** 30)).to.equal('3.00 GiB');
  });

  it('are ratios and shares', () => {
    expect(formatRatio(4.567)).to.equal('4.57x');
    expect(formatPercent(0.624)).to.equal('62 %');
  });
});

describe('tables of the bench', () => {
  it('are Markdown, aligned', () => {
    const table = formatTable(
      ['', 'step'],
      [
        ['wasm', '2 s'],
        ['native', '700 ms'],
      ],
    );
    expect(table.split('\n')).to.deep.equal([
      '|        |   step |',
      '|--------|-------:|',
      '| wasm   |    2 s |',
      '| native | 700 ms |',
    ]);
  });

  it('refuse a row of another length', () => {
    expect(() => formatTable(['a', 'b'], [['1']])).to.throw('a row has 1 cells, the table 2 columns');
  });
});
