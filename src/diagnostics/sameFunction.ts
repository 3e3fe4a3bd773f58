// Which architectures are one and the same function under a supernet's shared weights, so that each is evaluated once.
import type { Architecture } from '../spaces/nasbench201/architecture.js';
import { allArchitectures } from '../spaces/nasbench201/officialOrder.js';
import { CONV1, EDGES, edgeIndex, NONE, OPERATIONS, POOL, SKIP } from '../spaces/nasbench201/operations.js';

/** By whose statistics batch norms normalise: those of the images at hand, or the running ones gathered while searching. */
export type NormStatistics = 'batch' | 'running';

/** An architecture's operations as numbers, one an edge. */
export const operationNumbers = (architecture: Architecture): number[] =>
  architecture.map((operation) => OPERATIONS.indexOf(operation));

/**
 * A cell's output as a sum of terms over its input x, under weights that belong to edges. skip hands its source on, pooling is
 * linear and so goes into the sum, a convolution is opaque and carries its edge: it has weights of its own there. Equal texts
 * mean equal functions. What no path from the input reaches is 0 and adds nothing: the batch norm of zeros is 0 by their own
 * statistics. By running ones it is -mean/deviation, so there a convolution of nothing stays as a term.
 */
function cellTerms(operations: readonly number[], statistics: NormStatistics): string[][] {
  const nodes: string[][] = [['x']];
  for (const target of [1, 2, 3]) {
    const terms = nodes.flatMap((sum, source) =>
      edgeTerms(sum, edgeIndex(target, source), operations, statistics),
    );
    nodes.push(terms.sort());
  }
  return nodes;
}

function edgeTerms(
  sum: string[],
  edge: number,
  operations: readonly number[],
  statistics: NormStatistics,
): string[] {
  const operation = operations[edge];
  if (operation === NONE) return [];
  if (operation === SKIP) return sum;
  if (operation === POOL) return sum.map((term) => `pool(${term})`);
  if (sum.length === 0 && statistics === 'batch') return [];
  return [`conv${operation === CONV1 ? 1 : 3}@${edge}(${sum.join('+')})`];
}

/** Which edges add something to the output: 1 for those, 0 for the others. */
export function liveEdges(operations: readonly number[], statistics: NormStatistics): number[] {
  const nodes = cellTerms(operations, statistics);
  const live = new Array<number>(EDGES.length).fill(0);
  const used = [false, false, false, true];
  for (const target of [3, 2, 1]) {
    if (!used[target]) continue;
    for (let source = 0; source < target; source++) {
      const edge = edgeIndex(target, source);
      if (edgeTerms(nodes[source], edge, operations, statistics).length === 0) continue;
      live[edge] = 1;
      used[source] = true;
    }
  }
  return live;
}

/** One function, and who computes it. */
export interface SameFunction {
  /** Operations of the member that is evaluated, `none` on its dead edges. */
  operations: number[];
  /** Official indices of all members. */
  members: number[];
}

/**
 * The architectures in groups of equal functions, in the order in which an evaluation shares most: by the operations on the
 * edges 1<-0, 2<-0, 2<-1, then the others. `merge` false gives every architecture a group of its own (partial channels
 * bypass all operations, `none` too, so that there no edge is dead). `keeps` leaves architectures out.
 */
export function functionGroups(
  statistics: NormStatistics,
  options: { merge?: boolean; keeps?: (operations: readonly number[]) => boolean } = {},
): SameFunction[] {
  const { merge = true, keeps = () => true } = options;
  const groups = new Map<string, SameFunction>();
  allArchitectures().forEach((architecture, index) => {
    const operations = operationNumbers(architecture);
    if (!keeps(operations)) return;
    const live = merge ? liveEdges(operations, statistics) : EDGES.map(() => 1);
    const lean = operations.map((operation, edge) => (live[edge] ? operation : NONE));
    const text = merge ? cellTerms(operations, statistics)[3].join('+') : String(index);
    const group = groups.get(text);
    if (!group) groups.set(text, { operations: lean, members: [index] });
    else {
      group.members.push(index);
      if (leaner(lean, group.operations)) group.operations = lean;
    }
  });
  return [...groups.values()].sort((a, b) => compare(a.operations, b.operations));
}

const compare = (a: readonly number[], b: readonly number[]): number => {
  const edge = a.findIndex((operation, e) => operation !== b[e]);
  return edge < 0 ? 0 : a[edge] - b[edge];
};

/** Fewer operations; of equally many the first in order, so that the choice is a fixed one. */
const leaner = (a: readonly number[], b: readonly number[]): boolean => {
  const count = (operations: readonly number[]) => operations.filter((o) => o !== NONE).length;
  return count(a) - count(b) < 0 || (count(a) === count(b) && compare(a, b) < 0);
};

/** theta [6][5] that puts all weight on an architecture's operations, and the mask that lets only these run. */
export function oneHot(operations: readonly number[]): { theta: number[][]; mask: number[] } {
  const theta = operations.map((operation) => OPERATIONS.map((_, o) => (o === operation ? 1 : 0)));
  return { theta, mask: theta.flat() };
}
