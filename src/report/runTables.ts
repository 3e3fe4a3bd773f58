// The README's tables of what is stored: progressive searches, memory by k, and genotypes trained from scratch.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvaluationStudy } from '../evaluation/study.js';
import type { MemoryTable } from '../experiments/memory.js';
import { spreadOf } from '../statistics/spread.js';
import { storedRuns } from './fromRuns.js';

const table = (headings: string[], rows: string[][]) =>
  [headings, headings.map((_, i) => (i ? '---:' : '---')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

const spread = (values: number[], unit = '') => {
  const { mean, deviation, n } = spreadOf(values);
  return `${mean.toFixed(2)} ± ${deviation === null ? '–' : deviation.toFixed(2)}${unit} (n = ${n})`;
};

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;

/** Progressive searches of NAS-Bench-201 in `folder`, a row a seed, with the jump at the stage boundary. */
export function progressiveTable(root: string, folder: string): string {
  const runs = storedRuns(root, folder).filter(({ result }) => result.lookup);
  if (runs.length === 0) return '';
  const { config, dataset } = runs[0].manifest;
  const rows = runs.map(({ manifest, result }) => {
    const { index, cifar10, cifar100, imagenet16, rank } = result.lookup!;
    const jump = result.stages?.[0]?.jump;
    const losses = [jump?.before, jump?.pruned, jump?.widened].map((q) => (q ? q.loss.toFixed(2) : '–'));
    return [
      ...[String(manifest.config.seed), String(index)],
      ...[cifar10, cifar100, imagenet16].map((a) => a.toFixed(2)),
      ...[String(rank.cifar10), losses.join(' → '), result.seconds.toFixed(0)],
    ];
  });
  const stages = config.stages!.map(
    ({ k, operations, epochs, frozenEpochs }) =>
      `k = ${k} with ${operations} operations for ${epochs} epochs (α rests for ${frozenEpochs})`,
  );
  const mean = spread(
    runs.map(({ result }) => result.lookup!.cifar10),
    ' %',
  );
  const headings = [
    'seed',
    'cell',
    'CIFAR-10',
    'CIFAR-100',
    'ImageNet16-120',
    'rank',
    'loss at the boundary',
    'seconds',
  ];
  return [
    `NAS-Bench-201 in stages, ${dataset.title.split(' (')[0]}, C = ${config.channels}, N = ${config.cellsPerStage}: ${stages.join(', then ')}; epochs of ${config.stepsPerEpoch} steps of batch ${config.batchSize}. CIFAR-10 test accuracy ${mean}. The boundary: validation loss before it, with two operations pruned, and widened.`,
    '',
    table(headings, rows),
  ].join('\n');
}

/** Peak memory of a search step by k, for each space that `drnas memory --json` was stored for, in one file. */
export function memoryTable(root: string, file: string): string {
  const path = join(root, file);
  if (!existsSync(path)) return '';
  const measured: MemoryTable[] = JSON.parse(readFileSync(path, 'utf8'));
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  const names = { nasbench201: 'NAS-Bench-201', darts: 'DARTS space' };
  const of = measured.map(({ options, rows }) => {
    const name = names[options.space ?? 'nasbench201'];
    const first = rows.find((row) => !('error' in row));
    return {
      what: `${name}: C = ${options.channels}, ${options.cells} cells${options.space === 'darts' ? '' : ' a stage'}, batch ${options.batchSize}`,
      heading: name,
      cell: (k: number) => {
        const row = rows.find((r) => r.k === k);
        if (!row || 'error' in row || !first || 'error' in first) return '–';
        const share = Math.round((100 * row.poolPeakBytes!) / first.poolPeakBytes!);
        return `${mib(row.poolPeakBytes!)} (${share} %), ${mib(row.peakResidentBytes)}`;
      },
    };
  });
  const ks = measured[0].rows.map(({ k }) => k);
  return [
    `Peak memory of one search step in MiB, by k: tensors (and their share of those at k = 1), whole process; ${measured[0].engine}, 32x32 images, one stage. ${of.map(({ what }) => what).join('; ')}; 48 channels, so that every k divides them.`,
    '',
    table(
      ['k', ...of.map(({ heading }) => heading)],
      ks.map((k) => [String(k), ...of.map(({ cell }) => cell(k))]),
    ),
  ].join('\n');
}

/** Trainings from scratch under equal settings, means over seeds and paired differences. */
export function trainingTable(root: string, file: string): string {
  const path = join(root, file);
  if (!existsSync(path)) return '';
  const { config, dataset, runs, summaries, differences, backend, machine }: EvaluationStudy = JSON.parse(
    readFileSync(path, 'utf8'),
  );
  const rows = summaries.map(({ name, last }) => {
    const own = runs.filter(({ architecture }) => architecture.name === name);
    const { parameters, multiplyAdds } = own[0];
    return [
      name,
      last ? spread(own.flatMap((run) => (run.last ? [100 * run.last.accuracy] : []))) : 'diverged',
      own.map(({ last: scores }) => (scores ? (100 * scores.accuracy).toFixed(2) : '–')).join(' / '),
      `${(parameters! / 1e3).toFixed(0)} k`,
      `${(multiplyAdds! / 1e6).toFixed(1)} M`,
    ];
  });
  const apart = differences.filter(
    ({ difference: { interval } }) => interval && (interval[0] > 0 || interval[1] < 0),
  );
  const said = apart.map(
    ({ first, second, difference: { mean, interval } }) =>
      `${first} − ${second} ${signed(mean)} [${signed(interval![0])}, ${signed(interval![1])}]`,
  );
  return [
    `Trained from scratch, ${dataset.title.split(' (')[0]}, C = ${config.channels}, ${config.cells} cells, ${config.epochs} epochs of ${config.stepsPerEpoch ?? 'all'} batches of ${config.batchSize}, test accuracy after the last epoch; ${backend}; ${machine}.`,
    '',
    table(['genotype', 'test accuracy, %', 'by seed', 'weights', 'multiply-adds'], rows),
    '',
    `${differences.length} paired differences, Student's 95 % interval over ${runs.length / summaries.length} seeds, no correction for several comparisons. Not within noise: ${said.length ? `${said.join('; ')} points` : 'none'}. All others cannot be distinguished at this scale.`,
  ].join('\n');
}
