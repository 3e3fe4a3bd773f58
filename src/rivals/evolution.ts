// Regularised (ageing) evolution: the best of a small sample has a child, and the oldest dies, however good it is.
import { integer } from '../random/integer.js';
import type { Stream } from '../random/stream.js';
import { architectureAt, architectureIndex } from '../spaces/nasbench201/officialOrder.js';
import { EDGES, OPERATIONS } from '../spaces/nasbench201/operations.js';
import { type Asked, anyArchitecture, type Game } from './game.js';

export interface EvolutionSettings {
  /** How many live at once. */
  population: number;
  /** How many compete for a child, drawn with replacement. */
  sampleSize: number;
}

/** As in NATS-Bench's call of its script (exps/NATS-algos/regularized_ea.py); Real et al. (2019) used 100 and 25 in a far larger space. */
export const EVOLUTION: EvolutionSettings = { population: 10, sampleSize: 3 };

/** Another operation on one edge, each of the 24 neighbours equally likely. Official indices. */
export function mutate(index: number, stream: Stream): number {
  const architecture = architectureAt(index);
  const others = OPERATIONS.length - 1;
  const which = integer(stream, EDGES.length * others);
  const edge = Math.floor(which / others);
  const choices = OPERATIONS.filter((operation) => operation !== architecture[edge]);
  return architectureIndex(architecture.map((own, e) => (e === edge ? choices[which % others] : own)));
}

/** Real, Aggarwal, Huang & Le (2019), algorithm 1. Plays to the end; the answer is the best one ever seen. */
export function evolution(
  { ask, asked, stream }: Game,
  { population: size, sampleSize }: EvolutionSettings = EVOLUTION,
): void {
  for (const [name, value] of Object.entries({ population: size, sampleSize })) {
    if (!(Number.isInteger(value) && value >= 1))
      throw new Error(`${name} is ${value}, expected a whole number of at least 1`);
  }
  /** Oldest first. */
  const population: Asked[] = [];
  const live = (index: number): boolean => {
    if (ask(index) === undefined) return false;
    population.push(asked[asked.length - 1]);
    return true;
  };
  while (population.length < size) if (!live(anyArchitecture(stream))) return;
  for (;;) {
    let parent = population[integer(stream, size)];
    for (let i = 1; i < sampleSize; i++) {
      const other = population[integer(stream, size)];
      if (other.validation > parent.validation) parent = other;
    }
    if (!live(mutate(parent.index, stream))) return;
    population.shift();
  }
}
