// Several searches that differ in seed and sampler, in parallel processes, each cached; and their summary.
import { availableParallelism } from 'node:os';
import type { Preference } from '../backend/choose.js';
import type { NasBench201 } from '../benchmarks/nasbench201.js';
import type { SamplerName, SearchConfig } from '../search/config.js';
import type { SearchEvent } from '../search/events.js';
import { readRun } from '../search/folder.js';
import type { RunResult } from '../search/manifest.js';
import { runFolder, type Workplace } from '../search/start.js';
import { spreadOf } from '../statistics/spread.js';
import { runGrid } from '../study/grid.js';
import type { SearchJob } from '../study/jobs.js';

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
  /** Processes at once, by default a core each, and threads of each, by default 1. */
  parallel?: number;
  threads?: number;
  /** As the workplace was opened with: the processes open it anew. */
  backend?: Preference;
  dataFolder?: string;
  /** Bytes that each search may take; Infinity for no check. Default: what is left. */
  memory?: number;
  /** Folder of the runs. Default: runs/ of the project. */
  base?: string;
  log?: (line: string) => void;
  /** Epoch events, of several runs in turn. */
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

/**
 * Runs every sampler with every seed, in parallel processes; finished runs are read from their folders. A run that fails stops
 * the others, as an interrupt does; all go on later.
 * @throws where a run failed or diverged, with the first such run's reason
 */
export async function seedStudy(
  config: SearchConfig,
  workplace: Workplace,
  options: SeedOptions,
): Promise<SeedStudy> {
  const { seeds, samplers, signal, log, onEvent, onRun, threads = 1, dataFolder, base } = options;
  for (const [what, values] of Object.entries({ seeds, samplers }))
    if (values.length === 0 || new Set<unknown>(values).size !== values.length)
      throw new Error(`${what} are ${JSON.stringify(values)}: expected at least one, each once`);
  const { backend, dataset, table } = workplace;
  // On a GPU one search at a time; on processors a process for each.
  const onProcessors = !['tensorflow', 'webgpu'].includes(backend.name);
  const cores = onProcessors ? Math.floor(availableParallelism() / threads) : 1;
  const count = seeds.length * samplers.length;
  const parallel = Math.max(1, Math.min(options.parallel ?? cores, count));
  const jobs = samplers.flatMap((sampler) =>
    seeds.map((seed): SearchJob => {
      const own = { ...config, sampler, seed, dataset: dataset.name };
      const folder = runFolder(own, dataset, base);
      return { kind: 'search', id: `${sampler} seed ${seed}`, label: { sampler }, config: own, folder };
    }),
  );
  // Epochs that onEvent has heard of.
  const told = new Map<string, number>();
  const tell = (job: SearchJob) => {
    const { epochs } = readRun(job.folder);
    for (const event of epochs.slice(told.get(job.id) ?? 0))
      onEvent?.(event, job.config.seed, job.config.sampler);
    told.set(job.id, epochs.length);
  };
  const { outcomes } = await runGrid(jobs, {
    ...{ parallel, threads, signal, log, dataFolder, tableFile: table?.source },
    ...{ backend: options.backend, searchMemory: options.memory, stopOnFailure: true, retryDiverged: true },
    onLine: (job, line) => {
      if (line.startsWith('epoch ')) tell(job as SearchJob);
    },
  });
  signal?.throwIfAborted();
  // Not a run that was only stopped because of another one.
  const ended = outcomes.find(({ state }) => state === 'failed' || state === 'diverged');
  if (ended) throw new Error(`search with ${ended.job.id}: ${ended.reason}`);
  const rows = jobs.map((job) => {
    tell(job);
    const { genotype, lookup, steps, seconds, alphaSha256, supernetAccuracy } = readRun(job.folder).result!;
    const { sampler, seed } = job.config;
    const row = { sampler, seed, genotype, lookup, steps, seconds, alphaSha256, supernetAccuracy };
    onRun?.(row);
    return row;
  });
  const { manifest } = readRun(jobs[jobs.length - 1].folder);
  const { title, checksum, notes } = dataset;
  return {
    config,
    dataset: { title, checksum, notes },
    backend: `${backend.engine}, ${threads} thread(s) a run, ${parallel} run(s) at once`,
    machine: `${manifest.machine.cores} x ${manifest.machine.cpu}, Node ${manifest.versions.node}`,
    commit: manifest.code.commit,
    date: new Date().toISOString().slice(0, 10),
    rows,
    ...(table ? { baselines: tableBaselines(table) } : {}),
  };
}

/** Mean and sample standard deviation (0 for a single seed) of one data set's accuracy over a sampler's seeds, in percent. */
export function spread(
  rows: SeedRow[],
  name: 'cifar10' | 'cifar100' | 'imagenet16',
): { mean: number; deviation: number; n: number } | undefined {
  const values = rows.flatMap((row) => (row.lookup ? [row.lookup[name]] : []));
  if (values.length === 0) return undefined;
  const { n, mean, deviation } = spreadOf(values);
  return { mean, deviation: deviation ?? 0, n };
}
