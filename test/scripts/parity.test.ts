// `npm run parity`: what it refuses before it computes, and a backend that was asked for and is not there.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { scratchFolder } from './notebook/make.js';

const parity = (args: string[], environment: Record<string, string> = {}) =>
  new Promise<{ status: number; stderr: string }>((resolve) => {
    const env = { ...process.env, ...environment };
    execFile(
      process.execPath,
      ['--import', 'tsx', 'scripts/parity.ts', ...args],
      { env },
      (error, _, stderr) => {
        resolve({ status: error ? Number(error.code) : 0, stderr });
      },
    );
  });

describe('parity, the command', function () {
  this.timeout(120_000);

  it('refuses a check or backend that does not exist, and a table with gaps', async () => {
    const refusals = await Promise.all([
      parity(['--only', 'conv3d']),
      parity(['--backend', 'metal']),
      parity(['--write', '--only', 'conv2d']),
    ]);
    expect(refusals.map(({ status }) => status)).to.deep.equal([2, 2, 2]);
    expect(refusals[0].stderr).to.contain('no check has "conv3d" in its name');
    expect(refusals[1].stderr).to.contain('there is no backend metal');
    expect(refusals[2].stderr).to.contain('--write would leave gaps in the table');
  });

  it('fails where the backend that was asked for does not load', async () => {
    const empty = join(scratchFolder(), 'empty');
    mkdirSync(empty);
    const { status, stderr } = await parity(['--backend', 'tensorflow', '--only', 'sgd'], {
      DRNAS_TENSORFLOW: empty,
    });
    rmSync(dirname(empty), { recursive: true });
    expect(status).to.equal(1);
    expect(stderr).to.match(/^tensorflow was asked for: DRNAS_TENSORFLOW .* has no native binding/m);
  });
});
