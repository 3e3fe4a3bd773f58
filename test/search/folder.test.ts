// A run's folder is one process's, and what a killed one leaves is in nobody's way.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { takeLock } from '../../src/lock.js';
import { checkFolder } from '../../src/search/folder.js';

describe('the folder of a run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drnas-folder-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const lockOf = (pid: number) => JSON.stringify({ pid, host: hostname(), id: 'another' });
  const deadProcess = () => lockOf(spawnSync(process.execPath, ['--version']).pid);

  it('is locked while a process runs in it, and free afterwards', () => {
    const lock = join(folder, 'run.lock');
    const release = takeLock(lock);
    expect(readdirSync(folder)).to.deep.equal(['run.lock']);
    release();
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('is refused while another process runs in it, one of another user too', () => {
    const lock = join(folder, 'run.lock');
    for (const pid of [process.ppid, 1]) {
      writeFileSync(lock, lockOf(pid));
      expect(() => takeLock(lock)).to.throw(`process ${pid} on ${hostname()} is running in this folder`);
      expect(readdirSync(folder)).to.deep.equal(['run.lock']);
    }
  });

  it('is taken over from a dead process of this machine, and from no other machine, where none can be asked', () => {
    const lock = join(folder, 'run.lock');
    writeFileSync(lock, deadProcess());
    takeLock(lock)();
    expect(existsSync(lock)).to.equal(false);
    writeFileSync(lock, JSON.stringify({ pid: 1, host: 'elsewhere', id: 'another' }));
    expect(() => takeLock(lock)).to.throw('process 1 on elsewhere is running in this folder');
  });

  it('is left alone where its lock cannot be read, with a word on what to do', () => {
    const lock = join(folder, 'run.lock');
    writeFileSync(lock, '');
    expect(() => takeLock(lock)).to.throw('delete that file when no such process runs any more');
  });

  it('is new where a process was killed before it wrote the manifest, and refused where other files are', () => {
    mkdirSync(join(folder, 'checkpoints'));
    writeFileSync(join(folder, 'run.lock'), deadProcess());
    expect(checkFolder(folder, 'digest', true)).to.equal('new');
    writeFileSync(join(folder, 'thesis.txt'), '');
    expect(() => checkFolder(folder, 'digest', true)).to.throw('not empty and holds no run');
  });
});
