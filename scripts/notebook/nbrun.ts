// The command `node scripts/nbrun.mjs`: executes notebooks and says by its exit status how they went.
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Execution, executeNotebook } from './execute.js';
import { writeNotebook } from './format.js';
import { type Parameters, parseValue } from './parameters.js';
import { createReporter } from './reporter.js';
import { passOnSignals } from './signals.js';

const HELP = `Executes Jupyter notebooks without a browser and without Python.

  node scripts/nbrun.mjs NOTEBOOK… [options]

  --inplace            store the outputs in the notebook itself (only if every cell succeeded)
  --out-dir FOLDER     write the executed copy there (also of a run that failed)
  --param NAME=VALUE   set a parameter, after the cell tagged "parameters" which must declare it with let;
                       VALUE is JSON, or else taken as text; may be repeated
  --timeout SECONDS    time limit per cell (default: none)
  --kernel NAME        the Jupyter kernel (default: tslab, of this project)
  --verbose            pass on what the cells print
  --help

Exit status: 0 every cell succeeded; 1 a cell failed; 2 the command or a notebook is wrong, nothing was run;
3 the kernel ended or a cell exceeded its time. Without --inplace and --out-dir nothing is written.

Example: node scripts/nbrun.mjs notebooks/00-quickstart.ipynb --out-dir runs/notebooks --param scale=smoke
`;

export const EXIT = { ok: 0, error: 1, usage: 2, timeout: 3, dead: 3 } as const;

function options(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      inplace: { type: 'boolean', default: false },
      'out-dir': { type: 'string' },
      param: { type: 'string', multiple: true, default: [] },
      timeout: { type: 'string' },
      kernel: { type: 'string', default: 'tslab' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (!values.help && positionals.length === 0) throw new Error('name at least one notebook');
  if (values.inplace && values['out-dir']) throw new Error('choose one of --inplace and --out-dir');
  const timeout = values.timeout === undefined ? Number.POSITIVE_INFINITY : Number(values.timeout);
  if (!(timeout > 0)) throw new Error(`--timeout ${values.timeout} is not a number of seconds above 0`);
  const parameters: Parameters = {};
  for (const text of values.param) {
    const [, name, value] = text.match(/^([\w$]+)=(.*)$/s) ?? [];
    if (!name) throw new Error(`--param ${text} is not of the form NAME=VALUE`);
    parameters[name] = parseValue(value);
  }
  for (const file of positionals) if (!existsSync(file)) throw new Error(`there is no notebook ${file}`);
  return { ...values, files: positionals, outDir: values['out-dir'], timeout, parameters };
}

/** Runs the command and gives its exit status. */
export async function main(args: string[]): Promise<number> {
  let wanted: ReturnType<typeof options>;
  try {
    wanted = options(args);
  } catch (error) {
    console.error(`nbrun: ${(error as Error).message}\nnode scripts/nbrun.mjs --help shows the options`);
    return EXIT.usage;
  }
  if (wanted.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const signals = passOnSignals();
  let worst: number = EXIT.ok;
  for (const file of wanted.files) {
    console.log(file);
    let run: Execution;
    try {
      run = await executeNotebook(file, {
        ...createReporter({ verbose: wanted.verbose }),
        kernelName: wanted.kernel,
        parameters: wanted.parameters,
        timeout: wanted.timeout,
        onKernel: signals.watch,
      });
    } catch (error) {
      console.error(`nbrun: ${file}: ${(error as Error).message}`);
      worst = Math.max(worst, (error as Error).name === 'DeadKernelError' ? EXIT.dead : EXIT.usage);
      continue;
    }
    if (run.failure) console.error(`\n${run.failure}\n`);
    if (wanted.outDir) {
      mkdirSync(wanted.outDir, { recursive: true });
      writeNotebook(join(wanted.outDir, basename(file)), run.notebook);
    } else if (wanted.inplace && run.status === 'ok') {
      writeNotebook(file, run.notebook);
    } else if (wanted.inplace) {
      console.error(`nbrun: ${file} is left as it was`);
    }
    console.log(`  ${run.status} after ${run.seconds.toFixed(1)} s`);
    worst = Math.max(worst, EXIT[run.status]);
    if (signals.interrupted()) break;
  }
  return worst;
}
