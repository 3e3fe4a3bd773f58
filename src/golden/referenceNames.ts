// How the reference names what this kit packs: rows of running statistics, and the operation that an array belongs to.
import { EDGE_NORMS } from '../spaces/darts/edge.js';
import { isReduction } from '../spaces/darts/networkShape.js';
import { EDGES as DARTS_EDGES, edgeStride } from '../spaces/darts/operations.js';
import { CONV1, CONV3, EDGE_NAMES } from '../spaces/nasbench201/operations.js';
import type { SearchSpace } from '../spaces/space.js';

export interface ReferenceNames {
  /** Names of a buffer's rows; a buffer of one row has its own name, a row that the reference does not have has none. */
  rows(buffer: string): (string | undefined)[];
  /** Row of alpha and operation of an array by the reference's name; undefined outside of the mixtures. */
  owner(name: string): { row: number; operation: number } | undefined;
}

/** The twelve convolutions with their batch norms below `prefix`, in the order of a NAS-Bench-201 cell's packed rows. */
export const nasbench201Rows = (prefix: string): string[] =>
  EDGE_NAMES.flatMap((edge) => [CONV1, CONV3].map((op) => `${prefix}.${edge}.${op}.op`));

/** The batch norms below `prefix` of a DARTS cell's packed rows, nine an edge; at stride 1 the skip is the identity and has none. */
export const dartsRows = (
  prefix: string,
  reduction: boolean,
  operations: readonly string[],
): (string | undefined)[] =>
  DARTS_EDGES.flatMap(({ source }, edge) =>
    EDGE_NORMS.map(({ operation, name }) =>
      operation === 'skip_connect' && edgeStride(source, reduction) === 1
        ? undefined
        : `${prefix}_ops.${edge}._ops.${operations.indexOf(operation)}.${name}`,
    ),
  );

/** The two buffers of a NAS-Bench-201 search cell hold twelve batch norms each. */
const nasbench201Names: ReferenceNames = {
  rows(buffer) {
    const packed = buffer.match(/^(cells\.\d+\.edges)\.(running_mean|running_var)$/);
    return packed ? nasbench201Rows(packed[1]).map((name) => `${name}.2.${packed[2]}`) : [buffer];
  },
  owner(name) {
    const found = name.match(/^cells\.\d+\.edges\.(\d<-\d)\.(\d)\./);
    return found ? { row: EDGE_NAMES.indexOf(found[1]), operation: Number(found[2]) } : undefined;
  },
};

/** The two buffers of a DARTS search cell hold the batch norms of its fourteen edges. */
function dartsNames(cells: number, operations: readonly string[]): ReferenceNames {
  return {
    rows(buffer) {
      const packed = buffer.match(/^(cells\.(\d+)\.)edges\.(running_mean|running_var)$/);
      if (!packed) return [buffer];
      const [, prefix, cell, suffix] = packed;
      const rows = dartsRows(prefix, isReduction(Number(cell), { cells }), operations);
      return rows.map((name) => name && `${name}.${suffix}`);
    },
    owner(name) {
      const found = name.match(/^cells\.(\d+)\._ops\.(\d+)\._ops\.(\d)\./);
      if (!found) return undefined;
      const [cell, edge, operation] = found.slice(1).map(Number);
      return { row: edge + (isReduction(cell, { cells }) ? DARTS_EDGES.length : 0), operation };
    },
  };
}

/** The names of a space; `cells` is the number of cells of a DARTS supernet. */
export function referenceNames({ name, operations }: SearchSpace, cells: number): ReferenceNames {
  return name === 'nasbench201' ? nasbench201Names : dartsNames(cells, operations);
}
