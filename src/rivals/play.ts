// Plays one rival over the table: the game on what is seen, the answer fixed, and only then the report.
import type { BenchmarkDataset, PerDataset } from '../benchmarks/nasbench201.js';
import { createStream } from '../random/stream.js';
import { EVOLUTION, type EvolutionSettings, evolution } from './evolution.js';
import { type Asked, type Budget, bestAsked, type Game, openGame } from './game.js';
import { randomSearch } from './randomSearch.js';
import { REINFORCE, type ReinforceSettings, reinforce } from './reinforce.js';
import type { Reports, Sight } from './sight.js';

/** Settings of each rival over the table, with their defaults: the one list of those there are. */
export const TABLE_RIVALS = {
  random: {},
  reinforce: REINFORCE,
  evolution: EVOLUTION,
} as const satisfies Record<string, object>;
export type TableRivalName = keyof typeof TABLE_RIVALS;
export const TABLE_RIVAL_NAMES = Object.keys(TABLE_RIVALS) as TableRivalName[];

export interface PlayOptions {
  seed: number;
  budget: Budget;
  /** Differences to the rival's defaults. */
  settings?: Record<string, unknown>;
}

export interface Play {
  rival: TableRivalName;
  seed: number;
  /** Official index of the answer. */
  answer: number;
  /** What the rival was told about its answer, percent; null where it answers what it never asked for. */
  validation: number | null;
  asked: readonly Asked[];
}

/** The defaults with the differences; refuses a name that the rival does not have and a value of another type. */
export function rivalSettings<T extends object>(defaults: T, given: Record<string, unknown> = {}): T {
  for (const [name, value] of Object.entries(given)) {
    const own = (defaults as Record<string, unknown>)[name];
    if (own === undefined)
      throw new Error(
        `setting ${JSON.stringify(name)} does not exist: use one of ${Object.keys(defaults).join(', ') || '(there is none)'}`,
      );
    if (typeof own !== typeof value)
      throw new Error(`${name} is ${JSON.stringify(value)}, expected a ${typeof own} such as ${own}`);
  }
  return { ...defaults, ...given };
}

function answers(rival: TableRivalName, game: Game, settings: Record<string, unknown>): number | undefined {
  switch (rival) {
    case 'random':
      randomSearch(game);
      return undefined;
    case 'evolution':
      evolution(game, rivalSettings<EvolutionSettings>(EVOLUTION, settings));
      return undefined;
    case 'reinforce': {
      const own = rivalSettings<ReinforceSettings>(REINFORCE, settings);
      if (!['best seen', 'most likely'].includes(own.answer))
        throw new Error(`answer is ${JSON.stringify(own.answer)}, expected "best seen" or "most likely"`);
      return reinforce(game, own);
    }
  }
}

/** One search with one seed. It gets `sight` alone: what is reported of the answer is looked up afterwards, by `reportOf`. */
export function play(
  rival: TableRivalName,
  sight: Sight,
  { seed, budget, settings = {} }: PlayOptions,
): Play {
  if (!(rival in TABLE_RIVALS))
    throw new Error(`there is no rival ${JSON.stringify(rival)}: use one of ${TABLE_RIVAL_NAMES.join(', ')}`);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new Error(`seed is ${seed}, expected an integer of at least 0`);
  rivalSettings(TABLE_RIVALS[rival], settings);
  const game = openGame(sight, budget, createStream(seed, 'rival', rival));
  const own = answers(rival, game, settings);
  const best = bestAsked(game.asked);
  if (!best)
    throw new Error(`a budget of ${budget.seconds} seconds does not pay for one training: give more`);
  if (own === undefined)
    return { rival, seed, answer: best.index, validation: best.validation, asked: game.asked };
  const told = game.asked.find(({ index }) => index === own);
  return { rival, seed, answer: own, validation: told?.validation ?? null, asked: game.asked };
}

/** Accuracies of an architecture in percent after 200 epochs, as Table 4 has its columns. */
export type Report = Record<BenchmarkDataset, { valid: number; test: number }>;

export const reportOf = (reports: Reports, index: number): Report => {
  const of = (set: BenchmarkDataset) => ({
    valid: reports[set].valid[index],
    test: reports[set].test[index],
  });
  return { cifar10: of('cifar10'), cifar100: of('cifar100'), imagenet16: of('imagenet16') };
};

/**
 * The anytime curve: at each query the test accuracies (percent) of the best so far by validation. It does not rise always:
 * a better validation accuracy can have a worse test accuracy, and nobody would know.
 */
export function anytime(asked: readonly Asked[], reports: Reports): PerDataset[] {
  let best: Asked | undefined;
  return asked.map((one) => {
    if (!best || one.validation > best.validation) best = one;
    const { index } = best;
    return {
      cifar10: reports.cifar10.test[index],
      cifar100: reports.cifar100.test[index],
      imagenet16: reports.imagenet16.test[index],
    };
  });
}
