// `drnas evaluate`: trains found networks from scratch, one or a grid of architectures and seeds.
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { type Preference, preferences } from '../backend/choose.js';
import { DATASET_NAMES } from '../data/types.js';
import {
  type EvaluationConfig,
  evaluationConfig,
  evaluationDifferences,
  PRESETS,
  REFERENCES,
  type RecipeName,
  SOURCES,
} from '../evaluation/config.js';
import type { FoundArchitecture } from '../evaluation/network.js';
import { type EvaluationResult, runEvaluation } from '../evaluation/run.js';
import { evaluationFolder, openEvaluationWorkplace } from '../evaluation/start.js';
import { studyTable } from '../evaluation/study.js';
import { projectRoot } from '../root.js';
import type { Scale } from '../search/config.js';
import { writeJson } from '../search/folder.js';
import { evaluationGrid } from '../study/trainings.js';
import { abortOnSignal } from './abort.js';
import { type ArchitectureOptions, architecturesOf } from './architectures.js';
import { assignments } from './configOf.js';
import { integer, number } from './parsers.js';
import { seedList } from './seeds.js';
import { storedSettings } from './storedSettings.js';
import { printResult, trainingProgress } from './trainingProgress.js';

interface Options extends Partial<EvaluationConfig>, ArchitectureOptions {
  scale: Scale;
  recipe?: Exclude<RecipeName, 'nasbench201'>;
  config?: string;
  set?: string[];
  seeds?: number[];
  parallel?: number;
  backend?: Preference;
  threads?: number;
  dataFolder?: string;
  out?: string;
  resume?: boolean;
  settings?: boolean;
  json?: boolean;
  quiet?: boolean;
}

const list = (value: string, all: string[] = []) => [...all, value];

const SETTINGS = [
  ...(['seed', 'dataset', 'imageSize', 'channels', 'cells', 'epochs', 'stepsPerEpoch', 'batchSize'] as const),
  ...(['learningRate', 'cutout', 'dropPath', 'labelSmoothing', 'auxiliary', 'testImages'] as const),
  ...(['microBatch', 'recompute'] as const),
];

