// The contestants: child processes that take turns.
import { expect } from 'chai';
import { lastWords, startContestant } from '../../bench/contestant.js';
import { busySeconds } from '../../bench/machine.js';
import { busyOthers, ourEntry, runWorkload } from '../../bench/run.js';
import { workloadNamed } from '../../bench/workloads.js';
import { projectRoot } from '../../src/root.js';

const cwd = projectRoot();

describe('contestants of the bench', () => {
  it('take the steps they are told, and one that cannot start is reported with its error', async function () {
    this.timeout(60000);
    const broken = {
      name: 'broken',
      ours: true,
      command: () => ({ file: process.execPath, args: ['-e', 'throw new Error("no such engine")'], cwd }),
    };
    const workload = { ...workloadNamed('tiny'), channels: 4, imageSize: 4, batch: 2 };
    const options = { rounds: 2, steps: 3, warmUp: 1, log: () => {} };
    const { measurements, absent } = await runWorkload(workload, [ourEntry(cwd, 'wasm', 1), broken], options);
    expect(measurements.map(({ name }) => name)).to.deep.equal(['wasm']);
    const [{ rounds, peakBytes, introduction }] = measurements;
    expect(rounds.map((round) => round.length)).to.deep.equal([3, 3]);
    expect(Math.min(...rounds.flat())).to.be.above(0);
    expect(introduction.threads).to.equal(1);
    // Node alone takes tens of MiB.
    expect(peakBytes)
      .to.be.at.least(introduction.restBytes)
      .and.above(30 * 2 ** 20);
    expect(absent).to.have.length(1);
    expect(absent[0].reason).to.match(/ended with 1: Error: no such engine/);
  });

  it('that do not exist are refused', async () => {
    const command = { file: '/no/such/python', args: [], cwd };
    const error = await startContestant(command).catch((reason: Error) => reason);
    expect(String(error)).to.contain('ENOENT');
  });

  it('have last words: the error line of a stack trace', () => {
    expect(lastWords('x.js:1\nTypeError: bad\n    at f (x.js:1)\n\nNode.js v20')).to.equal('TypeError: bad');
    expect(lastWords('Traceback:\n  File "x"\nValueError: bad')).to.equal('ValueError: bad');
    expect(lastWords('out of memory')).to.equal('out of memory');
    expect(lastWords('')).to.equal('no message');
  });
});

describe('the busy time of the machine', () => {
  it('is all of /proc/stat but idle and waiting', () => {
    // user 100, nice 50, system 30, idle 9000, waiting 800, interrupts 5, soft interrupts 10, stolen 5: 200 hundredths.
    expect(busySeconds('cpu  100 50 30 9000 800 5 10 5 0 0\ncpu0 1 1 1')).to.equal(2);
  });

  it('less the contestant’s own is what others took', () => {
    // 3 s of two processors busy during a turn of 2 s, of which 2.4 s its own.
    expect(busyOthers(10, 13, 2.4, 2)).to.be.closeTo(0.3, 1e-12);
    expect(busyOthers(10, 11, 1.2, 2)).to.equal(0);
    expect(busyOthers(undefined, 11, 1, 2)).to.equal(null);
    expect(busyOthers(10, 10.1, 0.05, 0.05)).to.equal(null);
  });
});
