// Which architectures a published accuracy can be: by its digits, on one or several data sets, and how far noise reaches.
import { formatArchitecture } from '../spaces/nasbench201/architecture.js';
import { architectureAt } from '../spaces/nasbench201/officialOrder.js';
import { TEST_QUESTIONS, type TestSet } from './facts.js';
import { ranks } from './orderStatistics.js';
import { accuracyColumn } from './query.js';
import { imagesOf } from './sets.js';
import type { AccuracyColumn, BenchmarkTable } from './table.js';
import { describeKey } from './table.js';
import { isomorphismClasses } from './topology.js';

/** A number as it stands in a paper. The digits matter: 94.4 is less said than 94.40. */
export interface Reported {
  set: TestSet;
  text: string;
}

export interface Candidate {
  index: number;
  arch: string;
  /** Per reported number: the table's accuracy, its rank, its trainings, and which rounding gives the paper's digits. */
  matches: { set: TestSet; accuracy: number; rank: number; trials: number; by: 'rounded' | 'cut off' }[];
}

/** How trainings of one architecture scatter near a value. */
export interface NoiseBand {
  set: TestSet;
  /** Standard deviation of one training, in points, pooled over the architectures within one point of the value. */
  deviation: number;
  /** Trainings and architectures it is estimated from, and the column, since a table may have single seeds of few sets. */
  trainings: number;
  architectures: number;
  from: string;
  /** Standard error that the size of the test set alone gives, in points. */
  binomial: number;
  /** Half width within which two means of three trainings are not told apart at 95 %: 1.96 x sqrt(2/3) x deviation. */
  halfWidth: number;
  /** Architectures within that of the value, and their ranks. */
  within: number;
  ranks: [number, number] | null;
}

export interface Forensics {
  reported: readonly Reported[];
  /** Architectures that fit every number at once. */
  candidates: Candidate[];
  /** For each number alone: how many fit it. */
  alone: { set: TestSet; text: string; fits: number; indices: number[] }[];
  /** Other columns of the same data set that have such a value: single seeds, validation, 12 epochs. */
  elsewhere: { set: TestSet; column: string; fits: number }[];
  noise: NoiseBand[];
  /** What the digits can't say. */
  unknown: string[];
}

/** Parses `94.36`; refuses what is no accuracy. */
export function reported(set: TestSet, text: string): Reported & { value: number; unit: number } {
  const match = /^(\d{1,3})(?:\.(\d{1,8}))?$/.exec(text.trim());
  const value = match ? Number(match[0]) : Number.NaN;
  if (match === null || value > 100)
    throw new Error(`"${text}" is no accuracy in percent: write it as the paper does, such as 94.36`);
  return { set, text: match[0], value, unit: 10 ** -(match[2]?.length ?? 0) };
}

/** How a value can have become these digits. Half a unit and a little: exact halves are rounded either way. */
function fits(
  accuracy: number,
  { value, unit }: { value: number; unit: number },
): 'rounded' | 'cut off' | undefined {
  if (Math.abs(accuracy - value) <= unit / 2 + 1e-9) return 'rounded';
  return accuracy > value && accuracy < value + unit - 1e-9 ? 'cut off' : undefined;
}

export function forensics(table: BenchmarkTable<'topology'>, numbers: readonly Reported[]): Forensics {
  if (numbers.length === 0) throw new Error('no accuracy is given');
  const given = numbers.map(({ set, text }) => reported(set, text));
  if (new Set(given.map(({ set }) => set)).size < given.length)
    throw new Error('one accuracy for each data set, not two of the same');
  const columns = given.map(({ set }) => {
    const { values, trials } = accuracyColumn(table, TEST_QUESTIONS[set]);
    return { values, trials, rank: ranks(values) };
  });
  const all = Array.from({ length: table.size }, (_, i) => i);
  const alone = given.map((number, n) => {
    const indices = all.filter((i) => fits(columns[n].values[i], number) !== undefined);
    return { set: number.set, text: number.text, fits: indices.length, indices };
  });
  const common = alone[0].indices.filter((i) => alone.every(({ indices }) => indices.includes(i)));
  const candidates = common.map(
    (index): Candidate => ({
      index,
      arch: formatArchitecture(architectureAt(index)),
      matches: given.map((number, n) => ({
        set: number.set,
        accuracy: columns[n].values[index],
        rank: columns[n].rank[index],
        trials: columns[n].trials[index],
        by: fits(columns[n].values[index], number)!,
      })),
    }),
  );
  candidates.sort((a, b) => a.matches[0].rank - b.matches[0].rank || a.index - b.index);
  return {
    reported: given.map(({ set, text }) => ({ set, text })),
    candidates,
    alone,
    elsewhere: given.flatMap((number) => elsewhere(table, number)),
    noise: given.map((number, n) => noiseBand(table, number, columns[n])),
    unknown: limits(candidates, given.length),
  };
}