/** The configuration that the options ask for; refuses bad ones by name. */
function configOf(options: Options, space: FoundArchitecture['space']): EvaluationConfig {
  const stored = options.config ? storedSettings<EvaluationConfig>(options.config) : {};
  const { scale = options.scale, recipe: storedRecipe = 'cifar', ...overrides } = stored;
  const recipe = space === 'nasbench201' ? 'nasbench201' : (options.recipe ?? storedRecipe);
  for (const name of SETTINGS)
    if (options[name] !== undefined) Object.assign(overrides, { [name]: options[name] });
  Object.assign(overrides, assignments(options.set));
  return evaluationConfig(recipe, scale === 'custom' ? 'paper' : scale, overrides);
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('train found networks from scratch')
    .option('--genotype <text>', 'published name, text, file, search run folder, random or random:SEED', list)
    .option('--architecture <text>', 'the same for a NAS-Bench-201 cell or its index', list)
    .option('--name <name>', 'what results call the architecture')
    .addOption(
      new Option('--scale <name>', 'preset that the other settings change')
        .choices(Object.keys(PRESETS))
        .default('laptop'),
    )
    .addOption(
      new Option('--recipe <name>', 'training recipe for the DARTS space (default: cifar)').choices([
        'cifar',
        'imagenet',
      ]),
    )
    .option('--seed <n>', 'every random draw follows from it', integer)
    .option('--seeds <list>', 'train with each, as 0-2 or 0,3,7, and summarise', seedList)
    .addOption(new Option('--dataset <name>', 'images to train on').choices(['auto', ...DATASET_NAMES]))
    .option('--image-size <pixels>', 'side of the images', integer)
    .option('--channels <n>', 'channels of the first cells (C)', integer)
    .option('--cells <n>', 'cells of the network (DARTS), or of each stage (NAS-Bench-201)', integer)
    .option('--epochs <n>', 'epochs', integer)
    .option('--steps-per-epoch <n>', 'batches an epoch (default: the whole training set)', integer)
    .option('--batch-size <n>', 'images a batch', integer)
    .option('--learning-rate <x>', 'first learning rate', number)
    .option('--cutout <pixels>', 'side of the blanked square; 0 for none', integer)
    .option('--drop-path <p>', 'largest drop-path probability', number)
    .option('--label-smoothing <p>', 'part of the target spread over all classes', number)
    .option('--auxiliary', 'add the auxiliary head')
    .option('--no-auxiliary', 'leave the auxiliary head out')
    .option('--test-images <n>', 'test images evaluated after each epoch (default: all)', integer)
    .option('--set <name=json>', 'any other setting, e.g. --set clipNorm=0 (see --settings)', list)
    .option('--config <file>', 'take the settings from a JSON file or a manifest.json')
    .option('--settings', 'list every setting with its value and the recipe’s own, and stop')
    .addOption(new Option('--backend <name>', 'what computes').choices([...preferences]))
    .option('--threads <n>', 'threads of the CPU backend (of a grid: one a process)', integer)
    .option('--parallel <n>', 'processes of a grid at once (default: the cores)', integer)
    .option(
      '--micro-batch <n>',
      'images computed at once: a larger batch is trained in parts (unlike a search, a training starts without a check of its memory)',
      integer,
    )
    .option(
      '--recompute',
      'keep only the cells’ inputs and compute their insides again: the same bits, less memory',
    )
    .option('--data-folder <path>', 'folder that holds the data set')
    .option('--out <folder>', 'run folder, or for a grid the folder of its runs and study.json')
    .option('--resume', 'continue the run that is in the folder (a grid always does)')
    .option('--json', 'print the result as JSON on stdout')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
A run folder receives manifest.json, metrics.jsonl, checkpoints/, network.safetensors and result.json. The result is the
test accuracy after the last epoch; the best epoch's is kept apart. With several architectures or seeds, a grid of
processes with one thread each trains them all; with --out, study.json has every run, means and paired differences.

Examples:
  drnas evaluate --genotype DrNAS_cifar10 --out runs/drnas
  drnas evaluate --genotype runs/my-search --seeds 0-2 --out runs/mine
  drnas evaluate --genotype DrNAS_cifar10 --genotype DARTS_V2 --genotype random:1 --seeds 0-2 --out runs/compared
  drnas evaluate --architecture 9930 --scale smoke
  drnas evaluate --recipe imagenet --scale paper --genotype DrNAS_imagenet --data-folder /data/imagenet --micro-batch 96`,
    )
    .action(async (options: Options) => {
      const log = options.quiet ? () => {} : (line: string) => console.error(line);
      const architectures = architecturesOf(options);
      const config = configOf(options, architectures[0].space);
      const { recipe } = config;
      if (options.settings) {
        console.log(JSON.stringify({ config, recipe: REFERENCES[recipe], source: SOURCES[recipe] }, null, 2));
        return;
      }
      const { backend, threads, dataFolder } = options;
      const workplace = await openEvaluationWorkplace(config, { backend, threads, dataFolder, log });
      const { dataset } = workplace;
      const differences = evaluationDifferences(config);
      if (differences.length > 0)
        log(
          `settings that differ from the ${recipe} recipe: ${differences.map((d) => `${d.setting} ${d.here} (${d.reference})`).join(', ')}`,
        );
      const signal = abortOnSignal('interrupted; the same command with --resume goes on from here');

      if (options.seeds || architectures.length > 1) {
        const folder = options.out ?? join(projectRoot(), 'runs');
        const study = await evaluationGrid(architectures, config, {
          seeds: options.seeds ?? [config.seed],
          ...{ folder, dataset, dataFolder, backend, signal, log, parallel: options.parallel },
        });
        if (options.out) writeJson(join(folder, 'study.json'), study);
        console.log(options.json ? JSON.stringify(study) : studyTable(study));
        return;
      }

      const [architecture] = architectures;
      const folder = options.out ?? evaluationFolder(architecture, config, dataset);
      const progress = trainingProgress(config, dataset, options.quiet === true);
      let result: EvaluationResult;
      try {
        result = await runEvaluation(architecture, config, {
          ...{ ...workplace, folder, resume: options.resume, signal, log },
          onEvent: progress.onEvent,
        });
      } finally {
        progress.stop();
      }
      if (!options.json) return printResult(result, config, dataset, folder);
      const { scale, seed } = config;
      console.log(JSON.stringify({ folder, dataset: dataset.title, scale, seed, ...result }));
    });
}
