// What a run of the bench found, and what is computed from it.
import type { Introduction } from './contestant.js';
import type { Form } from './entries.js';
import { stepFlops } from './flops.js';
import type { Machine } from './machine.js';
import type { Roofline } from './roofline.js';
import { medianStep, pairedRatio, type Ratio, type Rounds } from './statistics.js';
import type { Workload } from './workloads.js';

/** One contestant on one workload. */
export interface Measurement {
  name: string;
  /** Ours are compared with PyTorch's fastest. */
  ours: boolean;
  /** Of PyTorch. */
  form?: Form;
  introduction: Introduction;
  rounds: Rounds;
  peakBytes: number;
  /** Of each round: processors that were busy with something else meanwhile; null where unknown. */
  others: (number | null)[];
}

export interface WorkloadResult {
  workload: Workload;
  measurements: Measurement[];
  /** Contestants that could not run, and why. */
  absent: { name: string; reason: string }[];
}

export interface Results {
  format: 'drnas-bench-1';
  date: string;
  machine: Machine;
  /** One-minute load average before the first step. */
  load: number;
  threads: number;
  rounds: number;
  stepsPerRound: number;
  roofline?: Roofline;
  workloads: WorkloadResult[];
}

export interface Summary {
  name: string;
  ours: boolean;
  median: number;
  /** How many times faster than the faster plain PyTorch, and than the fastest of any form; undefined without one. */
  fasterThanPlain?: Ratio;
  faster?: Ratio;
  peakBytes: number;
  restBytes: number;
  flopsPerSecond: number;
  /** Share of the measured peak. */
  share?: number;
  /** The most processors that others took in a round. */
  others: number | null;
}

/** The PyTorch measurement with the smallest median: of all, or of those of one form. */
export function fastestTorch({ measurements }: WorkloadResult, form?: Form): Measurement | undefined {
  return measurements
    .filter((one) => !one.ours && (form === undefined || one.form === form))
    .sort((a, b) => medianStep(a.rounds) - medianStep(b.rounds))[0];
}

export function summarise(result: WorkloadResult, roofline?: Roofline): Summary[] {
  const reference = fastestTorch(result);
  const plain = fastestTorch(result, 'plain');
  const { total } = stepFlops(result.workload);
  return result.measurements.map(({ name, ours, introduction, rounds, peakBytes, others }) => {
    const median = medianStep(rounds);
    const known = others.filter((count): count is number => count !== null);
    return {
      name,
      ours,
      median,
      fasterThanPlain: plain && pairedRatio(rounds, plain.rounds),
      faster: reference && pairedRatio(rounds, reference.rounds),
      peakBytes,
      restBytes: introduction.restBytes,
      flopsPerSecond: total / median,
      share: roofline && total / median / roofline.flopsPerSecond,
      others: known.length ? Math.max(...known) : null,
    };
  });
}
