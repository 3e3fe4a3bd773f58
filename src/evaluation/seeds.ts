// Runs a grid of architectures and seeds in processes of one thread each; what is finished is not repeated.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Preference } from '../backend/choose.js';
import type { Dataset } from '../data/types.js';
import { projectRoot } from '../root.js';
import { paths, writeJson } from '../search/folder.js';
import type { EvaluationConfig } from './config.js';
import type { FoundArchitecture } from './network.js';
import { checkInputs, type EvaluationManifest, readEvaluation } from './run.js';
import { evaluationFolder } from './start.js';
import { type EvaluationStudy, type StudyRun, summarise } from './study.js';

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

interface Job {
  architecture: FoundArchitecture;
  config: EvaluationConfig;
  folder: string;
}

/** Trains one network in a process of its own; the signal stops it between two steps. */
function train(job: Job, options: GridOptions): Promise<{ code: number | null; lastLine: string }> {
  const { architecture, config, folder } = job;
  mkdirSync(options.folder, { recursive: true });
  const settings = `${folder}.config.json`;
  writeJson(settings, config);
  const command = [
    join(projectRoot(), 'bin', 'drnas.mjs'),
    'evaluate',
    architecture.space === 'darts' ? '--genotype' : '--architecture',
    architecture.text,
    ...['--name', architecture.name, '--config', settings, '--out', folder, '--resume', '--threads', '1'],
    ...(options.backend ? ['--backend', options.backend] : []),
    ...(options.dataFolder ? ['--data-folder', options.dataFolder] : []),
  ];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = () => child.kill('SIGINT');
  options.signal?.addEventListener('abort', stop);
  let lastLine = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLine = line;
    if (line.startsWith('epoch ')) options.log?.(`${architecture.name} seed ${config.seed} ${line}`);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      options.signal?.removeEventListener('abort', stop);
      rmSync(settings, { force: true });
      resolve({ code, lastLine });
    });
  });
}

function runOf({ architecture, config, folder }: Job, base: string): StudyRun {
  const { result, manifest } = readEvaluation(folder);
  const run = { architecture, seed: config.seed, folder: relative(base, folder) };
  if (!result) return { ...run, diverged: `${manifest.status}; see ${paths(folder).metrics}` };
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
  const jobs: Job[] = seeds.flatMap((seed) =>
    architectures.map((architecture) => {
      const own = { ...config, seed, dataset: dataset.name };
      return { architecture, config: own, folder: evaluationFolder(architecture, own, dataset, folder) };
    }),
  );
  const parallel = Math.max(1, Math.min(options.parallel ?? availableParallelism(), jobs.length));
  const waiting = jobs.filter((job) => !existsSync(paths(job.folder).result));
  const total = waiting.length;
  if (total < jobs.length) log(`${jobs.length - total} of ${jobs.length} runs are finished already`);
  const begun = performance.now();
  let done = 0;
  const diverged = new Map<Job, string>();
  // A training that fails stops the others, too, as an interrupt does; each can go on later.
  const halt = new AbortController();
  const onAbort = () => halt.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      halt.signal.throwIfAborted();
      const { code, lastLine } = await train(job, { ...options, signal: halt.signal });
      halt.signal.throwIfAborted();
      if (code !== 0) {
        const why = lastLine.replace(/^drnas: /, '');
        if (!/diverged/.test(why))
          throw new Error(`training ${job.architecture.name} with seed ${job.config.seed}: ${why}`);
        diverged.set(job, why);
      }
      done += 1;
      const left = ((performance.now() - begun) / 60000 / done) * (total - done);
      log(`${done} of ${total} trainings done, about ${left.toFixed(0)} min left`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, () => worker().catch((error) => halt.abort(error))));
  signal?.removeEventListener('abort', onAbort);
  halt.signal.throwIfAborted();

  const runs = jobs.map((job) => {
    const why = diverged.get(job);
    const run = runOf(job, folder);
    return why === undefined ? run : { ...run, diverged: why };
  });
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
