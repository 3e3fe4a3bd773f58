// Results as tables, and the doubts that go with them.
import { expect } from 'chai';
import type { Form } from '../../bench/entries.js';
import { stepFlops } from '../../bench/flops.js';
import { doubts, resultsMarkdown, workloadTable } from '../../bench/report.js';
import { fastestTorch, type Measurement, type Results, summarise } from '../../bench/results.js';
import { workloads } from '../../bench/workloads.js';

const measurement = (name: string, form: Form | undefined, seconds: number, others = 0): Measurement => ({
  name,
  ours: form === undefined,
  form,
  introduction: { version: '1', threads: 2, engine: 'avx512', restBytes: 2 ** 28, parameters: 1 },
  rounds: [[seconds], [seconds], [seconds]],
  peakBytes: 2 ** 29,
  others: [others, 0, null],
});

const results = (...measurements: Measurement[]): Results => ({
  format: 'drnas-bench-1',
  date: '2026-01-02 03:04',
  machine: {
    cpu: 'a processor',
    cores: 2,
    memoryBytes: 2 ** 34,
    system: 'linux',
    node: 'v20',
    commit: 'abc',
  },
  load: 0.1,
  threads: 2,
  rounds: 3,
  stepsPerRound: 1,
  roofline: { flopsPerSecond: 4e11, copyBytesPerSecond: 7e10, method: 'a test' },
  workloads: [{ workload: workloads[0], measurements, absent: [{ name: 'wasm', reason: 'no file' }] }],
});

describe('results of the bench', () => {
  const quiet = results(
    measurement('native', undefined, 0.5),
    measurement('torch, plain', 'plain', 4),
    measurement('torch, rewritten', 'rewritten', 2),
  );

  it('compare with the fastest PyTorch, and it with itself', () => {
    expect(fastestTorch(quiet.workloads[0])?.name).to.equal('torch, rewritten');
    expect(fastestTorch(quiet.workloads[0], 'plain')?.name).to.equal('torch, plain');
    const ratios = summarise(quiet.workloads[0]).map(({ faster }) => faster?.median);
    expect(ratios).to.deep.equal([4, 0.5, 1]);
    const plain = summarise(quiet.workloads[0]).map(({ fasterThanPlain }) => fasterThanPlain?.median);
    expect(plain).to.deep.equal([8, 1, 2]);
  });

  it('give the speed and its share of the measured peak', () => {
    const [native] = summarise(quiet.workloads[0], quiet.roofline);
    expect(native.flopsPerSecond).to.equal(stepFlops(workloads[0]).total / 0.5);
    expect(native.share).to.equal(native.flopsPerSecond / 4e11);
  });

  it('stand in a table that names who could not run', () => {
    const table = workloadTable(quiet.workloads[0], quiet.roofline);
    // 154.8 GFLOP in half a second are 310 GFLOP/s, 77 % of 400.
    expect(table).to.match(
      /\| native +\| +500 ms \| +8\.00x \| 8\.00x to 8\.00x \| +4\.00x \| 4\.00x to 4\.00x \|.* 310 \| +77 % \|/,
    );
    expect(table).to.contain('wasm was not measured: no file');
  });

  it('need no PyTorch', () => {
    const alone = results(measurement('native', undefined, 0.5));
    expect(workloadTable(alone.workloads[0])).to.match(/\| native +\| +500 ms \| +– \|/);
  });

  it('raise a doubt for a load and for other programs, else none', () => {
    expect(doubts(quiet)).to.deep.equal([]);
    const busy = { ...results(measurement('native', undefined, 1, 0.7)), load: 3 };
    expect(doubts(busy)).to.deep.equal([
      'The load average was 3.00 before the first step.',
      'W1, native: other programs took up to 0.7 processors.',
    ]);
    expect(resultsMarkdown(busy)).to.contain('Take with care');
    expect(resultsMarkdown(quiet)).to.contain('other programs took at most 0.1 processors');
  });

  it('say which workloads were slow, if any was', () => {
    expect(resultsMarkdown(quiet)).not.to.contain('slow');
    const slow = workloads.find(({ name }) => name === 'W3')!;
    const mixed = { ...quiet, workloads: [...quiet.workloads, { ...quiet.workloads[0], workload: slow }] };
    expect(resultsMarkdown(mixed)).to.contain('(the slow W3: 2 rounds at the most');
  });
});
