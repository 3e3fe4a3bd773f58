// A study for readers: what its tables and figures are made of.
import { expect } from 'chai';
import { comparisonRows, runsBySetting, settingDots, settingTable } from '../../src/study/readable.js';
import { summariseStudy } from '../../src/study/summary.js';
import { madeRow } from './made.js';

const row = (variant: string, seed: number, cifar10?: number) => madeRow({ variant }, seed, cifar10);
const rows = [
  row('a', 0, 90),
  row('b', 0, 93),
  row('a', 1, 92),
  row('b', 1, 95),
  row('a', 2, 91),
  row('b', 2),
];
const summary = summariseStudy({ name: 'readable' }, rows);
const nameOf = ({ variant }: Record<string, string | number>) => `setting ${variant}`;

describe('a study for readers', () => {
  it('has a row for each setting, and says where a run diverged', () => {
    const [a, b] = settingTable(summary, nameOf);
    expect([a.setting, a.seeds, a['mean ± deviation, %']]).to.deep.equal(['setting a', '3', '91.00 ± 1.00']);
    // Student: 91 ± 4.303 / sqrt(3), the 97.5 % quantile of t with two degrees of freedom.
    expect(a['95 % interval (Student)']).to.equal('88.52 to 93.48');
    expect(b.seeds).to.equal('2 (and 1 diverged)');
    expect(a['the paper’s cell']).to.include('3 of 3');
  });

  it('compares by the seeds that both settings have, and says when they cannot be told apart', () => {
    const [only] = comparisonRows(summary, nameOf);
    expect([only.difference, only.pairs, only['percentage points']]).to.deep.equal([
      'setting b − setting a',
      2,
      '+3.00',
    ]);
    expect(only.verdict).to.equal('higher');
    const flat = summariseStudy({ name: 'readable' }, [
      row('a', 0, 90),
      row('b', 0, 93),
      row('a', 1, 92),
      row('b', 1, 90),
    ]);
    expect(comparisonRows(flat)[0].verdict).to.equal('cannot be distinguished');
  });

  it('gives figures a dot for each run with a value, and no dot for a run without', () => {
    const { dots, means } = settingDots(rows, summary, nameOf);
    expect(dots).to.have.length(5);
    expect(dots[1]).to.deep.equal({ method: 'setting b', seed: 0, accuracy: 93 });
    expect(means.map(({ method, mean }) => [method, mean])).to.deep.equal([
      ['setting a', 91],
      ['setting b', 94],
    ]);
    expect([...runsBySetting(rows)].map(([name, runs]) => [name, runs.length])).to.deep.equal([
      ['a', 3],
      ['b', 3],
    ]);
  });
});
