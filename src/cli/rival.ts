// `drnas rival`: the other methods of Table 4, over the benchmark's table in a moment, or with weight sharing as a run.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { writeAtomically } from '../atomic.js';
import { type Preference, preferences } from '../backend/choose.js';
import { BENCHMARK_DATASETS, loadNasBench201 } from '../benchmarks/nasbench201.js';
import { openTopology } from '../benchmarks/open.js';
import { EQUAL_COST, METHODS, methodLine } from '../experiments/table4.js';
import { tableResults } from '../experiments/table4Results.js';
import { formatResults } from '../report/measured.js';
import { playMany } from '../rivals/many.js';
import { TABLE_RIVAL_NAMES } from '../rivals/play.js';
import {
  defaultBudget,
  RIVAL_NAMES,
  type RivalName,
  type RivalSettings,
  rivalRequest,
  type SharingRequest,
  type TableRequest,
} from '../rivals/request.js';
import { rivalFolder, runSharing, type SharingResult } from '../rivals/sharing/run.js';
import { reportsOf, sightOf } from '../rivals/sight.js';
import { runOnTable } from '../rivals/tableRun.js';
import { trivialBaselines } from '../rivals/trivial.js';
import { PRESETS, type Scale } from '../search/config.js';
import { openWorkplace } from '../search/start.js';
import { abortOnSignal } from './abort.js';
import { rivalProgress } from './rivalProgress.js';
import { describeLookUp } from './search.js';
import { seedList } from './seeds.js';
import { assignments, integer, number } from './settings.js';

interface Options {
  seed?: number;
  seeds?: number[];
  queries?: number;
  simulatedSeconds?: number;
  searchOn?: RivalSettings['searchOn'];
  seenEpochs?: RivalSettings['seenEpochs'];
  scale?: Scale;
  candidates?: number;
  candidateImages?: number;
  set?: string[];
  config?: string;
  out?: string;
  resume?: boolean;
  json?: boolean;
  quiet?: boolean;
  table?: string;
  backend?: Preference;
  threads?: number;
  dataFolder?: string;
}

/** `search.epochs=3` and the like as nested settings. */
function nested(flat: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(flat)) {
    const [group, key] = name.split('.');
    if (key === undefined) result[group] = value;
    else result[group] = { ...(result[group] as object), [key]: value };
  }
  return result;
}

/** The settings of the file, changed by the options. */
function settingsOf(name: string, options: Options): RivalSettings {
  let fromFile: Partial<RivalSettings> = {};
  if (options.config !== undefined) {
    try {
      fromFile = JSON.parse(readFileSync(options.config, 'utf8'));
    } catch (error) {
      throw new Error(`--config ${options.config}: ${(error as Error).message}`);
    }
    if (fromFile.method !== undefined && fromFile.method !== name)
      throw new Error(`${options.config} is for ${fromFile.method}, not for ${name}`);
  }
  const { queries, simulatedSeconds, searchOn, seenEpochs, scale, candidates, candidateImages } = options;
  const given = Object.entries({
    queries,
    simulatedSeconds,
    searchOn,
    seenEpochs,
    scale,
    candidates,
    candidateImages,
  }).filter(([, value]) => value !== undefined);
  const changes = nested(assignments(options.set));
  // Over the table a setting is the rival's own, with weight sharing it is of the search, or controller.NAME.
  const onTable = (TABLE_RIVAL_NAMES as readonly string[]).includes(name);
  const group = onTable ? 'settings' : 'search';
  const { controller, search, ...flat }: Record<string, unknown> = changes;
  const merged: Record<string, unknown> = { ...fromFile, ...Object.fromEntries(given) };
  if (controller !== undefined)
    merged.controller = { ...(merged.controller as object), ...(controller as object) };
  const own = { ...(merged[group] as object), ...(search as object), ...flat };
  if (Object.keys(own).length > 0) merged[group] = own;
  return {
    ...merged,
    method: name as RivalName,
    seed: options.seed ?? fromFile.seed ?? 0,
  } as RivalSettings;
}

