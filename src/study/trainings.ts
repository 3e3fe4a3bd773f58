// Runs a grid of architectures and seeds in processes of one thread each; what is finished is not repeated.
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import type { Preference } from '../backend/choose.js';
import type { Dataset } from '../data/types.js';
import type { EvaluationConfig } from '../evaluation/config.js';
import type { FoundArchitecture } from '../evaluation/network.js';
import { checkInputs, type EvaluationManifest, readEvaluation } from '../evaluation/run.js';
import { evaluationFolder } from '../evaluation/start.js';
import { type EvaluationStudy, type StudyRun, summarise } from '../evaluation/study.js';
import { paths } from '../search/folder.js';
import { runGrid } from './grid.js';
import type { EvaluateJob } from './jobs.js';
import { progressLine } from './progress.js';

export interface GridOptions {
  seeds: number[];
  /** Run folders go under it. */
  folder: string;
  dataset: Dataset;
  dataFolder?: string;
  backend?: Preference;
  /** Processes at once. Default: the cores. */
  parallel?: number;
  signal?: AbortSignal;
  /** Lines on what each process does, and on the whole. */
  log?: (line: string) => void;
}

/** A run as the study lists it; `why` is known of those that ended without a result here. */
function runOf({ architecture, config, folder }: EvaluateJob, base: string, why?: string): StudyRun {
  const { result, manifest } = readEvaluation(folder);
  const run = { architecture, seed: config.seed, folder: relative(base, folder) };
  if (!result) return { ...run, diverged: why ?? `${manifest.status}; see ${paths(folder).metrics}` };
  const { architecture: _, epochs: __, ...numbers } = result;
  return { ...run, ...numbers };
}

/** Trains every architecture with every seed and summarises; every input is checked before the first training starts. */
export async function evaluationGrid(
  architectures: FoundArchitecture[],
  config: EvaluationConfig,
  options: GridOptions,
): Promise<EvaluationStudy> {
  const { seeds, folder, dataset, signal, log = () => {} } = options;
  const names = architectures.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new Error(`two architectures are called ${JSON.stringify(twice)}: give each a name of its own`);
  if (seeds.length === 0 || new Set(seeds).size !== seeds.length)
    throw new Error(`seeds are ${JSON.stringify(seeds)}: expected at least one, each once`);
  for (const architecture of architectures) checkInputs(architecture, config, dataset);

  // Seed by seed, so that an unfinished study has all architectures of the first seeds.
  const jobs = seeds.flatMap((seed) =>
    architectures.map((architecture): EvaluateJob => {
      const own = { ...config, seed, dataset: dataset.name };
      const label = { architecture: architecture.name };
      return {
        ...{ kind: 'evaluate', id: `${architecture.name} seed ${seed}`, label, architecture, config: own },
        folder: evaluationFolder(architecture, own, dataset, folder),
      };
    }),
  );
  const parallel = Math.max(1, Math.min(options.parallel ?? availableParallelism(), jobs.length));
  let shown = '';
  // A training that fails stops the others, too, as an interrupt does; each can go on later.
  const { outcomes } = await runGrid(jobs, {
    ...{ parallel, signal, log, backend: options.backend, dataFolder: options.dataFolder },
    ...{ stopOnFailure: true, retryDiverged: true },
    onLine: ({ id }, line) => {
      if (line.startsWith('epoch ')) log(`${id} ${line}`);
    },
    onProgress: (progress) => {
      const { finished, failed } = progress;
      if (`${finished} ${failed}` !== shown && finished + failed > 0) log(progressLine(progress));
      shown = `${finished} ${failed}`;
    },
  });
  signal?.throwIfAborted();
  const at = outcomes.findIndex(({ state }) => state === 'failed');
  if (at >= 0)
    throw new Error(
      `training ${jobs[at].architecture.name} with seed ${jobs[at].config.seed}: ${outcomes[at].reason}`,
    );

  const runs = jobs.map((job, i) => runOf(job, folder, outcomes[i].reason));
  const { manifest }: { manifest: EvaluationManifest } = readEvaluation(jobs[0].folder);
  const { seed: _, ...shared } = config;
  const { name, title, checksum, notes } = dataset;
  return {
    format: 'drnas-evaluation-study-1',
    config: shared,
    dataset: { name, title, checksum, notes },
    backend: `${manifest.backend.engine}, ${manifest.backend.threads} thread(s) a run, ${parallel} run(s) at once`,
    machine: `${manifest.machine.cores} x ${manifest.machine.cpu}, Node ${manifest.versions.node}`,
    commit: manifest.code.commit,
    date: new Date().toISOString().slice(0, 10),
    runs,
    ...summarise(runs),
  };
}
