// The stored seed study as Markdown, for the README: every seed, then means and what needs no search.
import { type SeedStudy, spread } from '../experiments/seeds.js';

const TESTS = ['cifar10', 'cifar100', 'imagenet16'] as const;
const METHODS: Record<string, string> = {
  dirichlet: 'DrNAS',
  'dirichlet-mean': 'Dirichlet mean, not sampled',
  softmax: 'DARTS (softmax, first order)',
};

const row = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`;

/** Test accuracies in percent, looked up in the table; the study's conditions are in the line above. */
export function seedTable(study: SeedStudy): string {
  const { config, rows, baselines, dataset } = study;
  const lines = [
    `${dataset.title.split(' (')[0]}, C = ${config.channels}, N = ${config.cellsPerStage}, k = ${config.k}, ` +
      `${rows[0].steps} steps of batch ${config.batchSize}; ${study.backend}; ${study.machine}; ${study.date}.`,
    '',
    row([
      'method',
      'seed',
      'final cell (index)',
      'CIFAR-10',
      'CIFAR-100',
      'ImageNet16-120',
      'rank',
      'regret',
      'seconds',
    ]),
    row(['---', '---:', '---', '---:', '---:', '---:', '---:', '---:', '---:']),
  ];
  for (const { sampler, seed, lookup, seconds } of rows) {
    const accuracies = TESTS.map((name) => lookup?.[name].toFixed(2) ?? '–');
    const standing = lookup ? [lookup.rank.cifar10, lookup.regret.cifar10.toFixed(2)] : ['–', '–'];
    lines.push(
      row([METHODS[sampler], seed, lookup?.index ?? '–', ...accuracies, ...standing, Math.round(seconds)]),
    );
  }
  for (const sampler of new Set(rows.map((r) => r.sampler))) {
    const own = rows.filter((r) => r.sampler === sampler);
    const means = TESTS.map((name) => {
      const s = spread(own, name);
      return s ? `**${s.mean.toFixed(2)} ± ${s.deviation.toFixed(2)}**` : '–';
    });
    lines.push(
      row([`**${METHODS[sampler]}**`, `all ${own.length}`, 'mean ± deviation', ...means, '', '', '']),
    );
  }
  const level = (name: string, values: Record<(typeof TESTS)[number], number>) =>
    lines.push(row([name, '', '', ...TESTS.map((test) => values[test].toFixed(2)), '', '', '']));
  if (baselines) {
    level('3x3 convolutions only, no search', baselines.allConv3x3);
    level('mean of all 15,625', baselines.random);
    level('best of 10 random (exact expectation)', baselines.bestOf10);
    level('best of 100 random (exact expectation)', baselines.bestOf100);
  }
  return lines.join('\n');
}
