// `drnas memory`: the peak memory of a search step by the partial-channel divisor k.
import { Command, InvalidArgumentError, Option } from 'commander';
import { type MemoryOptions, type MemoryTable, measureHere, measureMemory } from '../experiments/memory.js';

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
  return table.map((line) => line.map((cell, i) => cell.padStart(widths[i])).join('  ')).join('\n');
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
    .addOption(new Option('--backend <name>', 'engine').choices(['native', 'wasm']))
    .option('--threads <n>', 'threads to compute with', positive)
    .option('--json', 'print the table as JSON')
    .addOption(new Option('--here', 'measure the first k in this process').hideHelp())
    .addHelpText(
      'after',
      '\nEach k is measured in a process of its own, on random images. k must divide the channels: --channels 48 takes 1, 2, 3, 4, 6, 8.',
    )
    .action(async ({ k, here, json, ...options }: Options) => {
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
