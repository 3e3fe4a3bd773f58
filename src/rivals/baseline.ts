// A moving average of rewards, which a policy gradient subtracts: less variance, the same direction in expectation.

export interface Baseline {
  /** Takes a reward in and returns the average. */
  update(reward: number): number;
  /** Numerator and denominator: all that a checkpoint needs. */
  state(): [number, number];
  restore(state: readonly [number, number]): void;
}

/**
 * The exponential moving average m <- momentum m + (1 - momentum) r, divided by the weight it rests on: unbiased from the
 * first reward on (AutoDL-Projects, exps/algos/reinforce.py has the same). Whoever subtracts it after it took the reward in, as
 * that script does, subtracts a part of the reward itself too: the estimated gradient shrinks by that part, in expectation along
 * itself, and the very first reward teaches nothing.
 */
export function movingAverage(momentum: number): Baseline {
  if (!(momentum >= 0 && momentum < 1))
    throw new Error(`a moving average's momentum is from 0 up to but below 1, got ${momentum}`);
  let [sum, weight] = [0, 0];
  return {
    update(reward) {
      sum = momentum * sum + (1 - momentum) * reward;
      weight = momentum * weight + (1 - momentum);
      return sum / weight;
    },
    state: () => [sum, weight],
    restore([s, w]) {
      [sum, weight] = [s, w];
    },
  };
}
