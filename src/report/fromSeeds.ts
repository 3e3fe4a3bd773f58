// The stored seed study as measured values of Table 4 and of the trajectory figure.

import type { MeasuredResult, MeasuredScale } from '../experiments/measured.js';
import type { SeedStudy } from '../experiments/seeds.js';
import { mean } from '../statistics/spread.js';

const TESTS = ['cifar10', 'cifar100', 'imagenet16'] as const;
const TITLES = { cifar10: 'CIFAR-10', cifar100: 'CIFAR-100', imagenet16: 'ImageNet16-120' };
/** Of the samplers that are rows of Table 4. */
const ROWS: Partial<Record<string, string>> = { dirichlet: 'DrNAS', softmax: 'DARTS' };

/** One value a seed; all seeds of the study. `file` is where the study is stored, from the project's root. */
export function seedResults(study: SeedStudy, file: string, notebook: string): MeasuredResult[] {
  const { config, rows, dataset } = study;
  const title = dataset.title.split(' (')[0];
  const searchedOn = TITLES[config.dataset as keyof typeof TITLES] ?? title;
  return [...new Set(rows.map(({ sampler }) => sampler))].flatMap((sampler) => {
    const row = ROWS[sampler];
    const own = rows.filter((r) => r.sampler === sampler && r.lookup);
    if (!row || own.length === 0) return [];
    const minutes = mean(own.map(({ seconds }) => seconds)) / 60;
    return TESTS.flatMap((test) => {
      const shared = {
        values: own.map(({ lookup }) => lookup![test]),
        seeds: own.map(({ seed }) => seed),
        // Settings of no preset are below the paper's: the presets' names are those of scales.
        scale: (config.scale === 'custom' ? 'laptop' : config.scale) as MeasuredScale,
        dataset: title,
        cost: `${minutes.toFixed(1)} min a search: ${study.backend}, ${study.machine}`,
        settings: `C = ${config.channels}, N = ${config.cellsPerStage}, k = ${config.k}, ${own[0].steps} steps of batch ${config.batchSize}`,
        ...(test === config.dataset
          ? {}
          : { otherExperiment: `searched on ${searchedOn}, where the paper searched on ${TITLES[test]}` }),
        ...(sampler === 'softmax' ? { note: 'settings were chosen for DrNAS, not for DARTS' } : {}),
        ...{ notebook, manifest: file },
      };
      const item = { exhibit: `table4/${row}/${test} test`, ...shared };
      return sampler === 'dirichlet'
        ? [item, { exhibit: `trajectory/${test} at the end`, ...shared }]
        : [item];
    });
  });
}
