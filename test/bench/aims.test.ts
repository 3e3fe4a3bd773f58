// Aims beside what was found.
import { expect } from 'chai';
import { aimRows, aimsSection } from '../../bench/aims.js';
import type { Form } from '../../bench/entries.js';
import type { Measurement, Results } from '../../bench/results.js';
import { workloadNamed } from '../../bench/workloads.js';

const measurement = (name: string, seconds: number, peakBytes: number, form?: Form): Measurement => ({
  name,
  ours: form === undefined,
  form,
  introduction: { version: '1', threads: 2, engine: 'avx512', restBytes: 1, parameters: 1 },
  rounds: [[seconds]],
  peakBytes,
  others: [0],
});
const w1 = {
  workload: workloadNamed('W1'),
  absent: [],
  measurements: [
    measurement('native', 1, 300),
    measurement('wasm', 2, 600),
    measurement('PyTorch 1, plain', 4.4, 1000, 'plain'),
    measurement('PyTorch 2, plain', 5, 1000, 'plain'),
    measurement('PyTorch 2, rewritten', 2, 100, 'rewritten'),
  ],
};
// W1 has 154.8 GFLOP a step (bench/flops.ts): at 200 GFLOP/s it is 77 % of the peak in one second.
const roofline = { flopsPerSecond: 2e11, copyBytesPerSecond: 1, method: 'a test' };

describe('the aims of the bench', () => {
  it('are held against the faster plain PyTorch, never against a rewritten one', () => {
    const found = aimRows(w1, roofline).map(({ what, measured, reached }) => [what, measured, reached]);
    expect(found).to.deep.equal([
      ['W1, native: faster than plain PyTorch', '4.40x', false],
      ['W1, native: share of the measured peak', '77 %', true],
      ["W1, native: part of plain PyTorch's peak memory", '30 %', true],
      ['W1, wasm: faster than plain PyTorch', '2.20x', true],
      ["W1, wasm: part of plain PyTorch's peak memory", '60 %', false],
    ]);
  });

  it('are left out where PyTorch or the peak was not measured', () => {
    const alone = { ...w1, measurements: w1.measurements.slice(0, 2) };
    expect(aimRows(alone)).to.deep.equal([]);
    expect(aimsSection({ workloads: [alone] } as unknown as Results)).to.equal('');
  });

  it('stand in a table that says what was missed', () => {
    const text = aimsSection({ workloads: [w1], roofline } as unknown as Results);
    expect(text).to.match(
      /W1, native: faster than plain PyTorch +\| +4\.40x \| +at least 4\.50x \| +missed \|/,
    );
  });
});