/** Evaluations of the same data set (cifar10-valid belongs to CIFAR-10) other than the one that papers report. */
function elsewhere(table: BenchmarkTable<'topology'>, number: { set: TestSet; value: number; unit: number }) {
  const asked = TEST_QUESTIONS[number.set];
  return table.accuracies
    .filter((c) => c.split !== 'train' && (c.dataset === number.set || c.dataset === `${number.set}-valid`))
    .filter(
      (c) =>
        !(c.dataset === asked.dataset && c.split === asked.split && c.epochs === 200 && c.seed === 'mean'),
    )
    .map((c) => {
      let count = 0;
      for (let i = 0; i < c.right.length; i++) {
        if (c.right[i] >= 0 && fits((100 * c.right[i]) / (c.images * c.trials[i]), number) !== undefined)
          count++;
      }
      return { set: number.set, column: describeKey(c), fits: count };
    })
    .filter(({ fits: count }) => count > 0);
}

function noiseBand(
  table: BenchmarkTable<'topology'>,
  { set, value }: { set: TestSet; value: number },
  { values, rank }: { values: Float64Array; rank: Int32Array },
): NoiseBand {
  const asked = TEST_QUESTIONS[set];
  const singles = singleSeeds(table, set, asked.split);
  let squares = 0;
  let freedom = 0;
  let architectures = 0;
  let trainings = 0;
  for (let i = 0; i < table.size; i++) {
    if (!(Math.abs(values[i] - value) <= 1)) continue;
    const trials = singles.filter((c) => c.right[i] >= 0).map((c) => (100 * c.right[i]) / c.images);
    if (trials.length < 2) continue;
    const mean = trials.reduce((a, b) => a + b, 0) / trials.length;
    squares += trials.reduce((sum, t) => sum + (t - mean) ** 2, 0);
    freedom += trials.length - 1;
    trainings += trials.length;
    architectures++;
  }
  const deviation = freedom > 0 ? Math.sqrt(squares / freedom) : Number.NaN;
  const halfWidth = 1.959963984540054 * Math.sqrt(2 / 3) * deviation;
  const near = Array.from(rank).filter((_, i) => Math.abs(values[i] - value) <= halfWidth);
  const images = imagesOf(asked.dataset, asked.split)!;
  const share = value / 100;
  return {
    set,
    deviation,
    trainings,
    architectures,
    from:
      singles.length > 0 ? `${singles[0].dataset}, ${singles[0].split}` : 'no single trainings in the table',
    binomial: 100 * Math.sqrt((share * (1 - share)) / images),
    halfWidth,
    within: near.length,
    ranks:
      near.length > 0 ? [near.reduce((a, b) => Math.min(a, b)), near.reduce((a, b) => Math.max(a, b))] : null,
  };
}

/** Columns of single seeds at 200 epochs: of the set itself, else of another set of the data set, else of cifar10-valid. */
function singleSeeds(table: BenchmarkTable<'topology'>, set: TestSet, split: string): AccuracyColumn[] {
  const single = table.accuracies.filter((c) => c.epochs === 200 && c.seed !== 'mean' && c.split !== 'train');
  for (const [dataset, wanted] of [
    [set, split],
    [set, 'ori-test'],
    [set, 'x-valid'],
    [`${set}-valid`, 'ori-test'],
    [`${set}-valid`, 'x-valid'],
  ]) {
    const found = single.filter((c) => c.dataset === dataset && c.split === wanted);
    if (found.length > 1) return found;
  }
  return [];
}

function limits(candidates: readonly Candidate[], count: number): string[] {
  const lines = [
    'whether the number was read from a table or trained anew: a new training lands anywhere in the noise band',
    "numbers of other versions of the benchmark's files: where trainings were added, means changed",
  ];
  if (candidates.length === 0) {
    lines.push(
      count > 1
        ? 'why no single cell fits all: often a row of one search per data set, or a mean over several searches'
        : 'why no cell fits: a mean over several searches, a training of its own, or another evaluation',
    );
  }
  if (candidates.length > 0) {
    const classes = isomorphismClasses();
    const size = classes.members(classes.classOf[candidates[0].index]).length;
    if (size > 1)
      lines.push(
        `which of the ${size} isomorphic cells of the class of ${candidates[0].index} was meant: they compute the same, but each has trainings of its own`,
      );
  }
  return lines;
}
