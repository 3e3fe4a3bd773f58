// npm run parity: computes operations, cells, supernets and short searches on every backend that loads, and compares.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeAtomically } from '../src/atomic.js';
import { parityBackends } from '../src/experiments/parity/backends.js';
import { growthTable, runGrowth } from '../src/experiments/parity/growth.js';
import { parityChecks, parityFailures, runParity } from '../src/experiments/parity/run.js';
import { type Part, parityTable, withTable } from '../src/experiments/parity/table.js';
import { projectRoot } from '../src/root.js';

const HELP = `usage: npm run parity -- [options]

  --backend NAME   one of ${parityBackends.map(({ name }) => name).join(', ')}; may be repeated (default: all)
  --only TEXT      the checks with this in their names
  --growth STEPS   instead: counts tensors and memory after so many search steps, or those of a minute on each backend
  --write          writes the table into environment.md: of all backends and checks, so not with --backend or --only
  --json FILE      writes everything that was measured

Exit status: 0 all within tolerance; 1 not, or a backend that was asked for does not load; 2 the command is wrong.`;

function options() {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string', multiple: true, default: [] },
      only: { type: 'string' },
      growth: { type: 'string', default: '0' },
      write: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = values.backend.find((name) => !parityBackends.some((backend) => backend.name === name));
  if (unknown !== undefined) throw new Error(`there is no backend ${unknown}`);
  const { backend, only, write } = values;
  if (write && (backend.length > 0 || only !== undefined))
    throw new Error('--write would leave gaps in the table: leave out --backend and --only');
  const checks = parityChecks.filter(({ name }) => only === undefined || name.includes(only));
  if (checks.length === 0) throw new Error(`no check has ${JSON.stringify(only)} in its name`);
  const growthSteps = Number(values.growth);
  if (!Number.isSafeInteger(growthSteps) || growthSteps < 0)
    throw new Error(`--growth ${values.growth} is not a whole number from 0`);
  if (growthSteps > 0 && only !== undefined) throw new Error('--growth makes no checks: leave out --only');
  return { ...values, checks, growthSteps };
}
type Options = ReturnType<typeof options>;

/** Puts a table into environment.md. */
function write(table: (date: string) => string, part: Part): void {
  const file = join(projectRoot(), 'environment.md');
  const today = new Date().toISOString().slice(0, 10);
  writeAtomically(file, withTable(readFileSync(file, 'utf8'), table(today), part));
  console.log(`environment.md has the table of ${part}`);
}

const chosen = ({ backend }: Options) =>
  parityBackends.filter(({ name }) => backend.length === 0 || backend.includes(name));

async function growth(wanted: Options): Promise<number> {
  const backends = chosen(wanted);
  const all = await runGrowth(wanted.growthSteps, { backends, log: (line) => console.log(line) });
  const failures = all.flatMap(({ title, absent, tensors }) => {
    if (absent !== undefined) return wanted.backend.length ? [`${title} was asked for: ${absent}`] : [];
    return tensors === 0 ? [] : [`${title} holds ${tensors} tensors more than before`];
  });
  for (const failure of failures) console.error(failure);
  if (wanted.json) writeAtomically(wanted.json, `${JSON.stringify(all, null, 2)}\n`);
  if (wanted.write) write((date) => growthTable(all, date), 'growth');
  return failures.length ? 1 : 0;
}

async function main(): Promise<number> {
  let wanted: Options;
  try {
    wanted = options();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (wanted.help) {
    console.log(HELP);
    return 0;
  }
  if (wanted.growthSteps > 0) return growth(wanted);
  const report = await runParity({
    backends: chosen(wanted),
    checks: wanted.checks,
    log: (line) => console.log(line),
  });
  const missing = report.backends.flatMap(({ name, title, absent }) =>
    absent !== undefined && wanted.backend.includes(name) ? [`${title} was asked for: ${absent}`] : [],
  );
  const failures = [...missing, ...parityFailures(report)];
  for (const failure of failures) console.error(failure);
  if (wanted.json) writeAtomically(wanted.json, `${JSON.stringify(report, null, 2)}\n`);
  if (wanted.write) write((date) => parityTable(report, date), 'parity');
  return failures.length ? 1 : 0;
}

// Dawn's and TensorFlow's threads would keep the process.
process.exit(await main());
