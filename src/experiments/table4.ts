// Table 4's rows as methods: what each is here, with which settings, at what cost, and what the paper prints.
import { EVOLUTION } from '../rivals/evolution.js';
import { BENCHMARK_SECONDS, type RivalSettings } from '../rivals/request.js';
import { sharingConfig } from '../rivals/sharing/config.js';
import type { SearchConfig } from '../search/config.js';
import { type Architecture, parseArchitecture } from '../spaces/nasbench201/architecture.js';
import { architectureIndex } from '../spaces/nasbench201/officialOrder.js';
import { EDGES } from '../spaces/nasbench201/operations.js';
import { TABLE_4 } from './publishedNb201.js';
import { formatPublished, type PublishedNumber } from './publishedNumber.js';

export interface Method {
  /** The row of Table 4, or a name of our own. */
  name: string;
  /** Whether the paper's table has the row. */
  inPaper: boolean;
  /**
   * How it runs: a search (`drnas search`), shared weights with another way to choose (`drnas rival`), a search over the
   * benchmark's table (`drnas rival`), or an architecture that is only looked up.
   */
  kind: 'search' | 'sharing' | 'table' | 'lookup';
  /** Of a search: differences to the scale's preset. */
  settings?: Partial<SearchConfig>;
  /** Of a rival. */
  rival?: Omit<RivalSettings, 'seed' | 'scale'>;
  /** Of a look-up: official index; the row `optimal` has one for each data set. */
  index?: number;
  /** In a sentence or two: what runs, and where it differs from what the paper's number was made with. */
  how: string;
}

/** Soft and hard Gumbel samplers in the official script: the temperature falls linearly from 10 to 1 (201-space/train_search.py). */
export const TEMPERATURE = { initial: 10, final: 1 };

/** The cell that NAS-Bench-201's scripts call ResNet: two 3x3 convolutions and a skip around them. */
const RESNET = parseArchitecture(
  '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|',
);
const everywhere = (operation: Architecture[number]): number => architectureIndex(EDGES.map(() => operation));

const number = (n: number): string => n.toLocaleString('en-GB');
const { candidates } = sharingConfig('rsps', 'laptop');

