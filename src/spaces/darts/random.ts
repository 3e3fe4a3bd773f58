// A genotype drawn uniformly from all: the baseline that every search has to beat.
import { integer } from '../../random/integer.js';
import type { Stream } from '../../random/stream.js';
import type { Genotype, GenotypeEdge } from './genotype.js';
import { NODES, OPERATIONS, type Operation } from './operations.js';

/**
 * Each node reads two different nodes before it, every pair equally likely, each through an operation drawn from
 * `operations`; all cells are thus equally likely. Edges come in the order of their inputs.
 */
export function randomGenotype(stream: Stream, operations: readonly Operation[] = OPERATIONS): Genotype {
  const cell = () =>
    Array.from({ length: NODES }, (_, node) => {
      const first = integer(stream, node + 2);
      const other = integer(stream, node + 1);
      const second = other < first ? other : other + 1;
      return [Math.min(first, second), Math.max(first, second)].map(
        (input): GenotypeEdge => [operations[integer(stream, operations.length)], input],
      );
    }).flat();
  const concat = Array.from({ length: NODES }, (_, node) => node + 2);
  return { normal: cell(), normalConcat: concat, reduce: cell(), reduceConcat: [...concat] };
}
