// `drnas benchmark`: import official files once, say what a table holds, ask it.
import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { deriveFacts, TEST_SETS } from '../benchmarks/facts.js';
import { importBenchmark } from '../benchmarks/importers/index.js';
import { openTopology } from '../benchmarks/open.js';
import { type Query, query } from '../benchmarks/query.js';
import { DATASETS, imagesOf, type SpaceName } from '../benchmarks/sets.js';
import { type BenchmarkTable, describeKey, joinTables } from '../benchmarks/table.js';
import { readTable, writeTable } from '../benchmarks/tableFile.js';
import { cacheFolder } from '../data/places.js';
import { createStream } from '../random/stream.js';
import { architectureIndex } from '../spaces/nasbench201/officialOrder.js';
import { architectureOf } from './lookup.js';

const say = (line: string) => console.error(line);

const defaultPath = (space: SpaceName) =>
  join(cacheFolder(), 'nas-bench-201', space === 'size' ? 'nats-sss.table' : 'nasbench201.table');

interface ImportOptions {
  out?: string;
  partial?: boolean;
  force?: boolean;
}

function importCommand(): Command {
  return new Command('import')
    .description("convert the benchmark's official files into one compact checked file")
    .argument(
      '<file...>',
      'a -simple folder or .tar, .pickle.pbz2, NAS-Bench-201-v1_?.pth, or .csv[.gz]; several are joined',
    )
    .option(
      '--out <file>',
      'where to (default: nas-bench-201/nasbench201.table of the data cache, where searches find it)',
    )
    .option('--partial', 'take a source that lacks architectures')
    .option('--force', 'overwrite a table that exists')
    .action(async (files: string[], { out, partial, force }: ImportOptions) => {
      const refuseToOverwrite = (path: string) => {
        if (existsSync(path) && !force)
          throw new Error(`${path} exists: add --force to overwrite it, or name another file with --out`);
      };
      // Said before the long reading. Only that tells the space for certain; until then the official name has to do.
      refuseToOverwrite(
        out ?? defaultPath(files.some((file) => /sss/.test(basename(file))) ? 'size' : 'topology'),
      );
      const tables: BenchmarkTable[] = [];
      for (const file of files) {
        const onProgress = (n: number) => {
          if (n % 500 === 0) say(`${file}: ${n} architectures`);
        };
        tables.push(await importBenchmark(file, { partial, onProgress }));
      }
      const table = joinTables(tables);
      if (!out && table.accuracies.length === 0) {
        throw new Error(
          'these files have no accuracies, so searches could not use the table: name it with --out, or import them together ' +
            'with the benchmark',
        );
      }
      const path = out ?? defaultPath(table.space);
      refuseToOverwrite(path);
      mkdirSync(dirname(path), { recursive: true });
      const bytes = writeTable(path, table);
      console.log(
        `${path}: ${table.accuracies.length} columns of accuracies, ${table.numbers.length} of numbers, ${bytes} bytes`,
      );
    });
}

function infoCommand(): Command {
  return new Command('info')
    .description('what a table holds and what follows from it')
    .argument('[file]', 'default: the table that searches use')
    .option('--json', 'print JSON')
    .action((file: string | undefined, { json }: { json?: boolean }) => {
      const table: BenchmarkTable | undefined = file?.endsWith('.table')
        ? readTable(file)
        : openTopology({ file, log: say });
      if (table === undefined) throw new Error('there is no table: import one, or name it');
      const info = {
        space: table.space,
        sources: table.sources,
        accuracies: table.accuracies.map(({ right, trials, images, ...key }) => ({
          ...key,
          images,
          architectures: right.reduce((n, r) => n + (r >= 0 ? 1 : 0), 0),
          trainings: trials.reduce((sum, n) => sum + n, 0),
        })),
        numbers: table.numbers.map(({ name, values }) => ({
          name,
          architectures: values.reduce((n, v) => n + (Number.isNaN(v) ? 0 : 1), 0),
        })),
      };
      if (json) return console.log(JSON.stringify(info));
      console.log(`${table.space} space, ${table.size} architectures`);
      for (const { name, sha256 } of info.sources)
        console.log(`from ${name}${sha256 ? `, SHA-256 ${sha256}` : ''}`);
      for (const c of info.accuracies)
        console.log(`  ${describeKey(c)}: ${c.architectures} architectures, ${c.trainings} trainings`);
      for (const c of info.numbers) console.log(`  ${c.name}: ${c.architectures} architectures`);
      if (table.space === 'topology')
        for (const line of factLines(table as BenchmarkTable<'topology'>)) console.log(line);
    });
}

