// Random search: architectures drawn uniformly, with replacement, until the budget is spent.
import { anyArchitecture, type Game } from './game.js';

/** Plays to the end. The answer is the best one seen: orderStatistics' law of best-of-n holds exactly for it. */
export function randomSearch({ ask, stream }: Game): void {
  while (ask(anyArchitecture(stream)) !== undefined);
}
