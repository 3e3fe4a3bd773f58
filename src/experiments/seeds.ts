// Several searches that differ in seed and sampler, one after the other, each cached; and their summary.
import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { NasBench201 } from '../benchmarks/nasbench201.js';
import type { SamplerName, SearchConfig } from '../search/config.js';
import type { SearchEvent } from '../search/events.js';
import { readRun } from '../search/folder.js';
import type { RunResult } from '../search/manifest.js';
import { cachedSearch, type Workplace } from '../search/start.js';

export interface SeedRow
  extends Pick<RunResult, 'genotype' | 'lookup' | 'steps' | 'seconds' | 'alphaSha256' | 'supernetAccuracy'> {
  sampler: SamplerName;
  seed: number;
}

export interface SeedStudy {
  /** Settings that all runs share. */
  config: SearchConfig;
  dataset: { title: string; checksum: string; notes: string[] };
  backend: string;
  machine: string;
  commit: string;
  date: string;
  rows: SeedRow[];
  /** Of the table, where one is at hand: what needs no search. Test accuracies in percent. */
  baselines?: Record<
    'allConv3x3' | 'largest' | 'random' | 'bestOf10' | 'bestOf100',
    Record<'cifar10' | 'cifar100' | 'imagenet16', number>
  >;
}

export interface SeedOptions {
  seeds: number[];
  samplers: SamplerName[];
  signal?: AbortSignal;
  onEvent?: (event: SearchEvent, seed: number, sampler: SamplerName) => void;
  onRun?: (row: SeedRow) => void;
}

/** Accuracies that need no search: trivial cells, the mean of all, the exact expectation of best-of-n random search. */
export function tableBaselines(table: NasBench201): SeedStudy['baselines'] {
  const { allConv3x3, largest, randomMean } = table.baselines();
  const three = (of: (name: 'cifar10' | 'cifar100' | 'imagenet16') => number) => ({
    cifar10: of('cifar10'),
    cifar100: of('cifar100'),
    imagenet16: of('imagenet16'),
  });
  return {
    allConv3x3: three((name) => allConv3x3[name]),
    largest: three((name) => largest[name]),
    random: three((name) => randomMean[name]),
    bestOf10: three((name) => table.bestOfN(10, name)),
    bestOf100: three((name) => table.bestOfN(100, name)),
  };
}

/** Runs every sampler with every seed; finished runs are read from their folders. */
export async function seedStudy(
  config: SearchConfig,
  workplace: Workplace,
  options: SeedOptions,
): Promise<SeedStudy> {
  const { seeds, samplers, signal, onEvent, onRun } = options;
  const rows: SeedRow[] = [];
  let folder = '';
  for (const sampler of samplers) {
    for (const seed of seeds) {
      const run = await cachedSearch({ ...config, sampler, seed }, workplace, {
        signal,
        onEvent: (event) => onEvent?.(event, seed, sampler),
      });
      folder = run.folder;
      const { genotype, lookup, steps, seconds, alphaSha256, supernetAccuracy } = run.result;
      rows.push({ sampler, seed, genotype, lookup, steps, seconds, alphaSha256, supernetAccuracy });
      onRun?.(rows[rows.length - 1]);
    }
  }
  const { manifest } = readRun(folder);
  const { title, checksum, notes } = workplace.dataset;
  return {
    config,
    dataset: { title, checksum, notes },
    backend: `${workplace.backend.engine}, ${workplace.backend.threads} thread(s)`,
    machine: `${manifest.machine.cores} x ${manifest.machine.cpu}, Node ${manifest.versions.node}`,
    commit: manifest.code.commit,
    date: new Date().toISOString().slice(0, 10),
    rows,
    ...(workplace.table ? { baselines: tableBaselines(workplace.table) } : {}),
  };
}

/** Mean and sample standard deviation of one data set's accuracy over the seeds of a sampler, in percent. */
export function spread(
  rows: SeedRow[],
  name: 'cifar10' | 'cifar100' | 'imagenet16',
): { mean: number; deviation: number; n: number } | undefined {
  const values = rows.flatMap((row) => (row.lookup ? [row.lookup[name]] : []));
  if (values.length === 0) return undefined;
  return {
    mean: mean(values),
    deviation: values.length > 1 ? sampleStandardDeviation(values) : 0,
    n: values.length,
  };
}
