// Options of the command line that make up a search configuration.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Preference, preferences } from '../backend/choose.js';
import { PRESETS, type Scale, type SearchConfig, searchConfig } from '../search/config.js';

export const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError(`${JSON.stringify(text)} is not a number`);
  return value;
};
export const integer = (text: string): number => {
  const value = number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError(`${text} is not an integer`);
  return value;
};

export interface SettingOptions {
  scale: Scale;
  seed?: number;
  dataset?: SearchConfig['dataset'];
  imageSize?: number;
  channels?: number;
  cells?: number;
  k?: number;
  epochs?: number;
  stepsPerEpoch?: number;
  batchSize?: number;
  sampler?: SearchConfig['sampler'];
  regulariser?: SearchConfig['regulariser'];
  lambda?: number;
  alphaLr?: number;
  frozenEpochs?: number;
  set?: string[];
  backend?: Preference;
  threads?: number;
  dataFolder?: string;
  table?: string;
}

/** Adds the options; `drnas search` and `drnas seeds` share them. */
export function addSettings(command: Command): Command {
  return command
    .addOption(
      new Option('--scale <name>', 'preset that the other settings change')
        .choices(Object.keys(PRESETS))
        .default('laptop'),
    )
    .option('--seed <n>', 'every random draw follows from it', integer)
    .addOption(
      new Option('--dataset <name>', 'images to search on').choices([
        'auto',
        'cifar10',
        'fashion-mnist',
        'procedural',
      ]),
    )
    .option('--image-size <pixels>', 'side of the images: 32, 16 or 8', integer)
    .option('--channels <n>', 'channels of the first stage (C)', integer)
    .option('--cells <n>', 'search cells a stage (N)', integer)
    .option('--k <n>', 'partial channels: one k-th goes through the operations', integer)
    .option('--epochs <n>', 'epochs', integer)
    .option('--steps-per-epoch <n>', 'batches an epoch (default: the whole weight half)', integer)
    .option('--batch-size <n>', 'images a batch', integer)
    .addOption(
      new Option('--sampler <name>', 'mixing weights: the paper, its mean, or DARTS').choices([
        'dirichlet',
        'dirichlet-mean',
        'softmax',
      ]),
    )
    .addOption(new Option('--regulariser <name>', 'anchor of alpha').choices(['none', 'l2', 'kl']))
    .option('--lambda <x>', "the regulariser's weight", number)
    .option('--alpha-lr <x>', 'learning rate of alpha', number)
    .option('--frozen-epochs <n>', 'epochs at the start in which alpha rests', integer)
    .option(
      '--set <name=json>',
      'any other setting, e.g. --set clipNorm=0 (see drnas info --settings)',
      (v: string, all: string[] = []) => [...all, v],
    )
    .addOption(new Option('--backend <name>', 'what computes').choices([...preferences]))
    .option('--threads <n>', 'threads of the CPU backend', integer)
    .option('--data-folder <path>', 'folder that holds the data set')
    .option('--table <file>', 'NAS-Bench-201 table (CSV, may be gzipped) for looking architectures up');
}

const NAMES = {
  seed: 'seed',
  dataset: 'dataset',
  imageSize: 'imageSize',
  channels: 'channels',
  cells: 'cellsPerStage',
  k: 'k',
  epochs: 'epochs',
  stepsPerEpoch: 'stepsPerEpoch',
  batchSize: 'batchSize',
  sampler: 'sampler',
  regulariser: 'regulariser',
  lambda: 'regulariserWeight',
  alphaLr: 'alphaLearningRate',
  frozenEpochs: 'frozenEpochs',
} as const satisfies Partial<Record<keyof SettingOptions, keyof SearchConfig>>;

/** Settings given as `name=json`; what is not JSON is text. */
export function assignments(texts: string[] = []): Record<string, unknown> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new Error(`--set ${text}: write it as name=value`);
      try {
        return [text.slice(0, at), JSON.parse(text.slice(at + 1))];
      } catch {
        return [text.slice(0, at), text.slice(at + 1)];
      }
    }),
  );
}

/** The configuration that the options ask for; refuses bad ones by name. */
export function configOf(options: SettingOptions): SearchConfig {
  const overrides: Record<string, unknown> = {};
  for (const [option, setting] of Object.entries(NAMES)) {
    const value = options[option as keyof SettingOptions];
    if (value !== undefined) overrides[setting] = value;
  }
  Object.assign(overrides, assignments(options.set));
  return searchConfig(options.scale, overrides as Partial<SearchConfig>);
}
