// Runs of a study as measured values: nothing left out unsaid, and settings that are computed.
import { expect } from 'chai';
import { ABLATIONS } from '../../src/experiments/ablations.js';
import { checkResult } from '../../src/experiments/measured.js';
import { measuredRuns, studySize } from '../../src/study/measured.js';
import type { RecordedRun } from '../../src/study/record.js';

const run = (seed: number, cifar10?: number) =>
  ({
    label: { variant: 'a' },
    seed,
    cifar10,
    seconds: 30 + seed,
    dataset: 'CIFAR-10 averaged down to 8x8 (50,000 …)',
    backend: 'native, 1 thread(s)',
    machine: '2 x CPU',
  }) as unknown as RecordedRun;

describe('a measured value from a study', () => {
  const study = ABLATIONS.lambda();

  it('has the value of every seed, the size of its searches and their cost', () => {
    const [result] = measuredRuns('table5/lambda=1e-3/cifar10 test', study, [run(0, 94), run(1, 92)], {
      settings: 'l2',
    });
    expect(checkResult(result, 'test')).to.deep.include({ values: [94, 92], seeds: [0, 1], scale: 'laptop' });
    expect(result.dataset).to.equal('CIFAR-10 averaged down to 8x8');
    expect(result.settings).to.equal('C = 8, N = 5, 8x8 images, 700 steps of batch 64, l2');
    expect(result.cost).to.equal('31 s a run beside other programs: native, 1 thread(s), 2 x CPU');
  });

  it('says which runs have no value, and is none where none has', () => {
    const [result] = measuredRuns('x', study, [run(0, 94), run(1)], { note: 'n' });
    expect([result.seeds, result.note]).to.deep.equal([[0], 'n; 1 of 2 runs have no value']);
    expect(measuredRuns('x', study, [run(0)])).to.deep.equal([]);
  });

  it('names the size of the paper’s searches by epochs', () => {
    expect(studySize(ABLATIONS.lambda({ scale: 'paper' }))).to.equal(
      'C = 16, N = 5, 32x32 images, 100 epochs of batch 64',
    );
  });
});
