// Result files: what is read, and what is refused with the name of the field.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  checkResult,
  formatResults,
  type MeasuredResult,
  readResults,
} from '../../src/experiments/measured.js';

const GOOD: MeasuredResult = {
  exhibit: 'table5/lambda=1e-3/cifar10 test',
  values: [94.36, 93.84, 94.36],
  seeds: [0, 1, 2],
  scale: 'laptop',
  dataset: 'CIFAR-10 averaged down to 16x16',
  cost: '6 min a search',
  notebook: 'notebooks/05-regulariser.ipynb',
};

describe('a result file', () => {
  let figures: string;
  beforeEach(() => {
    figures = mkdtempSync(join(tmpdir(), 'drnas-results-'));
  });
  afterEach(() => rmSync(figures, { recursive: true }));

  it('is read back as it was written, folders in the order of their names', () => {
    for (const [folder, seed] of [
      ['05-regulariser', 5],
      ['02-comparison', 2],
    ] as const) {
      mkdirSync(join(figures, folder));
      const entry = { ...GOOD, values: [94], seeds: [seed] };
      writeFileSync(join(figures, folder, 'results.json'), formatResults([entry]));
    }
    mkdirSync(join(figures, 'without'));
    expect(readResults(figures).map(({ seeds }) => seeds)).to.deep.equal([[2], [5]]);
    expect(readResults(join(figures, 'none'))).to.deep.equal([]);
  });

  it('has its lists of numbers in one line', () => {
    expect(formatResults([GOOD])).to.include('"values": [94.36, 93.84, 94.36],\n');
    expect(JSON.parse(formatResults([GOOD])).results).to.deep.equal([GOOD]);
  });

  it('is refused by name where it is no JSON or of another format', () => {
    mkdirSync(join(figures, 'a'));
    const file = join(figures, 'a', 'results.json');
    writeFileSync(file, '{');
    expect(() => readResults(figures)).to.throw('figures/a/results.json is no JSON');
    writeFileSync(file, '{"format": "other", "results": []}');
    expect(() => readResults(figures)).to.throw('"drnas-results-1"');
  });

  const wrong: [string, object, string][] = [
    ['an unknown field', { date: 'today' }, 'no field "date"'],
    ['no values', { values: [] }, 'values'],
    ['a NaN that JSON made null', { values: [null] }, 'values'],
    ['fewer seeds than values', { seeds: [0, 1] }, '3 whole numbers'],
    ['a seed twice', { seeds: [0, 1, 1] }, 'differ'],
    ['no seeds below exact scale', { seeds: undefined }, 'seeds are missing'],
    ['an unknown scale', { scale: 'large' }, '"large"'],
    ['no data set', { dataset: '' }, 'dataset'],
    ['a note that is no text', { note: 3 }, 'note'],
  ];
  for (const [what, change, message] of wrong) {
    it(`is refused with ${what}`, () => {
      expect(() => checkResult({ ...GOOD, ...change }, 'figures/x/results.json')).to.throw(message);
    });
  }
});