export function rivalCommand(): Command {
  return new Command('rival')
    .description("the other methods of the paper's Table 4, and what needs no search")
    .argument('<name>', `${RIVAL_NAMES.join(', ')}, trivial, results, or list`)
    .option('--seed <n>', 'every random draw follows from it (default: 0)', integer)
    .option('--seeds <list>', 'over the table: many searches, as 0-499, and their spread', seedList)
    .option('--queries <n>', 'over the table: architectures that may be asked for', integer)
    .option('--simulated-seconds <x>', 'over the table: seconds of training that may be spent', number)
    .addOption(
      new Option('--search-on <name>', 'over the table: whose validation accuracy is seen').choices([
        ...BENCHMARK_DATASETS,
      ]),
    )
    .option('--seen-epochs <n>', 'over the table: after how many epochs, 12 or 200 (default: 12)', integer)
    .addOption(
      new Option('--scale <name>', 'weight sharing: preset (default: laptop)').choices(Object.keys(PRESETS)),
    )
    .option('--candidates <n>', 'weight sharing: architectures judged with the trained weights', integer)
    .option('--candidate-images <n>', 'weight sharing: validation images to judge each by', integer)
    .option(
      '--set <name=json>',
      "any other setting: the rival's own over the table; of the search, or controller.NAME, with weight sharing",
      (v: string, all: string[] = []) => [...all, v],
    )
    .option('--config <file>', 'settings as JSON; options change them')
    .option('--out <path>', 'run folder; with --seeds a JSON file')
    .option('--resume', 'continue the run that is in the folder')
    .option('--json', 'print the result as JSON on stdout')
    .option('--quiet', 'no progress')
    .option('--table <file>', 'NAS-Bench-201 table')
    .addOption(new Option('--backend <name>', 'weight sharing: what computes').choices([...preferences]))
    .option('--threads <n>', 'weight sharing: threads of the CPU backend', integer)
    .option('--data-folder <path>', 'weight sharing: folder that holds the data set')
    .addHelpText(
      'after',
      `
Examples:
  drnas rival list                                   every row of Table 4, and how it runs here
  drnas rival results --out figures/table4-rivals/results.json
                                                     the rows that the table answers by itself, for the report
  drnas rival trivial                                cells without a search, and the exact law of random search
  drnas rival random --seeds 0-499 --queries 100     500 searches over the table, and their spread
  drnas rival evolution --seed 3 --out runs/evolution
  drnas rival rsps --scale laptop --seed 0           shared weights on random paths, then the best of 100
  drnas rival enas --set controller.learningRate=0.005`,
    )
    .action(async (name: string, options: Options) => {
      if (name === 'list') return list(options);
      if (name === 'trivial') return trivial(options);
      if (name === 'results') return results(options);
      const request = rivalRequest(settingsOf(name, options));
      if (request.kind === 'table') await overTable(request, options);
      else await withSharing(request, options);
    });
}

function list({ json }: Options): void {
  if (json) console.log(JSON.stringify(METHODS));
  else {
    for (const method of METHODS) console.log(methodLine(method));
    console.log(`\n${EQUAL_COST}`);
  }
}

/** The table, which a rival over it cannot do without. */
function openTable({ table: file, quiet }: Options) {
  const table = openTopology({ file, log: quiet ? undefined : (line) => console.error(line) });
  if (table) return table;
  throw new Error(
    'no NAS-Bench-201 table: name one with --table or DRNAS_NASBENCH201 (see datasets/nas-bench-201.md)',
  );
}

const two = (x: number) => x.toFixed(2);

function trivial(options: Options): void {
  const { searchOn, seenEpochs } = options;
  const found = trivialBaselines(openTable(options), {
    ...(searchOn && { searchOn }),
    ...(seenEpochs && { epochs: seenEpochs }),
  });
  if (options.json) {
    console.log(JSON.stringify(found));
    return;
  }
  console.log('test accuracies in %, CIFAR-10 / CIFAR-100 / ImageNet16-120');
  for (const { name, index, report } of found.cells)
    console.log(
      `${`${name} (${index})`.padEnd(34)}${BENCHMARK_DATASETS.map((set) => two(report[set].test)).join(' / ')}`,
    );
  console.log(
    `${'mean of all 15,625'.padEnd(34)}${BENCHMARK_DATASETS.map((set) => two(found.mean[set].test)).join(' / ')}`,
  );
  for (const { n, report, oracle } of found.laws) {
    const law = BENCHMARK_DATASETS.map((set) => {
      const { mean, deviation } = report[set].test;
      return `${two(mean)} ± ${two(deviation)}`;
    });
    const known = BENCHMARK_DATASETS.map((set) => two(oracle[set]));
    console.log(
      `${`best of ${n} at random`.padEnd(34)}${law.join(' / ')}; chosen by the test accuracy itself ${known.join(' / ')}`,
    );
  }
}

