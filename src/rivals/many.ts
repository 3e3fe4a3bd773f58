// One rival over the table with many seeds: every answer, the spread of what is reported, and the mean anytime curve.
import { BENCHMARK_DATASETS, type BenchmarkDataset, type PerDataset } from '../benchmarks/nasbench201.js';
import { type Spread, spreadOf } from '../statistics/spread.js';
import {
  anytime,
  type Play,
  type PlayOptions,
  play,
  type Report,
  reportOf,
  type TableRivalName,
} from './play.js';
import type { Reports, Sight } from './sight.js';

export interface RivalRow extends Pick<Play, 'seed' | 'answer' | 'validation'> {
  /** Architectures asked for. */
  queries: number;
  /** Simulated seconds of training; null where the table does not know them. */
  seconds: number | null;
  report: Report;
}

export interface RivalStudy {
  rival: TableRivalName;
  searchOn: BenchmarkDataset;
  /** Epochs of the trainings whose validation accuracy was seen. */
  epochs: 12 | 200;
  rows: RivalRow[];
  /** Of the rows, percent: mean, sample deviation and the 95 % interval of the mean. */
  spread: Record<BenchmarkDataset, { valid: Spread; test: Spread }>;
  /** Mean queries and simulated seconds of a search. */
  cost: { queries: number; seconds: number | null };
  /**
   * Mean test accuracy of the best so far by validation, at each number of queries that every search reached.
   * Its last entry is the answer's only where all searches asked equally often.
   */
  curve: PerDataset[];
}

/** The row of one play. */
export function rivalRow({ seed, answer, validation, asked }: Play, reports: Reports): RivalRow {
  return {
    seed,
    answer,
    validation,
    queries: asked.length,
    seconds: asked[asked.length - 1].seconds,
    report: reportOf(reports, answer),
  };
}

/** As many searches as seeds; each depends on its own seed alone. */
export function playMany(
  rival: TableRivalName,
  sight: Sight,
  reports: Reports,
  { seeds, ...options }: Omit<PlayOptions, 'seed'> & { seeds: readonly number[] },
): RivalStudy {
  if (seeds.length === 0) throw new Error('a study needs at least one seed');
  const rows: RivalRow[] = [];
  let sums: PerDataset[] | undefined;
  for (const seed of seeds) {
    const one = play(rival, sight, { ...options, seed });
    rows.push(rivalRow(one, reports));
    const curve = anytime(one.asked, reports);
    // Only as far as all have come.
    sums = (sums ?? curve.map(() => ({ cifar10: 0, cifar100: 0, imagenet16: 0 })))
      .slice(0, curve.length)
      .map((sum, q) => ({
        cifar10: sum.cifar10 + curve[q].cifar10,
        cifar100: sum.cifar100 + curve[q].cifar100,
        imagenet16: sum.imagenet16 + curve[q].imagenet16,
      }));
  }
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const n = rows.length;
  const spread = Object.fromEntries(
    BENCHMARK_DATASETS.map((set) => [
      set,
      {
        valid: spreadOf(rows.map(({ report }) => report[set].valid)),
        test: spreadOf(rows.map(({ report }) => report[set].test)),
      },
    ]),
  ) as RivalStudy['spread'];
  const seconds = rows.flatMap((row) => (row.seconds === null ? [] : [row.seconds]));
  return {
    rival,
    searchOn: sight.searchOn,
    epochs: sight.epochs,
    rows,
    spread,
    cost: {
      queries: mean(rows.map(({ queries }) => queries)),
      seconds: seconds.length === n ? mean(seconds) : null,
    },
    curve: sums!.map(({ cifar10, cifar100, imagenet16 }) => ({
      cifar10: cifar10 / n,
      cifar100: cifar100 / n,
      imagenet16: imagenet16 / n,
    })),
  };
}
