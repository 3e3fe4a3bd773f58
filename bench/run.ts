// Lets the contestants of one workload take turns.
import { type Contestant, type Introduction, startContestant } from './contestant.js';
import type { Entry } from './entries.js';
import { busySeconds } from './machine.js';
import type { Measurement, WorkloadResult } from './results.js';
import type { Workload } from './workloads.js';

export interface RunOptions {
  rounds: number;
  /** Steps of a turn. */
  steps: number;
  /** Steps before the first round, not counted. */
  warmUp: number;
  log: (line: string) => void;
}

/** A slow workload takes fewer turns. */
const turnsOf = ({ slow }: Workload, { rounds, steps, warmUp }: RunOptions) =>
  slow ? { rounds: Math.min(rounds, 2), steps, warmUp: 1 } : { rounds, steps, warmUp };

interface Starter {
  entry: Entry;
  /** Undefined while its process is not there. */
  contestant?: Contestant;
  measurement: Measurement & { rounds: number[][] };
}

/** @throws where a contestant's times could not be set beside another's: its network or its threads are not the same. */
function refuseUnequal(here: Introduction, first: Measurement): void {
  const there = first.introduction;
  if (here.parameters !== there.parameters)
    throw new Error(`its network has ${here.parameters} weights, that of ${first.name} ${there.parameters}`);
  if (here.threads !== there.threads)
    throw new Error(`it computes with ${here.threads} threads, ${first.name} with ${there.threads}`);
}

/** Starts a contestant and lets it take its steps that are not counted; refuses one that does something else. */
async function open(
  entry: Entry,
  workload: Workload,
  warmUp: number,
  others: readonly Starter[],
): Promise<Starter> {
  const { name, ours, form, command } = entry;
  const contestant = await startContestant(command(workload));
  try {
    const { peakBytes } = await contestant.run(warmUp);
    const { introduction } = contestant;
    const first = others.at(0)?.measurement;
    if (first) refuseUnequal(introduction, first);
    return {
      entry,
      contestant,
      measurement: { name, ours, form, introduction, rounds: [], peakBytes, others: [] },
    };
  } catch (error) {
    contestant.close();
    throw error;
  }
}

/**
 * Times a workload: in each round every contestant takes its steps while the others sleep. Those of a slow workload need
 * so much memory that no two of them are there at once: each is started anew for its turn.
 */
export async function runWorkload(
  workload: Workload,
  entries: readonly Entry[],
  options: RunOptions,
): Promise<WorkloadResult> {
  const { rounds, steps, warmUp } = turnsOf(workload, options);
  const starters: Starter[] = [];
  const absent: WorkloadResult['absent'] = [];
  const leave = async (starter: Starter) => {
    await starter.contestant?.close();
    starter.contestant = undefined;
  };
  // Who fails at any time leaves the table, so that all who stand in it took the same turns.
  const unlessFails = async (entry: Entry, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      absent.push({ name: entry.name, reason: error instanceof Error ? error.message : String(error) });
      const at = starters.findIndex((starter) => starter.entry === entry);
      if (at >= 0) await leave(starters.splice(at, 1)[0]);
    }
  };
  const taking = entries.filter(({ takesPart }) => !takesPart || takesPart(workload));
  try {
    for (const entry of taking) {
      await unlessFails(entry, async () => {
        const starter = await open(entry, workload, warmUp, starters);
        starters.push(starter);
        if (!workload.slow) return;
        await takeTurn(starter, steps);
        await leave(starter);
      });
    }
    // The first round of a slow workload is over.
    for (let round = workload.slow ? 1 : 0; round < rounds; round++) {
      options.log(`${workload.name}: round ${round + 1} of ${rounds}`);
      // Each round begins with another, so that no one always follows the same neighbour's heat.
      const turns = starters.map((_, i) => starters[(round + i) % starters.length]);
      for (const starter of turns) {
        await unlessFails(starter.entry, async () => {
          if (workload.slow)
            starter.contestant = (await open(starter.entry, workload, warmUp, starters)).contestant;
          await takeTurn(starter, steps);
          if (workload.slow) await leave(starter);
        });
      }
    }
  } finally {
    for (const starter of starters) void leave(starter);
  }
  return { workload, measurements: starters.map(({ measurement }) => measurement), absent };
}

async function takeTurn({ contestant, measurement }: Starter, steps: number): Promise<void> {
  const [busyBefore, begun] = [busySeconds(), performance.now()];
  const turn = await contestant!.run(steps);
  const [busyAfter, wall] = [busySeconds(), (performance.now() - begun) / 1000];
  measurement.rounds.push(turn.seconds);
  measurement.peakBytes = Math.max(measurement.peakBytes, turn.peakBytes);
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
