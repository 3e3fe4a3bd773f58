// What `drnas rival` prints without training anything: Table 4's methods, trivial baselines, and searches over the table.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeAtomically } from '../atomic.js';
import { BENCHMARK_DATASETS, loadNasBench201 } from '../benchmarks/nasbench201.js';
import { openTopology } from '../benchmarks/open.js';
import { equalCost } from '../experiments/equalCost.js';
import { formatResults } from '../experiments/measured.js';
import { METHODS, methodLine } from '../experiments/table4.js';
import { tableResults } from '../experiments/table4Results.js';
import { playMany } from '../rivals/many.js';
import { defaultBudget, type TableRequest } from '../rivals/request.js';
import { reportsOf, sightOf } from '../rivals/sight.js';
import { runOnTable } from '../rivals/tableRun.js';
import { trivialBaselines } from '../rivals/trivial.js';
import type { RivalOptions } from './rivalOptions.js';
import { describeLookUp } from './search.js';

export function list({ json }: RivalOptions): void {
  if (json) console.log(JSON.stringify(METHODS));
  else {
    for (const method of METHODS) console.log(methodLine(method));
    console.log(`\n${equalCost()}`);
  }
}

/** The table, which a rival over it cannot do without. */
function openTable({ table: file, quiet }: RivalOptions) {
  const table = openTopology({ file, log: quiet ? undefined : (line) => console.error(line) });
  if (table) return table;
  throw new Error(
    'no NAS-Bench-201 table: name one with --table or DRNAS_NASBENCH201 (see datasets/nas-bench-201.md)',
  );
}

const two = (x: number) => x.toFixed(2);

export function trivial(options: RivalOptions): void {
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

/** Before any work: refuses to overwrite a file unasked, and makes its folder. */
function claim(file: string, resume: boolean | undefined): void {
  if (existsSync(file) && !resume)
    throw new Error(`${file} exists: add --resume to overwrite it, or choose another file`);
  mkdirSync(dirname(file), { recursive: true });
}

/** Rows of Table 4 as a file that the report reads, or on stdout. */
export function results(options: RivalOptions): void {
  const { out, resume, seeds } = options;
  if (out !== undefined) claim(out, resume);
  const text = formatResults(tableResults(openTable(options), { ...(seeds && { seeds }) }));
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  writeAtomically(out, text);
  console.log(`${out}: ResNet, optimal, Random and Reinforce, six columns each`);
}

export async function overTable(request: TableRequest, options: RivalOptions): Promise<void> {
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
  if (out !== undefined) claim(out, resume);
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
