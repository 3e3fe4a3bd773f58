// `npm run reproduce`: executes the notebooks in order at a chosen scale and sums up what they found.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { preferences } from '../src/backend/choose.js';
import { formatDuration, reportedResults, tableText } from '../src/notebook.js';
import { writeReport } from '../src/report/files.js';
import { projectRoot } from '../src/root.js';
import { type Execution, executeNotebook, type Status } from './notebook/execute.js';
import { hasTag, joined, type Notebook, readNotebook, writeNotebook } from './notebook/format.js';
import { declaredNames, type Parameters } from './notebook/parameters.js';
import { createReporter } from './notebook/reporter.js';
import { passOnSignals } from './notebook/signals.js';

const HELP = `Reproduces the exhibits of DrNAS: executes the notebooks in notebooks/ one after the other.

  npm run reproduce                          everything at laptop scale
  npm run reproduce -- --scale smoke         a quick run that shows that everything works; its numbers mean nothing
  npm run reproduce -- --only 00             one notebook: its number, its name, or a part of the name

  --scale SCALE      smoke   seconds to a minute a notebook
                     laptop  minutes on two cores (the default)
                     paper   the paper's own settings: hours on a GPU, days to weeks without
  --only NAME        may be repeated
  --backend NAME     what computes, instead of the fastest found: tensorflow, native, wasm, webgpu, stock-wasm or cpu
  --seed NUMBER      for the notebooks that have a seed; default: the one that each states
  --fresh            passes the stored results over: every run that this machine has not made itself is made (hours)
  --notebooks FOLDER the notebooks of another folder
  --store            at laptop scale: stores the outputs in notebooks/ itself
  --timeout SECONDS  time limit per cell (default: 600 at smoke scale, otherwise none)
  --verbose          shows all that the cells print
  --list             names the notebooks and ends
  --help

Executed copies go to runs/notebooks/SCALE/; figures to figures/ (at another scale than laptop: to
runs/figures-SCALE/). At laptop scale the report and the README's generated parts are written anew at the end, as by
npm run report. Exit status: 0 all succeeded, 1 a notebook failed, 2 the command is wrong.
Ctrl-C interrupts the running cell; runs that were interrupted resume when started again.
`;

const SCALES = ['smoke', 'laptop', 'paper'] as const;
type Scale = (typeof SCALES)[number];

const PAPER_WARNING = `Paper scale: full-size images, full-size networks, all epochs. Without a GPU one search on NAS-Bench-201 takes days,
one on the DARTS space weeks. Progress is kept: stop with Ctrl-C and start again to resume.
`;

interface Chapter {
  name: string;
  file: string;
  title: string;
  notebook: Notebook;
}

