// Registering the kernel for VS Code writes one file into the user's Jupyter folder.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { scratchFolder } from './notebook/make.js';

describe('install-kernel', () => {
  it('writes a kernel with absolute paths, and removes it again', () => {
    const folder = scratchFolder();
    const file = join(folder, 'kernels', 'drnas-tslab', 'kernel.json');
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['scripts/install-kernel.mjs', ...args], {
        env: { ...process.env, JUPYTER_DATA_DIR: folder },
      });
    expect(run().status).to.equal(0);
    const { argv, interrupt_mode } = JSON.parse(readFileSync(file, 'utf8'));
    expect(argv.slice(0, 2).map(existsSync)).to.deep.equal([true, true]);
    expect(argv.slice(2)).to.deep.equal(['--config-path', '{connection_file}']);
    expect(interrupt_mode).to.equal('signal');
    expect(run('--remove').status).to.equal(0);
    expect(existsSync(file)).to.equal(false);
    rmSync(folder, { recursive: true });
  });
});
