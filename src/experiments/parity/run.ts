// Runs the parity checks on each backend that loads and notes the largest error of each.
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { relativeError } from '../../golden/file.js';
import { replayGolden } from '../../golden/replay.js';
import { projectRoot } from '../../root.js';
import { type ParityBackend, parityBackends, REFERENCE } from './backends.js';
import type { Check, Group, Quantities } from './check.js';
import { operationChecks } from './operations.js';
import { searchChecks, tensorGrowth } from './searches.js';

export const parityChecks: readonly Check[] = [...operationChecks, ...searchChecks];

export interface CheckResult {
  name: string;
  group: Group;
  /** Of the worst quantity, relative to the largest number expected. */
  error: number;
  /** Which quantity that is, or the message of a check that failed to run. */
  worst: string;
  tolerance: number;
  seconds: number;
}

export interface BackendResult {
  name: string;
  title: string;
  /** What computes, in words; absent where the backend does not load. */
  engine?: string;
  absent?: string;
  checks: CheckResult[];
  /** Tensors more after `growthSteps` search steps; absent where that was not tried. */
  growth?: number;
}

export interface ParityReport {
  growthSteps: number;
  backends: BackendResult[];
}

export interface ParityOptions {
  backends?: readonly ParityBackend[];
  checks?: readonly Check[];
  /** Steps after which the number of tensors must be what it was; 0, the default, leaves this out. */
  growthSteps?: number;
  log?: (line: string) => void;
}

/** Of a check, on the current backend: the worst quantity and its error. */
function evaluate(check: Check, reference: () => Quantities): { error: number; worst: string } {
  const errors: [string, number][] =
    'golden' in check
      ? Object.entries(replayGolden(join(projectRoot(), 'test', 'golden', check.golden)).errors).flatMap(
          ([name, { error, tolerance }]) =>
            tolerance === null || tolerance === Number.POSITIVE_INFINITY ? [] : [[name, error]],
        )
      : compare(check.compute(), reference());
  const [worst, error] = errors.reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  return { error, worst };
}

function compare(got: Quantities, want: Quantities): [string, number][] {
  return Object.entries(want).map(([name, values]) => [name, relativeError(got[name], values)]);
}

/** Checks each backend in turn against the reference backend, or against what PyTorch recorded. */
export async function runParity({
  backends = parityBackends,
  checks = parityChecks,
  growthSteps = 0,
  log = () => {},
}: ParityOptions = {}): Promise<ParityReport> {
  const before = tf.getBackend();
  const known = new Map<string, Quantities>();
  await tf.setBackend(REFERENCE.name);
  for (const check of checks) if ('compute' in check) known.set(check.name, check.compute());
  const report: ParityReport = { growthSteps, backends: [] };
  for (const backend of backends) {
    const { name, title } = backend;
    const engine = await started(backend);
    if (typeof engine !== 'string') {
      log(`${title}: ${engine.absent}`);
      report.backends.push({ name, title, absent: engine.absent, checks: [] });
      continue;
    }
    log(`${title}: ${engine}`);
    const results = checks.map((check) => resultOf(check, backend, () => known.get(check.name)!, log));
    const growth = growthSteps > 0 ? { growth: tensorGrowth(growthSteps) } : {};
    report.backends.push({ name, title, engine, checks: results, ...growth });
  }
  if (before) await tf.setBackend(before);
  return report;
}

/** Makes it tfjs's current backend. */
async function started({ name, prepare }: ParityBackend): Promise<string | { absent: string }> {
  const engine = await prepare();
  if (typeof engine !== 'string' || (await tf.setBackend(name))) return engine;
  return { absent: `tfjs cannot start its backend ${name}` };
}

function resultOf(
  check: Check,
  { tolerances }: ParityBackend,
  reference: () => Quantities,
  log: (line: string) => void,
): CheckResult {
  const { name, group } = check;
  const begun = performance.now();
  const tolerance = tolerances[group];
  let found: { error: number; worst: string };
  try {
    found = evaluate(check, reference);
  } catch (error) {
    found = { error: Number.POSITIVE_INFINITY, worst: (error as Error).message.split('\n')[0] };
  }
  const seconds = (performance.now() - begun) / 1000;
  const verdict = found.error <= tolerance ? 'ok' : 'FAILS';
  log(`  ${verdict} ${name}: ${found.error.toExponential(1)} (${found.worst}; ${seconds.toFixed(1)} s)`);
  return { name, group, ...found, tolerance, seconds };
}

/** What is not as it should be, as sentences. */
export function parityFailures({ backends, growthSteps }: ParityReport): string[] {
  return backends.flatMap(({ title, checks, growth }) => [
    ...checks
      .filter(({ error, tolerance }) => !(error <= tolerance))
      .map(
        ({ name, error, worst, tolerance }) =>
          `${title}, ${name}: ${worst} is off by ${error}, more than ${tolerance}`,
      ),
    ...(growth ? [`${title}: ${growth} tensors more after ${growthSteps} steps`] : []),
  ]);
}
