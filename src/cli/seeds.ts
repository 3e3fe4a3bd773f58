// `drnas seeds`: the same search with several seeds and samplers, and a summary of all of them.
import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { writeAtomically } from '../atomic.js';
import { seedStudy, spread } from '../experiments/seeds.js';
import type { SamplerName, SearchConfig } from '../search/config.js';
import { openWorkplace } from '../search/start.js';
import { parseSeeds } from '../study/seedList.js';
import { abortOnSignal } from './abort.js';
import { configOf } from './configOf.js';
import { integer } from './parsers.js';
import { epochLine } from './progress.js';
import { addSettings, type SettingOptions } from './settings.js';

/** `0-4` or `0,3,7`, as commander takes it. */
export function seedList(text: string): number[] {
  try {
    return parseSeeds(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

interface Options extends SettingOptions {
  seeds: number[];
  samplers?: string;
  parallel?: number;
  out?: string;
  force?: boolean;
  json?: boolean;
}

/** The samplers of `--samplers`, or the one of the settings; refuses options that the lists would pass over. */
export function samplersOf(
  { samplers, sampler, seed }: Pick<Options, 'samplers' | 'sampler' | 'seed'>,
  config: Pick<SearchConfig, 'sampler'>,
): SamplerName[] {
  if (seed !== undefined) throw new Error('--seed stands beside --seeds, which lists them all: leave it out');
  if (samplers === undefined) return [config.sampler];
  if (sampler !== undefined)
    throw new Error('--sampler stands beside --samplers, which lists them all: leave one of them out');
  return samplers.split(',') as SamplerName[];
}

export function seedsCommand(): Command {
  return addSettings(new Command('seeds').description('the same search with several seeds and samplers'))
    .requiredOption('--seeds <list>', 'seeds, as 0-4 or 0,3,7', seedList)
    .option('--samplers <list>', "samplers to compare, separated by commas (default: the settings' one)")
    .option(
      '--parallel <n>',
      'processes at once (default: the cores divided by the threads of each)',
      integer,
    )
    .option('--out <file>', 'write the summary as JSON')
    .option('--force', 'overwrite the summary file')
    .option('--json', 'print the summary as JSON on stdout')
    .addHelpText(
      'after',
      '\nRuns live under runs/, named by their settings: what is finished is not repeated, what was interrupted goes on.',
    )
    .action(async (options: Options) => {
      if (options.out && existsSync(options.out) && !options.force)
        throw new Error(`${options.out} exists: add --force to overwrite it`);
      const config = configOf(options);
      const samplers = samplersOf(options, config);
      for (const sampler of samplers) configOf({ ...options, sampler });
      const { backend, threads, dataFolder, table: tableFile } = options;
      const workplace = await openWorkplace(config, {
        backend,
        threads,
        dataFolder,
        tableFile,
        log: (line) => console.error(line),
      });
      const study = await seedStudy(config, workplace, {
        seeds: options.seeds,
        samplers,
        ...{ backend, threads, dataFolder, memory: options.memory, parallel: options.parallel },
        log: (line) => console.error(line),
        signal: abortOnSignal('interrupted; the same command goes on from here'),
        onEvent: (event, seed, sampler) => {
          if (event.event === 'epoch')
            console.error(`${sampler} seed ${seed} ${epochLine(event, config.epochs)}`);
        },
      });
      if (options.out) writeAtomically(options.out, `${JSON.stringify(study, null, 2)}\n`);
      if (options.json) return console.log(JSON.stringify(study));
      for (const { sampler, seed, genotype, lookup, seconds } of study.rows) {
        const accuracies = lookup
          ? [lookup.cifar10, lookup.cifar100, lookup.imagenet16].map((a) => a.toFixed(2)).join(' / ')
          : 'no table';
        console.log(
          `${sampler} seed ${seed}: ${genotype} ${accuracies} rank ${lookup?.rank.cifar10 ?? '–'} (${seconds.toFixed(0)} s)`,
        );
      }
      for (const sampler of samplers) {
        const all = spread(
          study.rows.filter((row) => row.sampler === sampler),
          'cifar10',
        );
        if (all)
          console.log(
            `${sampler}: CIFAR-10 test ${all.mean.toFixed(2)}${all.n > 1 ? ` ± ${all.deviation.toFixed(2)}` : ''} % over ${all.n} seed(s)`,
          );
      }
    });
}
