// REINFORCE on the table: a softmax an edge, climbed by Adam along (reward - moving average) times the score.
import { architectureIndex } from '../spaces/nasbench201/officialOrder.js';
import { OPERATIONS } from '../spaces/nasbench201/operations.js';
import { adamStep, createMoments } from '../tensor/adam.js';
import { movingAverage } from './baseline.js';
import type { Game } from './game.js';
import { createPolicy, drawPicks, modeOf, scoreOf } from './policy.js';

export interface ReinforceSettings {
  /** Adam's, on the logits. */
  learningRate: number;
  /** Of the moving average that is subtracted from the reward. */
  momentum: number;
  /** The best one seen, or the policy's most likely one, which may never have been asked for. */
  answer: 'best seen' | 'most likely';
}

/**
 * The values of NAS-Bench-201's script (AutoDL-Projects, scripts-search/algos/REINFORCE.sh), whose answer was the most likely
 * one. With its learning rate the policy stays nearly uniform over a hundred steps, so that its mode says little: here the
 * answer is the best one seen, which is at least chosen by a validation accuracy.
 */
export const REINFORCE: ReinforceSettings = { learningRate: 1e-3, momentum: 0.9, answer: 'best seen' };

/** PyTorch's defaults, which that script keeps. */
const ADAM = { betas: [0.9, 0.999] as [number, number] };

/** The official index of operations' numbers, one an edge. */
export const indexOfPicks = (picks: readonly number[]): number =>
  architectureIndex(picks.map((o) => OPERATIONS[o]));

/** Williams (1992). Plays to the end; returns the answer where it is not the best one seen. Rewards are percent. */
export function reinforce(
  { ask, stream }: Game,
  { learningRate, momentum, answer }: ReinforceSettings = REINFORCE,
): number | undefined {
  if (!(learningRate >= 0 && Number.isFinite(learningRate)))
    throw new Error(`learningRate is ${learningRate}, expected a number from 0 up`);
  const logits = createPolicy(stream.split('policy'));
  const moments = createMoments(logits.length);
  const baseline = movingAverage(momentum);
  for (;;) {
    const picks = drawPicks(logits, stream);
    const reward = ask(indexOfPicks(picks));
    if (reward === undefined) break;
    const advantage = reward - baseline.update(reward);
    const descent = scoreOf(logits, picks).map((s) => -advantage * s);
    adamStep(logits, descent, moments, learningRate, ADAM);
  }
  return answer === 'most likely' ? indexOfPicks(modeOf(logits)) : undefined;
}
