// What this project set out to reach beside what a run of the bench found.
import { formatPercent, formatRatio, formatTable } from './format.js';
import { fastestTorch, type Results, summarise, type WorkloadResult } from './results.js';
import type { Roofline } from './roofline.js';

export interface AimRow {
  what: string;
  measured: string;
  aim: string;
  reached: boolean;
}

/** The aims of one workload, of the engines that took part; those that need PyTorch or the peak only where these were measured. */
export function aimRows(result: WorkloadResult, roofline?: Roofline): AimRow[] {
  const { name: workload, aims = {} } = result.workload;
  const plain = fastestTorch(result, 'plain');
  const rows: AimRow[] = [];
  const atLeast = (what: string, found: number, wanted: number, text: (value: number) => string) =>
    rows.push({ what, measured: text(found), aim: `at least ${text(wanted)}`, reached: found >= wanted });
  for (const { name: engine, fasterThanPlain, share, peakBytes } of summarise(result, roofline)) {
    if (engine !== 'native' && engine !== 'wasm') continue;
    const [speed, memory] = [aims[engine], aims.memory?.[engine]];
    const row = `${workload}, ${engine}`;
    if (speed && fasterThanPlain)
      atLeast(`${row}: faster than plain PyTorch`, fasterThanPlain.median, speed, formatRatio);
    if (engine === 'native' && aims.share && share)
      atLeast(`${row}: share of the measured peak`, share, aims.share, formatPercent);
    if (memory && plain) {
      const part = peakBytes / plain.peakBytes;
      rows.push({
        what: `${row}: part of plain PyTorch's peak memory`,
        measured: formatPercent(part),
        aim: `at most ${formatPercent(memory)}`,
        reached: part <= memory,
      });
    }
  }
  return rows;
}

/** The section of RESULTS.md; empty where no workload has an aim. */
export function aimsSection({ workloads, roofline }: Results): string {
  const rows = workloads.flatMap((result) => aimRows(result, roofline));
  if (rows.length === 0) return '';
  const table = formatTable(
    ['', 'measured', 'aim', ''],
    rows.map(({ what, measured, aim, reached }) => [what, measured, aim, reached ? 'reached' : 'missed']),
  );
  return `## Aims\n\n${table}\n\nWhat bounds a step, from a profile: bench/PROFILE.md.\n\n`;
}
