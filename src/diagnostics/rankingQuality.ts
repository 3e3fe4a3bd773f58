// How well scores of architectures agree with what the architectures really reach.
import { kendallTau } from '../benchmarks/kendall.js';
import { spearman } from './spearman.js';

export interface RankingQuality {
  /** Kendall's tau-b over all architectures, and over the best tenth by the truth. */
  tau: number;
  tauBestTenth: number;
  /** Spearman's rank correlation over all. */
  spearman: number;
  /** What the architecture with the best score reaches, percent; the mean where several share the best score. */
  best: number;
  /** How far that is below the best there is, percentage points. */
  regret: number;
  /** For each k: the share of the truth's best k that are among the scores' best k. By chance it is k / architectures. */
  recall: Record<number, number>;
  /** For each k: percentage points by which the best of the scores' best k is below the best there is. */
  regretOfBest: Record<number, number>;
  /** How many architectures share the best score. */
  tied: number;
  /** Architectures compared: those with a score and a truth. */
  architectures: number;
}

export const RECALL_AT = [1, 5, 20, 100, 500] as const;

/**
 * Agreement of scores (more is better) with the truth, percent. Equal scores are taken in random order, and recall and the
 * regret of the best k are the expectations over it, exact. Equal truths are taken in the official order.
 */
export function rankingQuality(
  scores: ArrayLike<number>,
  truth: ArrayLike<number>,
  at: readonly number[] = RECALL_AT,
): RankingQuality {
  if (scores.length !== truth.length)
    throw new Error(`${scores.length} scores and ${truth.length} accuracies belong to different spaces`);
  const all = Array.from({ length: scores.length }, (_, i) => i).filter(
    (i) => !Number.isNaN(scores[i]) && !Number.isNaN(truth[i]),
  );
  if (all.length < 2)
    throw new Error(`${all.length} architectures have a score and an accuracy: nothing to compare`);
  const pick = (values: ArrayLike<number>, which: number[]) => Float64Array.from(which, (i) => values[i]);
  const byTruth = [...all].sort((a, b) => truth[b] - truth[a] || a - b);
  const byScore = [...all].sort((a, b) => scores[b] - scores[a] || a - b);
  const tenth = byTruth.slice(0, Math.max(2, Math.round(all.length / 10)));
  const optimum = truth[byTruth[0]];
  const tied = byScore.filter((i) => scores[i] === scores[byScore[0]]);
  const best = tied.reduce((sum, i) => sum + truth[i], 0) / tied.length;
  const fits = at.filter((k) => k <= all.length);
  const perK = (value: (k: number) => number) => Object.fromEntries(fits.map((k) => [k, value(k)]));
  return {
    tau: kendallTau(pick(scores, all), pick(truth, all)),
    tauBestTenth: kendallTau(pick(scores, tenth), pick(truth, tenth)),
    spearman: spearman(pick(scores, all), pick(truth, all)),
    best,
    regret: optimum - best,
    recall: perK((k) => expectedRecall(scores, byScore, new Set(byTruth.slice(0, k)), k)),
    regretOfBest: perK((k) => optimum - expectedBestOfTop(scores, truth, byScore, k)),
    tied: tied.length,
    architectures: all.length,
  };
}

/** The scores' best k as a part that is certain and one drawn from those who share the k-th score. */
function topOf(scores: ArrayLike<number>, byScore: readonly number[], k: number) {
  const last = scores[byScore[k - 1]];
  const certain = byScore.filter((i) => scores[i] > last);
  const drawn = byScore.filter((i) => scores[i] === last);
  return { certain, drawn, places: k - certain.length };
}

function expectedRecall(
  scores: ArrayLike<number>,
  byScore: readonly number[],
  wanted: ReadonlySet<number>,
  k: number,
): number {
  const { certain, drawn, places } = topOf(scores, byScore, k);
  const found = (list: readonly number[]) => list.filter((i) => wanted.has(i)).length;
  return (found(certain) + (places / drawn.length) * found(drawn)) / k;
}

/** Expectation of the largest truth among the certain ones and `places` drawn without replacement. */
function expectedBestOfTop(
  scores: ArrayLike<number>,
  truth: ArrayLike<number>,
  byScore: readonly number[],
  k: number,
): number {
  const { certain, drawn, places } = topOf(scores, byScore, k);
  const floor = certain.reduce((best, i) => Math.max(best, truth[i]), Number.NEGATIVE_INFINITY);
  const descending = drawn.map((i) => truth[i]).sort((a, b) => b - a);
  // The j-th best of the drawn list is the best drawn with the probability that it is in and the j better ones are not.
  let expectation = 0;
  let noneYet = 1;
  descending.forEach((value, j) => {
    const inIt = Math.min(1, places / (descending.length - j));
    expectation += noneYet * inIt * Math.max(value, floor);
    noneYet *= 1 - inIt;
  });
  return expectation;
}
