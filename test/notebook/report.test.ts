// Headline results pass from a notebook to the program that executes it by a file.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { reportedResults, reportResult } from '../../src/notebook/report.js';

describe('reportResult', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drnas-report-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('adds results, replaces one of the same name, and leaves no draft behind', () => {
    const file = join(folder, 'results.json');
    reportResult('search', { headline: 'first' }, file);
    reportResult(
      'table',
      { headline: '94.36 %', values: { accuracy: 94.36 }, look: ['figures/a.svg'] },
      file,
    );
    reportResult('search', { headline: 'second' }, file);
    expect(reportedResults(file)).to.deep.equal([
      { name: 'table', headline: '94.36 %', values: { accuracy: 94.36 }, look: ['figures/a.svg'] },
      { name: 'search', headline: 'second' },
    ]);
    expect(readdirSync(folder)).to.deep.equal(['results.json']);
  });

  it('has no effect without a file', () => {
    reportResult('search', { headline: 'unheard' }, '');
    expect(readdirSync(folder)).to.deep.equal([]);
    expect(reportedResults(join(folder, 'results.json'))).to.deep.equal([]);
  });
});
