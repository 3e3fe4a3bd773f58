// Options of the command line that make up a search configuration.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Preference, preferences } from '../backend/choose.js';
import { DATASET_NAMES } from '../data/types.js';
import { READOUTS, SCALES, type Scale, SPACES, STEMS, THETA_PER, WIDENING_RULES } from '../search/choices.js';
import { REGULARISER_NAMES, REGULARISERS } from '../search/regularisers/traits.js';
import { SCORE_BASELINES } from '../search/samplers/baseline.js';
import { SAMPLER_NAMES, SAMPLERS } from '../search/samplers/traits.js';
import type { SearchConfig } from '../search/settings.js';
import { integer, memoryAllowed, number, temperatureRange } from './parsers.js';

/** Names with their lines, one under the other. */
const described = (texts: Readonly<Record<string, { summary: string }>>) =>
  Object.entries(texts)
    .map(([name, { summary }]) => `${name}: ${summary}`)
    .join('; ');

export interface SettingOptions {
  scale: Scale;
  space?: SearchConfig['space'];
  seed?: number;
  dataset?: SearchConfig['dataset'];
  imageSize?: number;
  channels?: number;
  cells?: number;
  stem?: SearchConfig['stem'];
  withNone?: boolean;
  k?: number;
  epochs?: number;
  stepsPerEpoch?: number;
  batchSize?: number;
  sampler?: SearchConfig['sampler'];
  samplesPerStep?: number;
  thetaPer?: SearchConfig['thetaPer'];
  temperature?: SearchConfig['temperature'];
  order?: SearchConfig['order'];
  edgeNormalisation?: boolean;
  scoreBaseline?: SearchConfig['scoreBaseline'];
  regulariser?: SearchConfig['regulariser'];
  lambda?: number;
  alphaLr?: number;
  frozenEpochs?: number;
  progressive?: string | true;
  widening?: SearchConfig['wideningRule'];
  readout?: SearchConfig['readout'];
  learningRateRestart?: boolean;
  microBatch?: number;
  recompute?: boolean;
  set?: string[];
  backend?: Preference;
  threads?: number;
  dataFolder?: string;
  memory?: number;
  table?: string;
}

/** Adds the options; `drnas search` and `drnas seeds` share them. */
export function addSettings(command: Command): Command {
  return command
    .addOption(
      new Option('--scale <name>', 'preset that the other settings change').choices(SCALES).default('laptop'),
    )
    .addOption(new Option('--space <name>', 'search space (default: nasbench201)').choices(SPACES))
    .option('--seed <n>', 'every random draw follows from it', integer)
    .addOption(new Option('--dataset <name>', 'images to search on').choices(['auto', ...DATASET_NAMES]))
    .option(
      '--image-size <pixels>',
      'side of the images: 32, 16 or 8; of ImageNet’s any multiple of 32',
      integer,
    )
    .option('--channels <n>', 'channels of the first stage (C)', integer)
    .option(
      '--cells <n>',
      'search cells: of each stage on NAS-Bench-201 (N), of all in the DARTS space',
      integer,
    )
    .addOption(
      new Option('--stem <name>', 'DARTS space: first layers, for small or for large images').choices(STEMS),
    )
    .option(
      '--with-none',
      'DARTS space: none is a candidate too, which makes the eight operations of the paper',
    )
    .option('--k <n>', 'partial channels: one k-th goes through the operations', integer)
    .option('--epochs <n>', 'epochs', integer)
    .option('--steps-per-epoch <n>', 'batches an epoch (default: the whole weight half)', integer)
    .option('--batch-size <n>', 'images a batch', integer)
    .addOption(
      new Option('--sampler <name>', `how mixing weights are drawn. ${described(SAMPLERS)}`).choices(
        SAMPLER_NAMES,
      ),
    )
    .option('--samples-per-step <n>', 'samples that an architecture step averages over', integer)
    .addOption(
      new Option('--theta-per <what>', 'one sample for the whole network, or one for each cell').choices(
        THETA_PER,
      ),
    )
    .option(
      '--temperature <initial:final>',
      'of the Gumbel samplers, linear over the epochs',
      temperatureRange,
    )
    .addOption(
      new Option('--order <n>', "of alpha's gradient: 2 goes through one step of the weights")
        .choices(['1', '2'])
        .argParser((text: string) => {
          if (text !== '1' && text !== '2') throw new InvalidArgumentError('Allowed choices are 1, 2.');
          return Number(text);
        }),
    )
    .option('--edge-normalisation', 'PC-DARTS: an architecture parameter for each edge too')
    .addOption(
      new Option('--score-baseline <name>', 'what dirichlet-score takes off its losses').choices(
        SCORE_BASELINES,
      ),
    )
    .addOption(
      new Option('--regulariser <name>', `anchor of alpha. ${described(REGULARISERS)}`).choices(
        REGULARISER_NAMES,
      ),
    )
    .option('--lambda <x>', "the regulariser's weight", number)
    .option('--alpha-lr <x>', 'learning rate of alpha', number)
    .option('--frozen-epochs <n>', 'epochs at the start in which alpha rests', integer)
    .option(
      '--progressive [schedule]',
      "stages: the scale's own, one by name (see drnas info), k:operations:epochs:frozen,… or none",
    )
    .addOption(
      new Option(
        '--widening <rule>',
        'how weights grow between stages: as the official code, preserving, anew',
      ).choices(WIDENING_RULES),
    )
    .addOption(
      new Option('--readout <name>', 'expected weights that the architecture is read from').choices(READOUTS),
    )
    .option(
      '--learning-rate-restart',
      'set the learning rate back at each stage, as the official code does by mistake',
    )
    .option(
      '--set <name=json>',
      'any other setting, e.g. --set clipNorm=0 (see drnas info --settings)',
      (v: string, all: string[] = []) => [...all, v],
    )
    .addOption(new Option('--backend <name>', 'what computes').choices([...preferences]))
    .option('--threads <n>', 'threads of the CPU backend', integer)
    .option('--micro-batch <n>', 'images computed at once: a larger batch goes through in parts', integer)
    .option(
      '--recompute',
      'keep only the cells’ inputs and compute their insides again: the same bits, less memory',
    )
    .option(
      '--memory <gib>',
      'memory that the search may take, such as a GPU’s, or none to start it unchecked (default: what is left)',
      memoryAllowed,
    )
    .option('--data-folder <path>', 'folder that holds the data set')
    .option('--table <file>', 'NAS-Bench-201 table (CSV, may be gzipped) for looking architectures up');
}
