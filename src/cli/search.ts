// `drnas search`: one search on either space, in one stage or several, with progress, into a run folder.
import { Command } from 'commander';
import { checkConfig, DEFAULTS, type SearchConfig, searchConfig, withoutDefaults } from '../search/config.js';
import type { LookUp } from '../search/events.js';
import type { RunResult } from '../search/manifest.js';
import { referenceOf } from '../search/presets.js';
import { runSearch } from '../search/run.js';
import { openWorkplace, runFolder } from '../search/start.js';
import { abortOnSignal } from './abort.js';
import { assignments, configOf } from './configOf.js';
import { searchProgress, stageLine } from './progress.js';
import { addSettings, type SettingOptions } from './settings.js';
import { storedSettings } from './storedSettings.js';

interface Options extends SettingOptions {
  config?: string;
  out?: string;
  resume?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** Test accuracies of a look-up in words. */
export function describeLookUp({ index, cifar10, cifar100, imagenet16, rank, regret }: LookUp): string {
  return (
    `index ${index}: CIFAR-10 ${cifar10.toFixed(2)} % (rank ${rank.cifar10} of 15,625, regret ${regret.cifar10.toFixed(2)}), ` +
    `CIFAR-100 ${cifar100.toFixed(2)} % (rank ${rank.cifar100}), ImageNet16-120 ${imagenet16.toFixed(2)} % (rank ${rank.imagenet16})`
  );
}

/** Options that say where a search runs, not what it is; with `--config` only these, --seed and --set are taken. */
const PLACES = [
  'config',
  'seed',
  'set',
  'backend',
  'threads',
  'dataFolder',
  'memory',
  'table',
  'out',
  'resume',
  'json',
  'quiet',
];

/** The configuration: of the options, or with `--config` a file's, complete as a manifest's or changes to a scale's preset. */
function configurationOf(options: Options, given: readonly string[]): SearchConfig {
  if (options.config === undefined) return configOf(options);
  const beside = given.find((name) => !PLACES.includes(name));
  if (beside !== undefined)
    throw new Error(
      `${beside} stands beside --config, which has all settings: change them in the file or with --set`,
    );
  const stored = storedSettings<SearchConfig>(options.config);
  const changes = {
    ...assignments(options.set),
    ...(options.seed !== undefined && { seed: options.seed }),
  } as Partial<SearchConfig>;
  const complete = Object.keys(referenceOf(stored)).every((key) => key in stored || key in DEFAULTS);
  if (complete && Object.keys(changes).every((key) => key === 'seed' || key === 'dataset')) {
    // As it stands: its digest, and with it the run's folder, are those of the file.
    const config = { ...stored, ...changes } as SearchConfig;
    checkConfig(config);
    return withoutDefaults(config);
  }
  const { scale = options.scale, ...settings } = stored;
  return searchConfig(scale === 'custom' ? 'paper' : scale, {
    // A complete configuration without stages has none, whatever the preset's.
    ...(complete && { stages: null }),
    ...settings,
    ...changes,
  });
}

export function searchCommand(): Command {
  return addSettings(
    new Command('search').description(
      'search an architecture with DrNAS, on NAS-Bench-201 or in the DARTS space',
    ),
  )
    .option('--config <file>', 'take all settings from a JSON file or a manifest.json')
    .option('--out <folder>', 'run folder (default: under runs/, named by the settings)')
    .option('--resume', 'continue the run that is in the folder')
    .option('--json', 'print the result as JSON on stdout')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
The run folder receives manifest.json (settings, seed, data checksum, machine, versions), metrics.jsonl (an event a
step, an epoch and a stage), checkpoints/ and result.json. Interrupt it at any time; --resume continues to the same bits.

Examples:
  drnas search --scale laptop --seed 0 --out runs/first
  drnas search --out runs/first --scale laptop --seed 0 --resume
  drnas search --sampler softmax --out runs/darts        DARTS instead of DrNAS, at equal cost
  drnas search --regulariser kl --lambda 1e-3            the KL anchor instead of l2
  drnas search --progressive                             two stages: operations are pruned, then channels added
  drnas search --progressive 4:5:20:5,2:3:10:2 --widening net2net
                                                         stages of your own: k:operations:epochs:frozen epochs
  drnas search --config runs/first/manifest.json --seed 1 the settings of another run
  drnas search --space darts --cells 8 --channels 16     the DARTS space, in stages as the official code`,
    )
    .action(async (options: Options, command: Command) => {
      const log = options.quiet ? () => {} : (line: string) => console.error(line);
      const given = Object.keys(options).filter((name) => command.getOptionValueSource(name) === 'cli');
      const config = configurationOf(options, given);
      const { backend, threads, dataFolder, table: tableFile } = options;
      const workplace = await openWorkplace(config, { backend, threads, dataFolder, tableFile, log });
      const folder = options.out ?? runFolder(config, workplace.dataset);
      const progress = searchProgress(config, workplace.dataset, options.quiet === true);
      let result: RunResult;
      try {
        const signal = abortOnSignal(`interrupted; continue with --resume --out ${folder}`);
        result = await runSearch(config, {
          ...workplace,
          folder,
          resume: options.resume,
          memory: options.memory,
          signal,
          onEvent: progress.onEvent,
          log,
        });
      } finally {
        progress.stop();
      }
      if (options.json) {
        console.log(
          JSON.stringify({
            folder,
            dataset: workplace.dataset.title,
            scale: config.scale,
            seed: config.seed,
            ...result,
          }),
        );
        return;
      }
      console.log(`found        ${result.genotype}`);
      console.log(
        `searched on  ${workplace.dataset.title}, scale ${config.scale}, seed ${config.seed}, ${result.steps} steps, ${result.seconds.toFixed(0)} s`,
      );
      for (const stage of result.stages ?? []) console.log(`${'stage'.padEnd(13)}${stageLine(stage)}`);
      if (config.space !== 'darts')
        console.log(
          result.lookup
            ? `table        ${describeLookUp(result.lookup)}`
            : 'table        none at hand, so no benchmark accuracy is known',
        );
      console.log(`alpha        SHA-256 ${result.alphaSha256}`);
      console.log(`folder       ${folder}`);
    });
}
