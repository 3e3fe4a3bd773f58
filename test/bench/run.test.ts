// The contestants: child processes that take turns.
import { expect } from 'chai';
import { lastWords, startContestant } from '../../bench/contestant.js';
import { ourEntry } from '../../bench/entries.js';
import { busySeconds } from '../../bench/machine.js';
import { busyOthers, runWorkload } from '../../bench/run.js';
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

  /** A process that answers like a contestant; its step number `dies` ends it. */
  const pretender = (name: string, { parameters = 1, threads = 1, dies = Number.POSITIVE_INFINITY } = {}) => {
    const facts = { version: '1', threads, engine: '', restBytes: 1, parameters };
    const turn = { cpuSeconds: 0, peakBytes: 1, losses: [1] };
    const program = `
      console.log(${JSON.stringify(JSON.stringify(facts))});
      let taken = 0;
      require('node:readline').createInterface({ input: process.stdin }).on('line', (n) => {
        taken += Number(n);
        if (taken >= ${dies}) throw new Error('out of memory');
        console.log(JSON.stringify({ ...${JSON.stringify(turn)}, seconds: Array(Number(n)).fill(1) }));
      });`;
    return {
      name,
      ours: true,
      command: () => ({ file: process.execPath, args: ['-e', program], cwd }),
    };
  };

  it('with another network or other threads are not set beside the first', async () => {
    const entries = [
      pretender('first'),
      pretender('wider', { parameters: 2 }),
      pretender('busier', { threads: 2 }),
      pretender('equal'),
    ];
    const options = { rounds: 1, steps: 1, warmUp: 1, log: () => {} };
    const { measurements, absent } = await runWorkload(workloadNamed('tiny'), entries, options);
    expect(measurements.map(({ name }) => name)).to.deep.equal(['first', 'equal']);
    expect(absent).to.deep.equal([
      { name: 'wider', reason: 'its network has 2 weights, that of first 1' },
      { name: 'busier', reason: 'it computes with 2 threads, first with 1' },
    ]);
  });

  for (const [title, name, dies] of [
    ['in its second turn', 'tiny', 3],
    ['in its first turn, of a slow workload,', 'tiny-W3', 2],
  ] as const) {
    it(`of which one ends ${title} keep their full rounds, without it`, async () => {
      const entries = [pretender('first'), pretender('mortal', { dies }), pretender('last')];
      const options = { rounds: 2, steps: 1, warmUp: 1, log: () => {} };
      const result = await runWorkload(workloadNamed(name), entries, options);
      expect(result.measurements.map(({ name, rounds }) => [name, rounds.length])).to.deep.equal([
        ['first', 2],
        ['last', 2],
      ]);
      expect(result.absent.map(({ name }) => name)).to.deep.equal(['mortal']);
      expect(result.absent[0].reason).to.contain('out of memory');
    });
  }

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
