// `drnas memory`: the peak memory of a search step by the partial-channel divisor k, measured or reckoned.
import { Command, InvalidArgumentError, Option } from 'commander';
import { preferences } from '../backend/choose.js';
import {
  type MemoryOptions,
  type MemoryTable,
  measureHere,
  measureMemory,
  type ReckonedRow,
  reckonMemory,
} from '../experiments/memory.js';
import { boundOf, plannedEngine } from '../memoryPlan/plan.js';
import { memoryAllowed } from './parsers.js';

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`${JSON.stringify(text)} is no positive whole number`);
  return value;
};
const divisors = (text: string): number[] => text.split(',').map(positive);

interface Options extends MemoryOptions {
  k: number[];
  here?: boolean;
  estimate?: boolean;
  memory?: number;
  json?: boolean;
}

const mib = (bytes: number | undefined) => (bytes === undefined ? '–' : (bytes / 2 ** 20).toFixed(0));

/** The table as text. */
export function memoryText({ rows }: MemoryTable): string {
  const lines = rows.map((row) =>
    'error' in row
      ? [String(row.k), '–', '–', '–', row.error]
      : [
          ...[String(row.k), row.parameters.toLocaleString('en')],
          ...[mib(row.poolPeakBytes), mib(row.peakResidentBytes), mib(row.restBytes)],
        ],
  );
  const table = [['k', 'weights', 'tensors, MiB', 'process, MiB', 'of it at rest'], ...lines];
  const widths = table[0].map((heading, i) =>
    Math.max(heading.length, ...rows.map((row, r) => ('error' in row ? 0 : lines[r][i].length))),
  );
  return aligned(table, widths);
}

const aligned = (table: string[][], widths: number[]) =>
  table.map((line) => line.map((cell, i) => cell.padStart(widths[i])).join('  ')).join('\n');

/** The same before anything is run. */
export function reckonedText(rows: readonly ReckonedRow[], available: number): string {
  const lines = rows.map(({ k, parameters, tensors, taken }) => [
    ...[String(k), parameters.toLocaleString('en'), mib(tensors), mib(taken)],
    taken <= available ? 'yes' : 'no',
  ]);
  const table = [['k', 'weights', 'tensors, MiB', 'taken, MiB', 'fits'], ...lines];
  return aligned(
    table,
    table[0].map((_, i) => Math.max(...table.map((line) => line[i].length))),
  );
}

/** The tfjs backend of a preference; without one that of our native kernels. */
const backendOf = (preference: MemoryOptions['backend'] = 'native') =>
  ({ native: 'drnas-native', wasm: 'drnas-wasm' })[preference as 'native' | 'wasm'] ?? preference;

async function printEstimate({ k, estimate: _, here: __, memory, json, ...options }: Options): Promise<void> {
  const engine = plannedEngine(backendOf(options.backend));
  const available = boundOf(engine, memory);
  const rows = await reckonMemory(options, k, engine);
  if (json) return console.log(JSON.stringify({ options, engine, available, rows }, null, 2));
  console.log(reckonedText(rows, available.bytes));
  console.log(`\n${engine}, reckoned; ${available.of} has ${mib(available.bytes)} MiB left`);
}

export function memoryCommand(): Command {
  return new Command('memory')
    .description('peak memory of one search step by the partial-channel divisor k')
    .addOption(
      new Option('--space <name>', 'search space').choices(['nasbench201', 'darts']).default('nasbench201'),
    )
    .option('--k <list>', 'divisors of the channels, separated by commas', divisors, [1, 2, 4])
    .option('--channels <n>', 'channels of the first cells; default the paper’s 16 and 36', positive)
    .option(
      '--cells <n>',
      'cells a stage (NAS-Bench-201), or all cells (DARTS space); default 5 and 20',
      positive,
    )
    .option('--image-size <n>', 'side of the images in pixels', positive)
    .option('--batch-size <n>', 'images of a batch', positive)
    .option('--micro-batch <n>', 'images computed at once: the batch in parts', positive)
    .option('--recompute', 'keep only the cells’ inputs, and compute their insides again')
    .addOption(
      new Option('--backend <name>', 'what computes').choices(preferences.filter((name) => name !== 'auto')),
    )
    .option('--threads <n>', 'threads to compute with', positive)
    .option(
      '--estimate',
      'reckon instead of measuring: nothing is computed, and no such engine but ours is needed',
    )
    .option(
      '--memory <gib>',
      'with --estimate: what there is, such as a GPU’s memory; default what is left',
      memoryAllowed,
    )
    .option('--json', 'print the table as JSON')
    .addOption(new Option('--here', 'measure the first k in this process').hideHelp())
    .addHelpText(
      'after',
      '\nEach k is measured in a process of its own, on random images. k must divide the channels: --channels 48 takes 1, 2, 3, 4, 6, 8.',
    )
    .action(async (all: Options) => {
      if (all.estimate) {
        await printEstimate(all);
        process.exit(0); // worker threads would wait for ever
      }
      const { k, here, json, estimate: _, memory: __, ...options } = all;
      if (here) {
        console.log(JSON.stringify(await measureHere(options, k[0])));
        process.exit(0); // worker threads would wait for ever
      }
      const table = measureMemory(options, k, {
        onRow: (row) => console.error(`k = ${row.k}: ${'error' in row ? row.error : 'measured'}`),
      });
      console.log(json ? JSON.stringify(table, null, 2) : `${memoryText(table)}\n\n${table.engine}`);
    });
}
