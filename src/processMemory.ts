// How much memory a process holds, now and at most.
import { existsSync, readFileSync } from 'node:fs';

/** Bytes of a line of /proc/PID/status. */
function said(status: string, name: string): number | undefined {
  const line = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status);
  return line ? 1024 * Number(line[1]) : undefined;
}

/** Resident bytes of another process, now and at most; undefined where it is gone or /proc does not say. */
export function processMemory(pid: number): { now: number; peak: number } | undefined {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return undefined;
  }
  const now = said(status, 'VmRSS');
  const peak = said(status, 'VmHWM');
  return now === undefined || peak === undefined ? undefined : { now, peak };
}

/** Resident bytes of this process. Linux counts its own peak; where /proc does not say, Node's numbers serve. */
export function residentBytes(which: 'now' | 'peak'): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const value = said(status, which === 'peak' ? 'VmHWM' : 'VmRSS');
  if (value !== undefined) return value;
  return which === 'peak' ? process.resourceUsage().maxRSS * 1024 : process.memoryUsage.rss();
}
