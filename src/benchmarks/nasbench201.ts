// The NAS-Bench-201 table: what every cell of the space reaches, its rank and regret, and what needs no search.
import { formatArchitecture, parseArchitecture } from '../spaces/nasbench201/architecture.js';
import { EDGES, type Operation } from '../spaces/nasbench201/operations.js';
import { findNasBench201, readNasBench201 } from './nasbench201File.js';
import { expectedBest, ranks } from './orderStatistics.js';

export const BENCHMARK_DATASETS = ['cifar10', 'cifar100', 'imagenet16'] as const;
export type BenchmarkDataset = (typeof BENCHMARK_DATASETS)[number];
export type PerDataset = Record<BenchmarkDataset, number>;

/** One architecture. Accuracies are percent on the test set after 200 epochs, the mean over its trials. */
export interface Nb201Entry extends PerDataset {
  /** Position in the benchmark's official order, 0 to 15,624. */
  index: number;
  arch: string;
  /** 1 is the best of all 15,625; equal accuracies share the better rank. */
  rank: PerDataset;
  /** Percentage points below the best of the table. */
  regret: PerDataset;
  /** Parameters of the CIFAR-10 network. */
  params: number;
  /** Number of trainings (seeds) the means are over. */
  trials: number;
}

/** What anybody has without searching. */
export interface Baselines {
  allConv3x3: Nb201Entry;
  allSkip: Nb201Entry;
  /** The architecture with the most parameters. */
  largest: Nb201Entry;
  /** The mean over all architectures: the expectation of one drawn at random. */
  randomMean: PerDataset;
}

export interface NasBench201 {
  /** The file it came from. */
  source: string;
  /** SHA-256 of the unpacked table. */
  checksum: string;
  size: number;
  /** All architectures in the official order. */
  entries: readonly Nb201Entry[];
  /** By architecture text; throws with what is wrong about a text that is none. */
  lookup(arch: string): Nb201Entry;
  baselines(): Baselines;
  /**
   * Expected test accuracy (percent) of the best of `n` architectures drawn uniformly with replacement, when
   * the choice among them is made by test accuracy itself: an upper bound for random search.
   */
  bestOfN(n: number, dataset: BenchmarkDataset): number;
}

export interface LoadOptions {
  /** The table, as CSV or gzipped CSV. Default: searched for. */
  file?: string;
  log?: (line: string) => void;
  /** Folder of downloaded data. Default: datasets/cache/ of the project. */
  cache?: string;
}

/**
 * Loads the table from `file`, or else from where DRNAS_NASBENCH201, DRNAS_DATA or datasets/cache/ has it.
 * Undefined, and a line to the log, where there is none: everything but the look-up works without.
 * Throws where a file is named but missing, and where it is not the complete table.
 */
export async function loadNasBench201(options: LoadOptions = {}): Promise<NasBench201 | undefined> {
  const file = findNasBench201(options);
  if (file === undefined) return undefined;
  options.log?.(`NAS-Bench-201 table: ${file}`);
  const { rows, checksum } = await readNasBench201(file);
  return indexTable(rows, file, checksum);
}

export type Nb201Row = Omit<Nb201Entry, 'rank' | 'regret'>;

function indexTable(rows: Nb201Row[], source: string, checksum: string): NasBench201 {
  const sorted = {} as Record<BenchmarkDataset, Float64Array>;
  const rank = {} as Record<BenchmarkDataset, Int32Array>;
  for (const dataset of BENCHMARK_DATASETS) {
    const values = Float64Array.from(rows, (row) => row[dataset]);
    rank[dataset] = ranks(values);
    sorted[dataset] = values.sort();
  }
  const each = (value: (dataset: BenchmarkDataset) => number): PerDataset => ({
    cifar10: value('cifar10'),
    cifar100: value('cifar100'),
    imagenet16: value('imagenet16'),
  });
  const entries: Nb201Entry[] = rows.map((row, i) => ({
    ...row,
    rank: each((dataset) => rank[dataset][i]),
    regret: each((dataset) => sorted[dataset][rows.length - 1] - row[dataset]),
  }));
  const byText = new Map(entries.map((entry) => [entry.arch, entry]));

  const lookup = (arch: string): Nb201Entry => {
    const entry = byText.get(arch) ?? byText.get(formatArchitecture(parseArchitecture(arch)));
    if (entry === undefined) throw new Error(`architecture ${arch} is not in ${source}`);
    return entry;
  };
  const everywhere = (operation: Operation) => lookup(formatArchitecture(EDGES.map(() => operation)));

  return {
    source,
    checksum,
    size: entries.length,
    entries,
    lookup,
    baselines: () => ({
      allConv3x3: everywhere('nor_conv_3x3'),
      allSkip: everywhere('skip_connect'),
      largest: entries.reduce((best, entry) => (entry.params > best.params ? entry : best)),
      randomMean: each((dataset) => sorted[dataset].reduce((sum, x) => sum + x, 0) / entries.length),
    }),
    bestOfN: (n, dataset) => expectedBest(sorted[dataset], n),
  };
}