/** Derived, so that what is printed belongs to the table that is there. */
function factLines(table: BenchmarkTable<'topology'>): string[] {
  let facts: ReturnType<typeof deriveFacts>;
  try {
    facts = deriveFacts(table);
  } catch {
    return ['no facts: test accuracies are not complete'];
  }
  return TEST_SETS.map((set) => {
    const { optimum, allConv3x3, randomMean, bestOfN } = facts[set];
    return (
      `${set}: best ${optimum.accuracy.toFixed(3)} (index ${optimum.index}), all 3x3 convolutions ${allConv3x3.accuracy.toFixed(2)} ` +
      `(rank ${allConv3x3.rank}), one at random ${randomMean.toFixed(2)}, best of 10, 100: ${bestOfN(10).toFixed(2)}, ${bestOfN(100).toFixed(2)}`
    );
  });
}

interface QueryOptions {
  dataset: string;
  split: string;
  epochs: string;
  seed: string;
  table?: string;
  json?: boolean;
}

/** The texts of the command line as a question; what the types refuse at compile time is refused here in words. */
export function questionOf(options: Omit<QueryOptions, 'table' | 'json'>): Query<'topology'> {
  const { dataset, split, epochs, seed } = options;
  const known = DATASETS.find((name) => name === dataset);
  if (known === undefined)
    throw new Error(`data set "${dataset}" is unknown: use one of ${DATASETS.join(', ')}`);
  if (imagesOf(known, split) === undefined) {
    const sets = ['train', 'x-valid', 'x-test', 'ori-test'].filter((s) => imagesOf(known, s) !== undefined);
    throw new Error(`${known} was not evaluated on "${split}", only on ${sets.join(', ')}`);
  }
  if (epochs !== '12' && epochs !== '200') throw new Error(`${epochs} epochs: the benchmark has 12 and 200`);
  const draw = /^draw:(.+)$/.exec(seed);
  if (draw === null && seed !== 'mean' && !/^\d+$/.test(seed)) {
    throw new Error(`seed "${seed}": use mean, a number such as 777, or draw:NAME`);
  }
  const policy = draw ? { draw: createStream(draw[1]) } : seed === 'mean' ? 'mean' : { seed: Number(seed) };
  return { dataset: known, split, epochs: Number(epochs), seed: policy } as Query<'topology'>;
}

function queryCommand(): Command {
  return new Command('query')
    .description('one accuracy of an architecture; every part of the question has to be said')
    .argument('<architecture>', 'its text, or its official index')
    .requiredOption(
      '--dataset <name>',
      'cifar10-valid (half of CIFAR-10), cifar10 (all of it), cifar100, ImageNet16-120',
    )
    .requiredOption('--split <set>', 'train, x-valid, x-test or ori-test, as the data set has them')
    .requiredOption('--epochs <n>', '12 or 200')
    .requiredOption('--seed <policy>', 'mean (over the trainings there are), a seed, or draw:NAME')
    .option('--table <file>', 'the benchmark (.table, or .csv)')
    .option('--json', 'print JSON')
    .action((text: string, options: QueryOptions) => {
      const index = architectureIndex(architectureOf(text));
      const question = questionOf(options);
      const table = openTopology({ file: options.table, log: say });
      if (table === undefined) throw new Error('there is no table: import one, or name it with --table');
      const answer = query(table, index, question);
      if (options.json) return console.log(JSON.stringify({ index, ...answer }));
      const seeds = answer.seeds ? `, seed ${answer.seeds.join(', ')}` : '';
      console.log(
        `${answer.accuracy.toFixed(4)} %, ${answer.trials} training(s)${seeds}, ${answer.images} images`,
      );
    });
}

export function benchmarkCommand(): Command {
  return new Command('benchmark')
    .description('NAS-Bench-201 and NATS-Bench: import official files, say what is there, ask')
    .addCommand(importCommand())
    .addCommand(infoCommand())
    .addCommand(queryCommand())
    .addHelpText(
      'after',
      `
Examples:
  drnas benchmark import NATS-tss-v1_0-3ffb9-simple.tar
  drnas benchmark info
  drnas benchmark query 9930 --dataset cifar10 --split ori-test --epochs 200 --seed mean`,
    );
}
