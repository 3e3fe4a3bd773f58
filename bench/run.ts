// Lets the contestants of one workload take turns.
import { join } from 'node:path';
import { type Command, type Contestant, startContestant } from './contestant.js';
import { busySeconds } from './machine.js';
import type { Measurement, WorkloadResult } from './results.js';
import type { Torch } from './torch.js';
import type { Workload } from './workloads.js';

export interface Entry {
  name: string;
  ours: boolean;
  command: (workload: Workload) => Command;
}

/** One of our engines, in a Node of its own. */
export function ourEntry(root: string, engine: 'native' | 'wasm', threads: number): Entry {
  const script = join(root, 'bench', 'ours.ts');
  const args = (workload: Workload) => [
    '--import',
    'tsx',
    script,
    engine,
    String(threads),
    JSON.stringify(workload),
  ];
  return {
    name: engine,
    ours: true,
    command: (workload) => ({ file: process.execPath, args: args(workload), cwd: root }),
  };
}

/** How the PyTorch side is written; "nhwc" keeps images in channels-last memory, which some operations prefer. */
export const forms = ['plain', 'rewritten', 'plain-nhwc', 'rewritten-nhwc'] as const;
export type Form = (typeof forms)[number];

/** One PyTorch in one form. */
export function torchEntry(root: string, torch: Torch, form: Form, threads: number): Entry {
  const script = join(root, 'bench', 'torch_supernet.py');
  const args = ({ channels, cellsPerStage, k, imageSize, batch }: Workload) => {
    const sizes = { channels, cells: cellsPerStage, k, size: imageSize, batch, threads };
    const flags = Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const rewritten = form.startsWith('rewritten') ? ['--rewritten'] : [];
    const layout = form.endsWith('nhwc') ? ['--channels-last'] : [];
    return [script, ...flags, ...rewritten, ...layout];
  };
  return {
    name: `PyTorch ${torch.version}, ${form}`,
    ours: false,
    command: (workload) => ({ file: torch.python, args: args(workload), cwd: root }),
  };
}

export interface RunOptions {
  rounds: number;
  /** Steps of a turn. */
  steps: number;
  /** Steps before the first round, not counted. */
  warmUp: number;
  log: (line: string) => void;
}

interface Starter {
  contestant: Contestant;
  measurement: Measurement & { rounds: number[][] };
}

/** Times a workload: in each round every contestant takes its steps while the others sleep. */
export async function runWorkload(
  workload: Workload,
  entries: readonly Entry[],
  { rounds, steps, warmUp, log }: RunOptions,
): Promise<WorkloadResult> {
  const starters: Starter[] = [];
  const absent: WorkloadResult['absent'] = [];
  try {
    for (const { name, ours, command } of entries) {
      let contestant: Contestant | undefined;
      try {
        contestant = await startContestant(command(workload));
        const { peakBytes } = await contestant.run(warmUp);
        const { introduction } = contestant;
        const measurement = { name, ours, introduction, rounds: [], peakBytes, others: [] };
        starters.push({ contestant, measurement });
      } catch (error) {
        contestant?.close();
        absent.push({ name, reason: error instanceof Error ? error.message : String(error) });
      }
    }
    for (let round = 0; round < rounds; round++) {
      log(`${workload.name}: round ${round + 1} of ${rounds}`);
      // Each round begins with another, so that no one always follows the same neighbour's heat.
      for (let i = 0; i < starters.length; i++) {
        await takeTurn(starters[(round + i) % starters.length], steps);
      }
    }
  } finally {
    for (const { contestant } of starters) contestant.close();
  }
  return { workload, measurements: starters.map(({ measurement }) => measurement), absent };
}

async function takeTurn({ contestant, measurement }: Starter, steps: number): Promise<void> {
  const [busyBefore, begun] = [busySeconds(), performance.now()];
  const turn = await contestant.run(steps);
  const [busyAfter, wall] = [busySeconds(), (performance.now() - begun) / 1000];
  measurement.rounds.push(turn.seconds);
  measurement.peakBytes = turn.peakBytes;
  measurement.others.push(busyOthers(busyBefore, busyAfter, turn.cpuSeconds, wall));
}

/** Processors that worked for someone else than the contestant during its turn, on average; never below 0. */
export function busyOthers(
  before: number | undefined,
  after: number | undefined,
  own: number,
  wall: number,
): number | null {
  // Busy time comes in hundredths of a second: too coarse for a short turn.
  if (before === undefined || after === undefined || wall < 0.2) return null;
  return Math.max(0, (after - before - own) / wall);
}
