// Several architectures with several seeds under equal settings: what the runs were, and what may be concluded.
import { pairedDifferences } from '../statistics/comparison.js';
import { type Spread, spreadOf } from '../statistics/spread.js';
import type { EvaluationConfig } from './config.js';
import type { Scores } from './events.js';
import type { FoundArchitecture } from './network.js';

export interface StudyRun {
  architecture: FoundArchitecture;
  seed: number;
  /** Relative to the study's folder. */
  folder: string;
  /** Why there are no results: the training diverged. */
  diverged?: string;
  last?: Scores;
  best?: { accuracy: number; epoch: number };
  trainLoss?: number;
  trainAccuracy?: number;
  steps?: number;
  seconds?: number;
  parameters?: number;
  multiplyAdds?: number;
  weightsSha256?: string;
}

/** One architecture over its seeds, in percent; of the accuracy after the last epoch, never of a best one. */
export interface StudySummary {
  name: string;
  text: string;
  last: Spread | null;
  diverged: number;
}

/** First minus second in percentage points, over the seeds that both have: Student's interval of the paired differences. */
export interface StudyDifference {
  first: string;
  second: string;
  difference: Spread;
}

export interface EvaluationStudy {
  format: 'drnas-evaluation-study-1';
  /** Settings that all runs share; the seed stands beside each run. */
  config: Omit<EvaluationConfig, 'seed'>;
  dataset: { name: string; title: string; checksum: string; notes: string[] };
  backend: string;
  machine: string;
  commit: string;
  date: string;
  runs: StudyRun[];
  summaries: StudySummary[];
  differences: StudyDifference[];
}

/** Summaries of each architecture and differences of each pair, in the order of the runs. */
export function summarise(runs: StudyRun[]): Pick<EvaluationStudy, 'summaries' | 'differences'> {
  const names = [...new Set(runs.map((run) => run.architecture.name))];
  const accuracies = (name: string) =>
    new Map(
      runs
        .filter((run) => run.architecture.name === name && run.last)
        .map((run) => [run.seed, 100 * run.last!.accuracy]),
    );
  const summaries = names.map((name) => {
    const own = runs.filter((run) => run.architecture.name === name);
    const values = [...accuracies(name).values()];
    return {
      name,
      text: own[0].architecture.text,
      last: values.length ? spreadOf(values) : null,
      diverged: own.filter((run) => run.diverged !== undefined).length,
    };
  });
  const differences = names.flatMap((first, i) =>
    names.slice(i + 1).flatMap((second) => {
      const paired = pairedDifferences(accuracies(first), accuracies(second));
      return paired.length === 0 ? [] : [{ first, second, difference: spreadOf(paired) }];
    }),
  );
  return { summaries, differences };
}

const points = (value: number) => value.toFixed(2);
const signed = (value: number) => `${value < 0 ? '−' : '+'}${points(Math.abs(value))}`;

/** Whether an interval leaves 0 out, in words; from a single seed nothing follows. */
function verdict({ interval }: Spread): string {
  if (!interval) return 'one seed: nothing follows';
  return interval[0] <= 0 && interval[1] >= 0 ? 'within noise' : 'differs';
}

/** The study as text: conditions, every run, means, differences. */
export function studyTable(study: EvaluationStudy): string {
  const { config, runs, summaries, differences, dataset } = study;
  const lines = [
    `${dataset.title}; ${config.recipe} recipe at scale ${config.scale}: C = ${config.channels}, ${config.cells} cells, ` +
      `${config.epochs} epochs of ${config.stepsPerEpoch ?? 'all'} batches of ${config.batchSize}; ${study.backend}; ${study.machine}`,
    '',
    'architecture | seed | test accuracy, last epoch (%) | best epoch (%, chosen on the test set) | parameters | seconds',
  ];
  for (const { architecture, seed, diverged, last, best, parameters, seconds } of runs) {
    const cells = last
      ? [
          points(100 * last.accuracy),
          `${points(100 * best!.accuracy)} (${best!.epoch})`,
          String(parameters),
          seconds!.toFixed(0),
        ]
      : [`diverged: ${diverged}`];
    lines.push([architecture.name, seed, ...cells].join(' | '));
  }
  lines.push('', 'mean ± sample deviation over seeds, last epoch:');
  for (const { name, last, diverged } of summaries) {
    const value = last
      ? `${points(last.mean)} ± ${last.deviation === null ? '–' : points(last.deviation)} % (n = ${last.n})`
      : 'no result';
    lines.push(`${name}: ${value}${diverged ? `, ${diverged} run(s) diverged` : ''}`);
  }
  if (differences.length > 0)
    lines.push(
      '',
      "differences in percentage points, paired by seed, with Student's 95 % interval (no correction for several comparisons):",
    );
  for (const { first, second, difference } of differences) {
    const interval = difference.interval
      ? ` [${signed(difference.interval[0])}, ${signed(difference.interval[1])}]`
      : '';
    lines.push(`${first} − ${second}: ${signed(difference.mean)}${interval} ${verdict(difference)}`);
  }
  return lines.join('\n');
}
