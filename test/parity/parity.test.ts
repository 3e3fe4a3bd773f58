// The parity suite at the size of a test: operations and supernets on our backends; on others where they are there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { nativeName, wasmName } from '../../src/backend/register.js';
import { parityBackends, REFERENCE } from '../../src/experiments/parity/backends.js';
import type { Check } from '../../src/experiments/parity/check.js';
import { growthLine, growthTable, runGrowth } from '../../src/experiments/parity/growth.js';
import {
  type BackendResult,
  type ParityReport,
  parityChecks,
  parityFailures,
  runParity,
} from '../../src/experiments/parity/run.js';
import { tensorGrowth } from '../../src/experiments/parity/searches.js';
import { parityTable, storedTable, tableForm, withTable } from '../../src/experiments/parity/table.js';
import { projectRoot } from '../../src/root.js';

/** Without the DARTS space, whose thousands of small tensors take seconds op by op. */
const quick = (check: Check) =>
  check.group === 'operation' || (check.group === 'supernet' && !check.name.startsWith('DARTS'));

describe('parity of backends', function () {
  this.timeout(120_000);
  let current: string;
  before(() => {
    current = tf.getBackend();
  });
  // tf.memory() asks the backend that is set, which must have started.
  beforeEach(() => tf.setBackend('cpu'));
  after(() => tf.setBackend(current || 'cpu'));

  const wanted: Record<string, string | undefined> = {
    [nativeName]: 'yes',
    [wasmName]: 'yes',
    // These load hundreds of megabytes, or wait for software: only on request.
    tensorflow: process.env.DRNAS_TEST_TENSORFLOW,
    webgpu: process.env.DRNAS_TEST_WEBGPU,
    wasm: 'yes',
  };
  for (const backend of parityBackends.filter(({ name }) => name !== REFERENCE.name)) {
    const { name, title } = backend;
    it(`${title}: operations and supernet within tolerance of plain JavaScript, and no tensor left behind`, async function () {
      if (!wanted[name]) return this.skip();
      const level = tf.memory().numTensors;
      const report = await runParity({ backends: [backend], checks: parityChecks.filter(quick) });
      const { absent } = report.backends[0];
      if (absent && name !== wasmName) {
        console.log(`      not checked: ${absent}`);
        return this.skip();
      }
      expect(absent).to.equal(undefined);
      expect(parityFailures(report)).to.deep.equal([]);
      expect(report.backends[0].checks.length).to.be.at.least(20);
      expect(tf.memory().numTensors, 'tensors').to.equal(level);
      await tf.setBackend(name);
      expect(tensorGrowth(5), 'tensors after five steps').to.equal(0);
    });
  }

  const result = (error: number): BackendResult => ({
    name: REFERENCE.name,
    title: REFERENCE.title,
    engine: 'made up',
    checks: [{ name: 'conv2d 3x3', group: 'operation', error, worst: 'value', tolerance: 1e-5, seconds: 1 }],
  });
  const reportOf = (...backends: BackendResult[]): ParityReport => ({ growthSteps: 0, backends });

  it('fails what is off by more than its tolerance, not finite, or leaves tensors behind', () => {
    expect(parityFailures(reportOf(result(9e-6)))).to.deep.equal([]);
    expect(parityFailures(reportOf(result(2e-5)))[0]).to.match(/stock cpu, conv2d 3x3: value is off by/);
    expect(parityFailures(reportOf(result(Number.NaN)))).to.have.length(1);
    expect(parityFailures(reportOf({ ...result(0), growth: 3 }))[0]).to.match(/3 tensors more/);
  });

  it('notes a check that throws as a failure and goes on', async () => {
    let calls = 0;
    const broken: Check = {
      name: 'broken',
      group: 'operation',
      compute() {
        if (calls++ > 0) throw new Error('no such kernel');
        return { value: Float32Array.of(1) };
      },
    };
    const report = await runParity({ backends: [REFERENCE], checks: [broken] });
    expect(report.backends[0].checks[0]).to.include({
      worst: 'no such kernel',
      error: Number.POSITIVE_INFINITY,
    });
    expect(parityFailures(report)).to.have.length(1);
  });

  it('notes a backend that tfjs cannot start as absent and goes on', async () => {
    const broken = { ...REFERENCE, name: 'made-up', title: 'broken' };
    const { warn } = console;
    console.warn = () => {}; // tfjs says why, with a stack
    tf.registerBackend(broken.name, () => {
      throw new Error('no card');
    });
    const report = await runParity({ backends: [broken, REFERENCE], checks: [] }).finally(() => {
      console.warn = warn;
      delete tf.engine().registryFactory[broken.name];
    });
    expect(report.backends.map(({ absent }) => absent)).to.deep.equal([
      'tfjs cannot start its backend made-up',
      undefined,
    ]);
  });

  it('writes the table between the marks of a document and nowhere else', () => {
    const table = parityTable(reportOf(result(1.24e-6)), '2000-01-01');
    expect(table).to.match(/\| conv2d 3x3 \| 1e-6 \| – \|/);
    const document = 'before\n<!-- parity -->\nold $1\n<!-- end of parity -->\nafter';
    expect(withTable(document, table)).to.equal(
      `before\n<!-- parity -->\n${table}\n<!-- end of parity -->\nafter`,
    );
    expect(() => withTable('no marks', table)).to.throw(/no marks/);
  });

  it('counts what search steps leave behind, for as long as it may, and passes over what is not there', async () => {
    const gone = { ...REFERENCE, title: 'gone', prepare: async () => ({ absent: 'no card' }) };
    const ours = parityBackends.find(({ name }) => name === wasmName)!;
    const [there, absent] = await runGrowth(7, { backends: [ours, gone] });
    expect(there).to.include({ title: ours.title, steps: 7, tensors: 0 });
    expect(growthLine(absent)).to.equal('gone: not there (no card)');
    const table = growthTable([{ ...there, residentBytes: 3 * 2 ** 20 }, absent], '2000-01-01');
    expect(table).to.contain('| ours, wasm | 7 | 0 | +3 |').and.contain('| gone | not there | – | – |');
    const [short] = await runGrowth(1000, { backends: [ours], seconds: 0 });
    expect(short.steps).to.equal(0);
  });

  it('has its count of growth in environment.md: no tensor more, 1,000 steps on our own kernels', () => {
    const document = readFileSync(join(projectRoot(), 'environment.md'), 'utf8');
    const rows = storedTable(document, 'growth')
      .split('\n')
      .slice(4)
      .map((line) => line.slice(2, -2).split(' | '));
    expect(rows.map(([title]) => title)).to.deep.equal(parityBackends.map(({ title }) => title));
    for (const [title, steps, tensors] of rows) {
      if (steps !== 'not there') expect(tensors, title).to.equal('0');
      if (title.startsWith('ours')) expect(steps, title).to.equal('1000');
    }
  });

  it('has its table in environment.md: every check, every backend, all within tolerance', () => {
    const stored = storedTable(readFileSync(join(projectRoot(), 'environment.md'), 'utf8'));
    const lines = stored.split('\n').filter((line) => line.startsWith('|'));
    const cells = lines.map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
    const { headings, rows } = tableForm();
    expect(cells[0]).to.deep.equal(headings);
    expect(cells.slice(2).map(([name]) => name)).to.deep.equal(rows);
    for (const check of parityChecks) {
      const row = cells.find(([name]) => name === check.name)!;
      row.slice(1).forEach((text, i) => {
        const tolerance = parityBackends[i].tolerances[check.group];
        if (text !== '–') expect(Number(text), `${check.name}, ${headings[i + 1]}`).to.be.at.most(tolerance);
      });
    }
  });
});
