// How much memory a process may still take: what the machine has left, or what its container allows.
import { existsSync, readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';

/** Bytes that can be had, and what bounds them. */
export interface Available {
  bytes: number;
  of: string;
}

const readText = (path: string): string | undefined => {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
};

/** Of the machine: free memory with what caches would give back. */
function machine(root: string): Available {
  const line = /^MemAvailable:\s+(\d+)/m.exec(readText(join(root, 'proc', 'meminfo')) ?? '');
  return { bytes: line ? 1024 * Number(line[1]) : freemem(), of: 'this machine' };
}

/** Of the container (a Linux control group, version 2 or 1): its limit less what it holds that is no cache; undefined without a limit. */
function container(root: string): Available | undefined {
  const group = join(root, 'sys', 'fs', 'cgroup');
  const places = [
    { folder: group, limit: 'memory.max', used: 'memory.current', cache: ['active_file', 'inactive_file'] },
    {
      folder: join(group, 'memory'),
      limit: 'memory.limit_in_bytes',
      used: 'memory.usage_in_bytes',
      cache: ['total_active_file', 'total_inactive_file'],
    },
  ];
  for (const { folder, limit, used, cache } of places) {
    const most = Number(readText(join(folder, limit)));
    const now = Number(readText(join(folder, used)));
    // "max", or a number beyond any machine, is no limit.
    if (!(most > 0 && most < 2 ** 50 && now >= 0)) continue;
    const statistics = readText(join(folder, 'memory.stat')) ?? '';
    const cached = cache.reduce(
      (sum, name) => sum + Number(new RegExp(`^${name} (\\d+)`, 'm').exec(statistics)?.[1] ?? 0),
      0,
    );
    return { bytes: Math.max(0, most - Math.max(0, now - cached)), of: `this container's ${gib(most)} GiB` };
  }
  return undefined;
}

const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1);

/** The lesser of both. `root` is where /proc and /sys are looked for. */
export function availableMemory({ root = '/' } = {}): Available {
  const whole = machine(root);
  const allowed = container(root);
  return allowed && allowed.bytes < Math.min(whole.bytes, totalmem()) ? allowed : whole;
}