/** Rows of Table 4 as a file that the report reads, or on stdout. */
function results(options: Options): void {
  const { out, resume, seeds } = options;
  if (out !== undefined && existsSync(out) && !resume)
    throw new Error(`${out} exists: add --resume to overwrite it, or choose another file`);
  const text = formatResults(tableResults(openTable(options), { ...(seeds && { seeds }) }));
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  mkdirSync(dirname(out), { recursive: true });
  writeAtomically(out, text);
  console.log(`${out}: ResNet, optimal, Random and Reinforce, six columns each`);
}

async function overTable(request: TableRequest, options: Options): Promise<void> {
  const table = openTable(options);
  const { seeds, out, resume, json, quiet } = options;
  const log = quiet ? () => {} : (line: string) => console.error(line);
  const sight = sightOf(table, { searchOn: request.searchOn, epochs: request.epochs });
  const budget = request.budget ?? defaultBudget(sight.seconds);
  if (out !== undefined && seeds === undefined) {
    const lookups = (await loadNasBench201({ file: options.table }))!;
    const result = runOnTable({ ...request, budget }, { folder: out, table, lookups, resume, log });
    if (json) return console.log(JSON.stringify({ folder: out, ...result }));
    console.log(`found        ${result.genotype}`);
    console.log(`table        ${describeLookUp(result.lookup)}`);
    console.log(`spent        ${result.queries} queries${inSeconds(result.simulatedSeconds)}`);
    console.log(`folder       ${out}`);
    return;
  }
  if (out !== undefined && existsSync(out) && !resume)
    throw new Error(`${out} exists: add --resume to overwrite it, or choose another file`);
  const study = playMany(request.rival, sight, reportsOf(table), {
    seeds: seeds ?? [request.seed],
    budget,
    settings: request.settings,
  });
  if (out !== undefined) writeAtomically(out, `${JSON.stringify({ budget, ...study })}\n`);
  if (json) return console.log(JSON.stringify({ budget, ...study }));
  const { cost, rows, spread } = study;
  console.log(
    `${study.rival}, ${rows.length} seed(s), ${cost.queries.toFixed(1)} queries each${inSeconds(cost.seconds)}, seeing ${study.searchOn} validation after ${study.epochs} epochs`,
  );
  for (const set of BENCHMARK_DATASETS) {
    const { valid, test } = spread[set];
    const shown = ({ mean, deviation, interval }: typeof test) =>
      `${two(mean)}${deviation === null ? '' : ` ± ${two(deviation)}`}${interval ? ` (mean within ${interval.map(two).join('–')})` : ''}`;
    console.log(`${set.padEnd(12)} valid ${shown(valid)}, test ${shown(test)} %`);
  }
}

const inSeconds = (seconds: number | null) =>
  seconds === null ? '' : `, ${Math.round(seconds)} simulated seconds of training`;

async function withSharing({ config }: SharingRequest, options: Options): Promise<void> {
  if (options.seeds)
    throw new InvalidArgumentError('--seeds is for rivals over the table: run one seed at a time');
  const { quiet, backend, threads, dataFolder, table: tableFile } = options;
  const log = quiet ? () => {} : (line: string) => console.error(line);
  const workplace = await openWorkplace(config.search, { backend, threads, dataFolder, tableFile, log });
  const folder = options.out ?? rivalFolder(config, workplace.dataset);
  const progress = rivalProgress(config, workplace.dataset, quiet === true);
  let result: SharingResult;
  try {
    const signal = abortOnSignal(`interrupted; continue with --resume --out ${folder}`);
    result = await runSharing(config, {
      ...workplace,
      folder,
      resume: options.resume,
      signal,
      onEvent: progress.onEvent,
      log,
    });
  } finally {
    progress.stop();
  }
  const { scale, seed } = config.search;
  if (options.json)
    return console.log(JSON.stringify({ folder, dataset: workplace.dataset.title, scale, ...result }));
  console.log(`found        ${result.genotype}`);
  console.log(
    `searched on  ${workplace.dataset.title}, scale ${scale}, seed ${seed}, ${result.steps} weight updates, ${result.seconds.toFixed(0)} s`,
  );
  console.log(
    `judged       best of ${result.candidates} (${result.distinct} different), ${(100 * result.sharedAccuracy).toFixed(1)} % with the shared weights`,
  );
  console.log(
    result.lookup
      ? `table        ${describeLookUp(result.lookup)}`
      : 'table        none at hand, so no benchmark accuracy is known',
  );
  console.log(`folder       ${folder}`);
}