function chapters(folder: string, only: readonly string[]): Chapter[] {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.ipynb')) : [];
  if (files.length === 0) throw new Error(`there are no notebooks in ${folder}`);
  const all = files.sort().map((file) => {
    const notebook = readNotebook(join(folder, file));
    const heading = notebook.cells.map((cell) => joined(cell.source).match(/^# (.+)$/m)?.[1]).find(Boolean);
    return { name: basename(file, '.ipynb'), file: join(folder, file), title: heading ?? '', notebook };
  });
  if (only.length === 0) return all;
  const wanted = only.map((text) => text.replace(/^notebooks\//, '').replace(/\.ipynb$/, ''));
  for (const text of wanted) {
    if (all.some(({ name }) => name.includes(text))) continue;
    throw new Error(`--only ${text} fits no notebook; there are: ${all.map(({ name }) => name).join(', ')}`);
  }
  return all.filter(({ name }) => wanted.some((text) => name.includes(text)));
}

function options(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      scale: { type: 'string', default: 'laptop' },
      only: { type: 'string', multiple: true, default: [] },
      backend: { type: 'string' },
      seed: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      notebooks: { type: 'string', default: 'notebooks' },
      store: { type: 'boolean', default: false },
      timeout: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const scale = values.scale as Scale;
  if (!SCALES.includes(scale)) throw new Error(`--scale ${scale}: choose one of ${SCALES.join(', ')}`);
  if (values.store && scale !== 'laptop') {
    throw new Error(
      `--store keeps laptop-scale outputs in notebooks/; with --scale ${scale} the copy in runs/ is all`,
    );
  }
  if (values.backend !== undefined && !(preferences as readonly string[]).includes(values.backend))
    throw new Error(`--backend ${values.backend}: choose one of ${preferences.join(', ')}`);
  const seed = values.seed === undefined ? undefined : Number(values.seed);
  if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new Error(`--seed ${values.seed} is not a whole number from 0`);
  }
  const limit = values.timeout === undefined ? undefined : Number(values.timeout);
  if (limit !== undefined && !(limit > 0))
    throw new Error(`--timeout ${values.timeout} is not a number above 0`);
  const timeout = limit ?? (scale === 'smoke' ? 600 : Number.POSITIVE_INFINITY);
  return { ...values, scale, seed, timeout };
}

type Options = ReturnType<typeof options>;

/** What is set in a notebook, of the parameters that it has. Stored notebooks show no set parameters but a seed and --fresh. */
function parametersOf(notebook: Notebook, { scale, seed, store, fresh }: Options): Parameters {
  const cell = notebook.cells.find((candidate) => hasTag(candidate, 'parameters'));
  const has = declaredNames(cell ? joined(cell.source) : '');
  const figuresFolder = scale === 'laptop' ? 'figures' : `runs/figures-${scale}`;
  const all = {
    ...(store ? {} : { scale, figuresFolder }),
    ...(seed !== undefined && { seed }),
    ...(fresh && { fresh }),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => has.has(name)));
}

interface Line {
  notebook: string;
  status: Status;
  time: string;
  results: string[];
  look: string[];
  failure?: string;
}

async function reproduce(
  chapter: Chapter,
  wanted: Options,
  signals: ReturnType<typeof passOnSignals>,
): Promise<Line> {
  const { name, file } = chapter;
  const folder = join('runs', 'notebooks', wanted.scale);
  mkdirSync(folder, { recursive: true });
  const report = join(projectRoot(), folder, `${name}.results.json`);
  rmSync(report, { force: true });
  const begin = performance.now();
  let run: Execution;
  try {
    run = await executeNotebook(file, {
      ...createReporter({ verbose: wanted.verbose }),
      parameters: parametersOf(chapter.notebook, wanted),
      timeout: wanted.timeout,
      env: { DRNAS_REPORT_FILE: report, ...(wanted.backend && { DRNAS_BACKEND: wanted.backend }) },
      onKernel: signals.watch,
    });
  } catch (error) {
    const time = formatDuration((performance.now() - begin) / 1000);
    return { notebook: name, status: 'dead', time, results: [], look: [], failure: (error as Error).message };
  }
  const copy = join(folder, `${name}.ipynb`);
  writeNotebook(copy, run.notebook);
  const store = wanted.store && run.status === 'ok';
  if (store) writeNotebook(file, run.notebook);
  const results = reportedResults(report);
  return {
    notebook: name,
    status: run.status,
    time: formatDuration(run.seconds),
    results: results.map(({ headline }) => headline),
    look: [store ? relative('.', file) : copy, ...results.flatMap(({ look = [] }) => look)],
    failure: run.failure && `cell ${run.failedCell}: ${run.failure}`,
  };
}

function summary(lines: readonly Line[], scale: Scale, seconds: number): string {
  const rows = lines.map(({ notebook, status, time }) => ({ notebook, status, time }));
  const parts = [
    `\nSummary, ${scale} scale, ${formatDuration(seconds)} in all`,
    '',
    tableText(rows),
    '',
    'Results:',
  ];
  for (const { notebook, results } of lines)
    parts.push(...results.map((result) => `  ${notebook}: ${result}`));
  parts.push('', 'Where to look:');
  for (const { look } of lines) parts.push(...look.map((file) => `  ${file}`));
  for (const { notebook, failure } of lines) {
    if (failure) parts.push('', `${notebook} failed in ${failure}`);
  }
  const ok = lines.filter(({ status }) => status === 'ok').length;
  parts.push('', `${ok} of ${lines.length} notebooks executed to the end.`);
  return parts.join('\n');
}

async function main(args: string[]): Promise<number> {
  let wanted: Options;
  let list: Chapter[];
  try {
    wanted = options(args);
    if (wanted.help) {
      process.stdout.write(HELP);
      return 0;
    }
    process.chdir(projectRoot());
    list = chapters(resolve(wanted.notebooks), wanted.only);
  } catch (error) {
    console.error(`reproduce: ${(error as Error).message}\nnpm run reproduce -- --help shows the options`);
    return 2;
  }
  if (wanted.list) {
    console.log(tableText(list.map(({ name, title }) => ({ notebook: name, title }))));
    return 0;
  }
  const { scale } = wanted;
  console.log(`Reproducing DrNAS at ${scale} scale: ${list.map(({ name }) => name).join(', ')}`);
  if (scale === 'paper') console.log(PAPER_WARNING);
  const begin = performance.now();
  const signals = passOnSignals();
  const lines: Line[] = [];
  for (const chapter of list) {
    if (signals.interrupted()) break;
    console.log(
      `\n[${lines.length + 1}/${list.length}] ${chapter.name}${chapter.title && `: ${chapter.title}`}`,
    );
    lines.push(await reproduce(chapter, wanted, signals));
  }
  console.log(summary(lines, scale, (performance.now() - begin) / 1000));
  // What the report shows lies in figures/, which only the laptop scale has written to.
  if (scale === 'laptop' && resolve(wanted.notebooks) === join(projectRoot(), 'notebooks')) {
    const changed = writeReport(projectRoot());
    console.log(
      changed.length ? `The report was written anew: ${changed.join(', ')}` : 'The report was up to date.',
    );
  }
  return lines.length === list.length && lines.every(({ status }) => status === 'ok') ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
