// The interrupt signal in a process of its own, as a SIGINT would also stop the tests.
import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

function run(code: string) {
  const source = `import { breathe, interruptSignal } from './src/interrupt.ts';\n${code}`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', source];
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 });
}

const LOOP = `
  const signal = interruptSignal();
  let turns = 0;
  while (!signal.aborted) {
    await breathe();
    if (++turns % 50 === 0) process.kill(process.pid, 'SIGINT');
  }`;

describe('interruptSignal', () => {
  it('aborts at Ctrl-C, once per call', () => {
    const { stdout, status } = run(`${LOOP}
      console.log('stopped:', signal.reason.message, interruptSignal().aborted);
      process.exit(0);`);
    expect(stdout).to.equal('stopped: interrupted false\n');
    expect(status).to.equal(0);
  });

  it('ends the program at a second Ctrl-C', () => {
    const { stdout, status } = run(`${LOOP}
      console.log('saving');
      process.kill(process.pid, 'SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 20_000));`);
    expect(stdout).to.equal('saving\n');
    expect(status).to.equal(130);
  });
});
