// The genotype of mixing weights: two edges a node by their strongest operation (DARTS-space/model_search.py:227-261).
import type { Genotype, GenotypeEdge } from './genotype.js';
import { EDGES, NODES, type Operation } from './operations.js';

/**
 * Per node the two incoming edges with the largest weight of any operation but `none`, strongest first, each with that operation.
 * `mixing` [28][operations]: rows of the normal cell, then of the reduction cell. Which edges win depends on what the weights
 * are: softmax(alpha) as in the official code, or the Dirichlet's mean as in the paper; the operation on an edge does not,
 * for both grow with alpha. Ties go to the edge and the operation that comes first.
 */
export function genotypeOf(mixing: number[][], operations: readonly Operation[]): Genotype {
  if (mixing.length !== 2 * EDGES.length || mixing.some((row) => row.length !== operations.length)) {
    throw new Error(
      `a genotype is read from ${2 * EDGES.length} rows of ${operations.length} weights, got ${mixing.length} rows of ${mixing.map((row) => row.length)}`,
    );
  }
  const concat = Array.from({ length: NODES }, (_, node) => node + 2);
  return {
    normal: cellOf(mixing.slice(0, EDGES.length), operations),
    normalConcat: concat,
    reduce: cellOf(mixing.slice(EDGES.length), operations),
    reduceConcat: concat,
  };
}

function cellOf(rows: number[][], operations: readonly Operation[]): GenotypeEdge[] {
  const strongest = rows.map((row) =>
    row.reduce(
      (best, weight, column) =>
        operations[column] !== 'none' && weight > best.weight
          ? { operation: operations[column], weight }
          : best,
      { operation: operations.find((operation) => operation !== 'none')!, weight: Number.NEGATIVE_INFINITY },
    ),
  );
  return Array.from({ length: NODES }, (_, node) =>
    EDGES.map(({ node: target, source }, edge) => ({ target, source, ...strongest[edge] }))
      .filter(({ target }) => target === node)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, 2)
      .map(({ operation, source }): GenotypeEdge => [operation, source]),
  ).flat();
}
