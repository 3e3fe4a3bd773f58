// A study as text for the terminal: every run, every setting with intervals, and what cannot be distinguished.
import { HEADLINE_CELL } from '../experiments/published.js';
import type { StudyDefinition } from './definition.js';
import { settingName } from './expand.js';
import type { HitRate } from './hitRates.js';
import type { StudyRow } from './rows.js';
import type { StudySummary } from './summary.js';

const TITLES: Record<StudySummary['metric'], string> = {
  cifar10: 'CIFAR-10 test accuracy in NAS-Bench-201 (%)',
  cifar100: 'CIFAR-100 test accuracy in NAS-Bench-201 (%)',
  imagenet16: 'ImageNet16-120 test accuracy in NAS-Bench-201 (%)',
  supernetAccuracy: 'supernet accuracy (%)',
  accuracy: 'test accuracy after the last epoch (%)',
  seconds: 'seconds',
  rankCifar10: 'rank by CIFAR-10 test accuracy among 15,625 (lower is better)',
  rankCifar100: 'rank by CIFAR-100 test accuracy among 15,625 (lower is better)',
  rankImagenet16: 'rank by ImageNet16-120 test accuracy among 15,625 (lower is better)',
  regretCifar10: 'regret on CIFAR-10 in percentage points (lower is better)',
  regretCifar100: 'regret on CIFAR-100 in percentage points (lower is better)',
  regretImagenet16: 'regret on ImageNet16-120 in percentage points (lower is better)',
};

const fixed = (x: number) => x.toFixed(2);
const signed = (x: number) => `${x < 0 ? '−' : '+'}${fixed(Math.abs(x))}`;
const range = (interval: readonly [number, number] | null, digits: (x: number) => string = fixed) =>
  interval ? `[${digits(interval[0])}, ${digits(interval[1])}]` : '–';
const percent = (x: number) => String(Math.round(100 * x));
const hit = (rate: HitRate | undefined) =>
  rate ? `${rate.hits}/${rate.trials} [${percent(rate.low)}, ${percent(rate.high)}]` : '–';

/** Columns as wide as their widest entry. */
function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
}

/** Every run: what it found, and its state where it found nothing. */
export function runLines(rows: readonly StudyRow[], metric: StudySummary['metric']): string[] {
  const head = ['setting', 'seed', TITLES[metric].split(' (')[0], 'cell', 'rank', 'seconds'];
  const lines = rows.map((row) => [
    settingName(row.label),
    String(row.seed),
    row[metric] === undefined ? row.state : fixed(row[metric]!),
    row.index === undefined ? '–' : String(row.index),
    row.rankCifar10 === undefined ? '–' : String(row.rankCifar10),
    row.seconds === undefined ? '–' : row.seconds.toFixed(0),
  ]);
  return aligned([head, ...lines]);
}

/** The whole study. */
export function studyText(study: StudyDefinition, rows: readonly StudyRow[], summary: StudySummary): string {
  const { metric, settings, comparisons } = summary;
  const datasets = [...new Set(rows.flatMap(({ dataset }) => (dataset === undefined ? [] : [dataset])))];
  const lines = [
    `${study.title ?? study.name}: ${TITLES[metric]}; scale ${study.scale ?? 'laptop'}${study.base ? ' with changes' : ''}` +
      `${datasets.length > 0 ? `; ${datasets.join('; ')}` : ''}`,
    '',
    ...runLines(rows, metric),
    '',
    'over the seeds, with 95 % intervals of the mean (Student; bootstrap, BCa) and of hit rates (Wilson, in %):',
    ...aligned([
      [
        ...['setting', 'n', 'mean ± deviation', 'Student', 'bootstrap', 'middle half'],
        ...[`cell ${HEADLINE_CELL.index}`, 'best 5', 'best 20', 'seconds'],
      ],
      ...settings.map(
        ({ label, n, value, meanInterval, interquartileMean, interquartileInterval, hits, seconds }) => [
          settingName(label),
          String(n),
          value ? `${fixed(value.mean)} ± ${value.deviation === null ? '–' : fixed(value.deviation)}` : '–',
          range(value?.interval ?? null),
          range(meanInterval),
          interquartileMean === null ? '–' : `${fixed(interquartileMean)} ${range(interquartileInterval)}`,
          ...[hit(hits?.headline), hit(hits?.best5), hit(hits?.best20)],
          seconds === null ? '–' : seconds.toFixed(0),
        ],
      ),
    ]),
  ];
  const gone = settings.filter(({ diverged, missing }) => diverged + missing > 0);
  for (const { label, diverged, missing } of gone) {
    const parts = [
      ...(diverged ? [`${diverged} diverged`] : []),
      ...(missing ? [`${missing} not finished`] : []),
    ];
    lines.push(`${settingName(label)}: ${parts.join(', ')}, left out above`);
  }
  if (comparisons.length > 0) {
    lines.push(
      '',
      `against ${settingName(comparisons[0].reference)}, paired by seed (no correction for several comparisons):`,
      ...aligned([
        ['setting', 'pairs', 'difference', 'Student', 'bootstrap', 'sign-flip p', 'P(above)', 'verdict'],
        ...comparisons.map(({ label, comparison: c }) => [
          settingName(label),
          String(c.n),
          signed(c.difference.mean),
          range(c.difference.interval, signed),
          range(c.bootstrap, signed),
          `${c.pValue.toFixed(3)} (at least ${c.smallestP.toPrecision(2)})`,
          `${fixed(c.improvement.probability)} ${range(c.improvement.interval)}`,
          c.distinction,
        ]),
      ]),
      'higher or lower only where both intervals of the difference leave 0 out',
    );
  }
  return lines.join('\n');
}
