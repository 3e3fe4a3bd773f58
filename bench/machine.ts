// What the measurements were taken on, and how busy it was with other things meanwhile.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';

export interface Machine {
  cpu: string;
  cores: number;
  memoryBytes: number;
  system: string;
  node: string;
  /** Of the sources; "changed" is added where src or native differ from it. */
  commit: string;
}

export function describeMachine(root: string): Machine {
  const git = (...args: string[]) => {
    try {
      const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
      return execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio }).trim();
    } catch {
      return '';
    }
  };
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'native') !== '';
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${platform()} ${release()}`,
    node: process.version,
    commit: `${git('rev-parse', '--short', 'HEAD') || 'unknown'}${changed ? ', changed' : ''}`,
  };
}

/** Seconds that all processors together have been busy (time stolen by a hypervisor included), or undefined. */
export function busySeconds(stat?: string): number | undefined {
  if (stat === undefined) {
    if (!existsSync('/proc/stat')) return undefined;
    stat = readFileSync('/proc/stat', 'utf8');
  }
  const [user, nice, system, , , interrupts, softInterrupts, steal = 0] = stat
    .split('\n')[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  // The kernel counts in hundredths of a second.
  return (user + nice + system + interrupts + softInterrupts + steal) / 100;
}

/** One-minute load average above which a first measurement is not to be trusted. */
export const BUSY_LOAD = 0.5;
/** Processors taken by others above which a measurement is not to be trusted. */
export const BUSY_OTHERS = 0.1;

/** The load average, and a warning where something else runs. */
export function loadNow(): { load: number; warning?: string } {
  const load = loadavg()[0];
  if (load <= BUSY_LOAD) return { load };
  const text = `the machine is busy (load average ${load.toFixed(2)}): only ratios count, and not much`;
  return { load, warning: text };
}
