// The NAS-Bench-201 operations and edges, in the order every matrix of the kit uses.

/** Candidate operations of an edge; the column order of alpha, beta and theta (201-space/cell_operations.py:24). */
export const OPERATIONS = ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'] as const;
export type Operation = (typeof OPERATIONS)[number];

export const NONE = 0;
export const SKIP = 1;
export const CONV1 = 2;
export const CONV3 = 3;
export const POOL = 4;

/** The six edges `target<-source` of a cell; the row order of alpha, beta and theta. */
export const EDGES = [
  { target: 1, source: 0 },
  { target: 2, source: 0 },
  { target: 2, source: 1 },
  { target: 3, source: 0 },
  { target: 3, source: 1 },
  { target: 3, source: 2 },
] as const;

/** Names of the edges as the reference's parameters carry them: `1<-0` … `3<-2`. */
export const EDGE_NAMES = EDGES.map(({ target, source }) => `${target}<-${source}`);

/** Row of the edge `target<-source`. */
export function edgeIndex(target: number, source: number): number {
  return (target * (target - 1)) / 2 + source;
}
