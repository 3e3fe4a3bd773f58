// Baselines of the score-function gradient: what is taken off a loss before it multiplies the score.

/** auto: leave-one-out where a step draws several samples, the moving average where it draws one. */
export const SCORE_BASELINES = ['auto', 'moving-average', 'none'] as const;
export type ScoreBaseline = (typeof SCORE_BASELINES)[number];

/** The moving average of losses: `mean` is the decayed sum, not yet divided by 1 - DECAY^count. */
export interface MovingAverage {
  mean: number;
  count: number;
}

/** Weight of the past in the moving average. */
export const DECAY = 0.9;

/** The average of the losses so far, or undefined before the first. */
export const averageOf = ({ mean, count }: MovingAverage): number | undefined =>
  count > 0 ? mean / (1 - DECAY ** count) : undefined;

/** The average with one more loss. */
export const withLoss = ({ mean, count }: MovingAverage, loss: number): MovingAverage => ({
  mean: DECAY * mean + (1 - DECAY) * loss,
  count: count + 1,
});

/**
 * What each sample's score is multiplied by: its loss less a baseline that does not depend on the sample, so that the estimator
 * stays unbiased. Leave-one-out (Kool et al. 2019): the mean of the step's other losses. Moving average: of the losses of the
 * steps before; the very first step has none, and its advantage is 0, so alpha rests.
 */
export function advantages(losses: readonly number[], kind: ScoreBaseline, average: MovingAverage): number[] {
  if (kind === 'none') return [...losses];
  if (kind === 'auto' && losses.length > 1) {
    const total = losses.reduce((a, b) => a + b, 0);
    return losses.map((loss) => loss - (total - loss) / (losses.length - 1));
  }
  const past = averageOf(average);
  return losses.map((loss) => (past === undefined ? 0 : loss - past));
}
