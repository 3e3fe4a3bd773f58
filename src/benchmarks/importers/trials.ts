// The records of the official files, of every container: one architecture's trainings, read from its pickled dicts.
import { BUILTIN, NUMPY, type PickleOptions, TORCH } from '../../pickle/index.js';
import { DATASETS, type DatasetName, type SpaceName, type SplitName } from '../sets.js';

/** One training. Accuracies are the file's own doubles, in percent. */
export interface Trial {
  dataset: DatasetName;
  seed: number;
  epochs: number;
  accuracies: Map<SplitName, number>;
  /** Parameters; multiply-adds in millions; seconds of training; seconds a batch, where measured. */
  parameters: number;
  flops: number;
  seconds: number;
  latency: number;
}

export interface ArchitectureRecord {
  index: number;
  text: string;
  trials: Trial[];
}

const SPLITS: readonly string[] = ['x-valid', 'x-test', 'ori-test'] satisfies SplitName[];
type Dict = Map<unknown, unknown>;
const isDict = (value: unknown): value is Dict => value instanceof Map;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** How the official files are unpickled: each training's dict is replaced by its few numbers as soon as it is complete. */
export const OFFICIAL: PickleOptions = {
  allow: { ...BUILTIN, ...NUMPY, ...TORCH },
  persistent: () => null,
  longest: 1 << 20,
  memory: 2 ** 30,
  onItems: (dict) => {
    if (!dict.has('eval_acc1es') || !dict.has('train_acc1es') || !dict.has('epochs')) return;
    const trial = trialOf(dict);
    dict.clear();
    dict.set('trial', trial);
  },
};

type NamelessTrial = Omit<Trial, 'dataset' | 'seed'>;

function trialOf(dict: Dict): NamelessTrial {
  const epochs = dict.get('epochs');
  if (!isNumber(epochs) || !Number.isInteger(epochs) || epochs < 1)
    throw new Error(`a training of ${shown(epochs)} epochs`);
  const accuracies = new Map<SplitName, number>();
  const put = (split: SplitName, value: unknown) => {
    if (!isNumber(value) || value < 0 || value > 100)
      throw new Error(`an accuracy of ${shown(value)} on ${split}`);
    accuracies.set(split, value);
  };
  const train = dict.get('train_acc1es');
  if (isDict(train) && train.has(epochs - 1)) put('train', train.get(epochs - 1));
  const evaluated = dict.get('eval_acc1es');
  if (!isDict(evaluated)) throw new Error('a training without a dict of accuracies');
  for (const split of SPLITS) {
    const value = evaluated.get(`${split}@${epochs - 1}`);
    if (value !== undefined) put(split as SplitName, value);
  }
  const measured = (name: string): number => {
    const value = dict.get(name);
    return isNumber(value) ? value : Number.NaN;
  };
  const times = dict.get('train_times');
  const latency = dict.get('latency');
  const seconds = isDict(times) ? [...times.values()].filter(isNumber) : [];
  return {
    epochs,
    accuracies,
    parameters: Math.round(measured('params') * 1e6),
    flops: measured('flop'),
    seconds: seconds.length === epochs ? seconds.reduce((a, b) => a + b, 0) : Number.NaN,
    latency:
      Array.isArray(latency) && latency.length > 0 && latency.every(isNumber)
        ? latency.reduce((a, b) => a + b, 0) / latency.length
        : Number.NaN,
  };
}

/** The record of one architecture at one number of epochs (`{arch_index, arch_str, all_results, …}`). */
export function recordOf(value: unknown, name: string): ArchitectureRecord {
  const fail = (problem: string) => new Error(`${name}: ${problem}: this is no record of the benchmark`);
  if (!isDict(value)) throw fail(`a dict of an architecture is expected, but there is ${shown(value)}`);
  const index = value.get('arch_index');
  const text = value.get('arch_str');
  const results = value.get('all_results');
  if (!isNumber(index) || !Number.isInteger(index) || index < 0) throw fail(`arch_index is ${shown(index)}`);
  if (typeof text !== 'string') throw fail(`arch_str is ${shown(text)}`);
  if (!isDict(results)) throw fail(`all_results is ${shown(results)}`);
  const trials: Trial[] = [];
  for (const [key, dict] of results) {
    const [dataset, seed] = typeof key === 'string' ? key.split('|') : [];
    if (!DATASETS.includes(dataset as DatasetName) || !/^\d+$/.test(seed ?? '')) {
      throw fail(`results of ${shown(key)}, expected a data set and a seed`);
    }
    const trial = isDict(dict) ? (dict.get('trial') as NamelessTrial | undefined) : undefined;
    if (trial === undefined || isDict(trial)) throw fail(`the training ${key} lacks its accuracies`);
    trials.push({ ...trial, dataset: dataset as DatasetName, seed: Number(seed) });
  }
  return { index, text, trials };
}

/** The records of an architecture by what the file calls their length: `'12' | '200'`, or `'less' | 'full'` in the .pth. */
export function recordsOf(value: unknown, name: string): ArchitectureRecord[] {
  if (!isDict(value)) throw new Error(`${name}: a dict of epochs is expected, but there is ${shown(value)}`);
  return [...value].map(([length, record]) => recordOf(record, `${name}, ${shown(length)}`));
}

/** The space that an architecture's text belongs to. */
export const spaceOf = (text: string): SpaceName => (text.startsWith('|') ? 'topology' : 'size');

export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  return typeof value === 'object' && value !== null ? value.constructor.name : String(value);
}
