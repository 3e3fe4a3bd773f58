// Stored runs as measured values: progressive searches (Table 1), found cells, and trainings from scratch (Table 2).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvaluationStudy } from '../evaluation/study.js';
import type { MeasuredResult } from '../experiments/measured.js';
import { readRun, type StoredRun } from '../search/folder.js';
import { parseGenotype } from '../spaces/darts/genotype.js';
import { PUBLISHED } from '../spaces/darts/published.js';
import { mean } from '../statistics/spread.js';

export const PROGRESSIVE = 'figures/04-progressive/runs';
const DARTS = 'figures/07-darts-space/runs';
export const TRAININGS = 'figures/08-evaluation/study.json';

export type FinishedRun = Required<Pick<StoredRun, 'manifest' | 'result'>>;

/** All finished runs stored in a folder of the project, by seed. */
export function storedRuns(root: string, folder: string): FinishedRun[] {
  const path = join(root, folder);
  const names = existsSync(path) ? readdirSync(path).sort() : [];
  const runs = names.map((name) => readRun(join(path, name)));
  return runs
    .flatMap(({ manifest, result }) => (result ? [{ manifest, result }] : []))
    .sort((a, b) => a.manifest.config.seed - b.manifest.config.seed);
}

/** What all results of a folder share; every run in it must have the same settings but for the seed. */
function sharedBy(runs: FinishedRun[], folder: string) {
  const settings = runs.map(({ manifest }) => JSON.stringify({ ...manifest.config, seed: 0 }));
  if (new Set(settings).size > 1) throw new Error(`${folder}: runs of different settings lie together`);
  const [{ manifest, result }] = runs;
  const { config, dataset, machine, backend } = manifest;
  const stages = config.stages?.map(({ k, operations }) => `k = ${k} with ${operations} operations`);
  const minutes = mean(runs.map((run) => run.result.seconds)) / 60;
  return {
    seeds: runs.map((run) => run.manifest.config.seed),
    scale: 'laptop' as const,
    dataset: dataset.title.split(' (')[0],
    cost: `${minutes.toFixed(1)} min a search beside other programs: ${backend.engine}, ${backend.threads} thread(s), ${machine.cores} x ${machine.cpu}`,
    settings: `C = ${config.channels}, ${stages?.join(', then ') ?? `k = ${config.k}`}, ${result.steps} steps of batch ${config.batchSize}`,
    manifest: folder,
  };
}

/** NAS-Bench-201 in stages, looked up. */
export function progressiveResults(root: string): MeasuredResult[] {
  const runs = storedRuns(root, PROGRESSIVE).filter(({ result }) => result.lookup);
  if (runs.length === 0) return [];
  const shared = sharedBy(runs, PROGRESSIVE);
  const item = (test: 'cifar10' | 'cifar100', otherExperiment?: string): MeasuredResult => ({
    exhibit: `table1/progressive/${test} test`,
    values: runs.map(({ result }) => result.lookup![test]),
    ...shared,
    ...(otherExperiment ? { otherExperiment } : {}),
  });
  return [item('cifar10'), item('cifar100', 'searched on CIFAR-10, where the paper searched on CIFAR-100')];
}

/** Whether the searches of the DARTS space found the cells that the paper prints. */
export function cellResults(root: string): MeasuredResult[] {
  const runs = storedRuns(root, DARTS);
  const published = PUBLISHED.find(({ name }) => name === 'DrNAS_cifar10')?.genotype;
  if (runs.length === 0 || !published) return [];
  const shared = sharedBy(runs, DARTS);
  return (['normal', 'reduce'] as const).map((cell) => ({
    exhibit: `cells-cifar10/${cell === 'normal' ? 'normal' : 'reduction'}`,
    values: runs.map(({ result }) =>
      JSON.stringify(parseGenotype(result.genotype)[cell]) === JSON.stringify(published[cell]) ? 1 : 0,
    ),
    ...shared,
  }));
}

/** Rows of Table 2 by the name of the genotype that was trained. */
const ROWS: Readonly<Record<string, string>> = {
  DrNAS_cifar10: 'DrNAS',
  DARTS_V2: 'DARTS (2nd order)',
  PC_DARTS_cifar: 'PC-DARTS',
};

/** Test errors of published genotypes, trained from scratch far below the paper's length and width. */
export function trainingResults(root: string): MeasuredResult[] {
  const path = join(root, TRAININGS);
  if (!existsSync(path)) return [];
  const study: EvaluationStudy = JSON.parse(readFileSync(path, 'utf8'));
  const { config, dataset, runs } = study;
  return Object.entries(ROWS).flatMap(([name, row]) => {
    const own = runs.filter(({ architecture, last }) => architecture.name === name && last);
    if (own.length === 0) return [];
    const weights = `${(own[0].parameters! / 1e6).toFixed(3)} M weights`;
    const length = `${config.epochs} epochs of ${config.stepsPerEpoch ?? 'all'} batches of ${config.batchSize}`;
    return [
      {
        exhibit: `table2/${row}/error`,
        values: own.map(({ last }) => 100 * (1 - last!.accuracy)),
        seeds: own.map(({ seed }) => seed),
        scale: 'laptop' as const,
        dataset: dataset.title.split(' (')[0],
        cost: `${(mean(own.map(({ seconds }) => seconds!)) / 60).toFixed(1)} min a training: ${study.backend}, ${study.machine}`,
        settings: `C = ${config.channels}, ${config.cells} cells, ${length}`,
        otherExperiment: `a network of ${weights} after ${length}: it ranks genotypes, if anything, and its error is none of the paper's`,
        manifest: TRAININGS,
      },
    ];
  });
}
