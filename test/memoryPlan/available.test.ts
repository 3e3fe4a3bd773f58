// The memory that is left, from the files in which Linux says so.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { availableMemory } from '../../src/memoryPlan/available.js';
import { temporaryFolder } from '../data/files.js';

const MIB = 2 ** 20;

describe('the memory that is left', () => {
  const temporary = temporaryFolder();
  after(() => temporary.remove());
  const root = join(temporary.path, 'root');
  const system = (files: Record<string, string>) => {
    rmSync(root, { recursive: true, force: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return availableMemory({ root });
  };
  const meminfo = { 'proc/meminfo': 'MemTotal: 900 kB\nMemFree: 10 kB\nMemAvailable:   800000 kB\n' };

  it('is what the kernel calls available, caches counted as free', () => {
    expect(system(meminfo)).to.deep.equal({ bytes: 800000 * 1024, of: 'this machine' });
  });

  it('is what a container allows where that is less, its caches counted as free too', () => {
    const group = (most: string, now: number) => ({
      ...meminfo,
      'sys/fs/cgroup/memory.max': `${most}\n`,
      'sys/fs/cgroup/memory.current': `${now}\n`,
      'sys/fs/cgroup/memory.stat': `anon 1\nactive_file ${20 * MIB}\ninactive_file ${30 * MIB}\n`,
    });
    // 512 MiB allowed, 300 held, 50 of them cache.
    expect(system(group(String(512 * MIB), 300 * MIB))).to.deep.equal({
      bytes: (512 - 300 + 50) * MIB,
      of: "this container's 0.5 GiB",
    });
    expect(system(group('max', 300 * MIB)).of).to.equal('this machine');
    expect(system(group(String(64 * 1024 * MIB), 300 * MIB)).of).to.equal('this machine');
  });

  it('knows the older kind of control group, where no limit is a number beyond any machine', () => {
    const group = (most: number) => ({
      ...meminfo,
      'sys/fs/cgroup/memory/memory.limit_in_bytes': String(most),
      'sys/fs/cgroup/memory/memory.usage_in_bytes': String(100 * MIB),
      'sys/fs/cgroup/memory/memory.stat': `total_inactive_file ${10 * MIB}\n`,
    });
    expect(system(group(256 * MIB)).bytes).to.equal((256 - 100 + 10) * MIB);
    expect(system(group(2 ** 63)).of).to.equal('this machine');
  });

  it('is of this machine when asked here', () => {
    expect(availableMemory().bytes).to.be.within(1, totalmem());
  });
});