export const METHODS: readonly Method[] = [
  {
    name: 'ResNet',
    inPaper: true,
    kind: 'lookup',
    index: architectureIndex(RESNET),
    how:
      "A look-up of the cell that NAS-Bench-201's scripts call ResNet. The paper's CIFAR-10 test value 93.97 is this cell's in the " +
      "benchmark's file v1.0; means over the trainings of later files differ by up to 0.6 points.",
  },
  {
    name: 'Random',
    inPaper: true,
    kind: 'table',
    rival: { method: 'random' },
    how:
      "Random search over the table with the benchmark's own protocol: it sees validation accuracies after 12 epochs on the data set " +
      `that is reported and may spend ${number(BENCHMARK_SECONDS)} simulated seconds. So it comes within 0.3 points of the printed ` +
      'row in every column (mean of 500 seeds); its law is known exactly for a number of queries (`drnas rival trivial`).',
  },
  {
    name: 'RSPS',
    inPaper: true,
    kind: 'sharing',
    rival: { method: 'rsps' },
    how:
      `Shared weights trained on one uniformly drawn path a batch, then the best of ${candidates} random architectures on validation ` +
      "images, by batch norm's batch statistics. The paper's row is NAS-Bench-201's, a search on CIFAR-10 of 250 epochs.",
  },
  {
    name: 'Reinforce',
    inPaper: true,
    kind: 'table',
    rival: { method: 'reinforce' },
    how:
      "A softmax policy climbed by Adam over the table, the benchmark's protocol as for Random. The answer is the best architecture " +
      "seen; the benchmark's first script answered the policy's most likely one, which is a setting here.",
  },
  {
    name: 'ENAS',
    inPaper: true,
    kind: 'sharing',
    rival: { method: 'enas' },
    how:
      'An LSTM controller, taught by the validation accuracy of what it draws, with weights shared on what it draws. Batch ' +
      `statistics. The paper's values on CIFAR-10 and ImageNet16-120 are the all-skip cell's (index ${everywhere('skip_connect')}).`,
  },
  {
    name: 'DARTS',
    inPaper: true,
    kind: 'search',
    settings: { sampler: 'softmax' },
    how: 'First order, as in the official script (its unrolled mode cannot run).',
  },
  {
    name: 'DARTS (2nd order)',
    inPaper: false,
    kind: 'search',
    settings: { sampler: 'softmax', order: 2 },
    how: 'The unrolled gradient; no row of the paper, whose code could not run it.',
  },
  {
    name: 'GDAS',
    inPaper: true,
    kind: 'search',
    settings: { sampler: 'gdas', temperature: TEMPERATURE },
    how: 'Hard Gumbel samples with the straight-through gradient, temperature 10 to 1 as in the official script.',
  },
  {
    name: 'SNAS',
    inPaper: true,
    kind: 'search',
    settings: { sampler: 'gumbel-softmax', temperature: TEMPERATURE },
    how: 'Soft Gumbel samples, temperature 10 to 1 as in the official script.',
  },
  {
    name: 'DSNAS',
    inPaper: true,
    kind: 'search',
    settings: { sampler: 'dsnas' },
    how: "One-hot samples with DSNAS's gradient. The official repository of DrNAS does not have it: written from its own paper.",
  },
  {
    name: 'PC-DARTS',
    inPaper: true,
    kind: 'search',
    settings: { sampler: 'softmax', k: 4, edgeNormalisation: true },
    how:
      'Softmax on a quarter of the channels with edge normalisation. The official script has no edge normalisation; what made ' +
      "the paper's row is not public.",
  },
  {
    name: 'DrNAS',
    inPaper: true,
    kind: 'search',
    settings: {},
    how: 'The presets themselves: one stage, k = 1, as the authors say that this row was made (DrNAS#8).',
  },
  {
    name: 'Evolution',
    inPaper: false,
    kind: 'table',
    rival: { method: 'evolution' },
    how:
      `Regularised evolution over the table, population ${EVOLUTION.population}, samples of ${EVOLUTION.sampleSize}; the same budget ` +
      'as Random.',
  },
  {
    name: 'all 3x3 convolutions',
    inPaper: false,
    kind: 'lookup',
    index: everywhere('nor_conv_3x3'),
    how: 'No search: six times the same operation; also the cell with the most parameters.',
  },
  {
    name: 'optimal',
    inPaper: true,
    kind: 'lookup',
    how: 'The best test accuracy of all 15,625, and the best validation accuracy, each for itself: `drnas benchmark info`.',
  },
];

/** A method by its name. */
export function methodOf(name: string): Method {
  const found = METHODS.find((method) => method.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  throw new Error(
    `Table 4 has no method ${JSON.stringify(name)}: use one of ${METHODS.map((m) => m.name).join(', ')}`,
  );
}

/** What the paper prints for a method, by column (`cifar10 test`), each number with its trust; undefined where it has no row. */
export const publishedOf = ({ name }: Pick<Method, 'name'>): Record<string, PublishedNumber> | undefined =>
  TABLE_4.rows[name];

const KINDS: Record<Method['kind'], string> = {
  search: 'drnas search',
  sharing: 'drnas rival',
  table: 'drnas rival, over the table',
  lookup: 'look-up',
};

/** A method in two lines: how it runs, and the test accuracies that the paper prints. */
export function methodLine(method: Method): string {
  const row = publishedOf(method);
  const printed = row
    ? ['cifar10 test', 'cifar100 test', 'imagenet16 test']
        .map((column) => formatPublished(row[column]))
        .join(' / ')
    : 'not in the paper';
  const name = method.rival ? ` ${method.rival.method}` : '';
  return `${method.name} [${KINDS[method.kind].replace('rival', `rival${name}`)}] paper: ${printed}\n    ${method.how}`;
}
