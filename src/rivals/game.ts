// A search over the table as a game of questions: each costs one query and the seconds of a training, until a budget is spent.
import { integer } from '../random/integer.js';
import type { Stream } from '../random/stream.js';
import { ARCHITECTURE_COUNT } from '../spaces/nasbench201/officialOrder.js';
import type { Sight } from './sight.js';

/** What a search may spend; at least one of the two. */
export interface Budget {
  /** Architectures asked for; asking for the same one again costs again, as training it again would. */
  queries?: number;
  /** Simulated seconds of training on the benchmark's GPU. A question that would exceed them is not answered. */
  seconds?: number;
}

/** One answered question. */
export interface Asked {
  /** Official index. */
  index: number;
  /** Percent. */
  validation: number;
  /** Simulated seconds spent so far, this training included; null where the table does not know them. */
  seconds: number | null;
}

/** What a rival holds: it can ask, and look at what it was told. Test accuracies are not within its reach. */
export interface Game {
  /** Validation accuracy in percent, or undefined when the budget is spent: then the game is over. */
  ask(index: number): number | undefined;
  readonly asked: readonly Asked[];
  readonly stream: Stream;
}

export function checkBudget({ queries, seconds }: Budget, sight: Pick<Sight, 'seconds' | 'searchOn'>): void {
  if (queries === undefined && seconds === undefined)
    throw new Error('a search over the table needs a budget: queries, seconds or both');
  if (queries !== undefined && !(Number.isInteger(queries) && queries >= 1))
    throw new Error(`a budget of ${queries} queries: expected a whole number of at least 1`);
  if (seconds === undefined) return;
  if (!(seconds > 0 && Number.isFinite(seconds)))
    throw new Error(`a budget of ${seconds} seconds: expected more than 0`);
  if (sight.seconds === null)
    throw new Error(
      `the table does not know how long trainings on ${sight.searchOn} took: give the budget in queries`,
    );
}

/** A game that nobody has asked in yet. */
export function openGame(sight: Sight, budget: Budget, stream: Stream): Game {
  checkBudget(budget, sight);
  const { queries = Infinity, seconds = Infinity } = budget;
  const asked: Asked[] = [];
  let spent = 0;
  let over = false;
  return {
    asked,
    stream,
    ask(index) {
      if (!Number.isInteger(index) || index < 0 || index >= sight.validation.length)
        throw new Error(
          `architecture index ${index} does not exist: use 0 to ${sight.validation.length - 1}`,
        );
      const cost = sight.seconds?.[index] ?? 0;
      over ||= asked.length >= queries || spent + cost > seconds;
      if (over) return undefined;
      spent += cost;
      const validation = sight.validation[index];
      asked.push({ index, validation, seconds: sight.seconds ? spent : null });
      return validation;
    },
  };
}

/** The one with the best validation accuracy of those asked for; of equals the first. */
export function bestAsked(asked: readonly Asked[]): Asked | undefined {
  return asked.reduce<Asked | undefined>(
    (best, one) => (best && best.validation >= one.validation ? best : one),
    undefined,
  );
}

/** The official index of one of all architectures, each equally likely. */
export const anyArchitecture = (stream: Stream): number => integer(stream, ARCHITECTURE_COUNT);
