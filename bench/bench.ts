// `npm run bench`: times search and training steps on our engines and on PyTorch, in turn, and prints tables.
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { writeAtomically } from '../src/atomic.js';
import { tensorflowObstacle } from '../src/backend/tensorflow/load.js';
import { projectRoot } from '../src/root.js';
import { type Entry, engines, type Form, forms, ourEntry, torchEntry } from './entries.js';
import { describeMachine, loadNow } from './machine.js';
import { doubts, resultsMarkdown, rooflineText, workloadTable } from './report.js';
import type { Results } from './results.js';
import { measureRoofline } from './roofline.js';
import { runWorkload } from './run.js';
import { checkTorch, findTorch, installTorch } from './torch.js';
import { further, workloadNamed, workloads } from './workloads.js';

interface Options {
  workloads: string[];
  engines: (typeof engines)[number][];
  forms?: Form[];
  rounds: number;
  steps: number;
  warmUp: number;
  threads: number;
  roofline?: boolean;
  torch: boolean;
  installTorch?: boolean;
  python: string[];
  json?: string;
  write?: boolean;
}

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a positive whole number.');
  return value;
};
/** A list of some of these names. */
const someOf =
  <T extends string>(names: readonly T[]) =>
  (text: string): T[] =>
    text.split(',').map((name) => {
      if (names.includes(name as T)) return name as T;
      throw new InvalidArgumentError(`There is no "${name}": use some of ${names.join(',')}.`);
    });
const each = (text: string, earlier: string[]) => [...earlier, text];

const allWorkloads = [...workloads, ...further].map(({ name }) => name);

const options = new Command('npm run bench --')
  .description('Times search and training steps on our engines and on PyTorch, in turn.')
  .option(
    '--workloads <names>',
    `some of ${allWorkloads.join(',')}`,
    someOf(allWorkloads),
    workloads.map((w) => w.name),
  )
  .option(
    '--engines <names>',
    `some of ${engines.join(',')}; tensorflow takes part where it is there, tensorflow-composed only when named`,
    someOf(engines),
    ['native', 'wasm', 'tensorflow'],
  )
  .option(
    '--forms <names>',
    `PyTorch's, some of ${forms.join(',')}; otherwise what is usual for the task`,
    someOf(forms),
  )
  .option('--rounds <n>', 'turns of each contestant', positive, 5)
  .option('--steps <n>', 'steps of a turn', positive, 2)
  .option('--warm-up <n>', 'steps before the first turn', positive, 2)
  .option('--threads <n>', 'of each contestant', positive, 2)
  .option('--roofline', "also measure the machine's peak, and the share of it that is reached")
  .option('--no-torch', 'ours alone')
  .option('--install-torch', "put PyPI's current PyTorch into .cache/bench-venv, even if there is another")
  .option('--python <path>', 'a Python that has torch, instead of those found; may be repeated', each, [])
  .option('--json <file>', 'write everything that was measured')
  .option('--write', 'write bench/RESULTS.md and bench/results/latest.json')
  .parse()
  .opts<Options>();

const root = projectRoot();
const log = (line: string) => console.error(line);

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeAtomically(file, text);
  log(`wrote ${file}`);
}

/** The PyTorch contestants; an empty list, with a line that says why, where there is none. */
function torchEntries(): Entry[] {
  if (!options.torch) return [];
  let torches = options.installTorch ? [] : findTorch(root, options.python);
  if (torches.length === 0 && options.python.length === 0) {
    const problem = installTorch(root, log);
    torches = findTorch(root, options.python);
    if (problem) log(problem);
  }
  if (torches.length === 0) log('no PyTorch here: ours are measured alone');
  return torches.flatMap((torch) => {
    checkTorch(root, torch);
    return forms.map((form) => torchEntry(root, torch, form, options));
  });
}

/** Ours; without libtensorflow where it is not there, with a line that says why. */
function present(names: Options['engines']): Options['engines'] {
  const obstacle = names.some((name) => name.startsWith('tensorflow')) ? tensorflowObstacle() : undefined;
  if (obstacle === undefined) return names;
  log(`tensorflow is not measured: ${obstacle}`);
  return names.filter((name) => !name.startsWith('tensorflow'));
}

const entries = [
  ...present(options.engines).map((engine) => ourEntry(root, engine, options.threads)),
  ...torchEntries(),
];
const { load, warning } = loadNow();
if (warning) log(warning);
const roofline = options.roofline || options.write ? await measureRoofline(root, options.threads) : undefined;
if (roofline) console.log(`${rooflineText(roofline)}\n`);

const results: Results = {
  format: 'drnas-bench-1',
  date: new Date().toISOString().slice(0, 16).replace('T', ' '),
  machine: describeMachine(root),
  load,
  threads: options.threads,
  rounds: options.rounds,
  stepsPerRound: options.steps,
  roofline,
  workloads: [],
};
for (const name of options.workloads) {
  const result = await runWorkload(workloadNamed(name), entries, { ...options, log });
  results.workloads.push(result);
  console.log(`${workloadTable(result, roofline)}\n`);
}
for (const doubt of doubts(results)) console.log(doubt);
const json = `${JSON.stringify(results, null, 2)}\n`;
if (options.json) write(resolve(options.json), json);
if (options.write) {
  write(join(root, 'bench', 'results', 'latest.json'), json);
  write(join(root, 'bench', 'RESULTS.md'), resultsMarkdown(results));
}
// A contestant that does not end by itself must not keep the bench alive.
process.exit(0);
