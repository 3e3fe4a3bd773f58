// How much memory this process holds, now and at most.
import { existsSync, readFileSync } from 'node:fs';

/** Resident bytes. Linux counts its own peak; elsewhere Node's numbers serve. */
export function residentBytes(which: 'now' | 'peak'): number {
  if (!existsSync('/proc/self/status')) {
    return which === 'peak' ? process.resourceUsage().maxRSS * 1024 : process.memoryUsage.rss();
  }
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = which === 'peak' ? 'VmHWM' : 'VmRSS';
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)![1]);
}
