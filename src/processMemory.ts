// How much memory this process holds, now and at most.
import { existsSync, readFileSync } from 'node:fs';

/** Resident bytes. Linux counts its own peak; where /proc does not say, Node's numbers serve. */
export function residentBytes(which: 'now' | 'peak'): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const said = new RegExp(`^${which === 'peak' ? 'VmHWM' : 'VmRSS'}:\\s+(\\d+)`, 'm').exec(status);
  if (said) return 1024 * Number(said[1]);
  return which === 'peak' ? process.resourceUsage().maxRSS * 1024 : process.memoryUsage.rss();
}
