// How the reference names what this kit packs: rows of running statistics, and the operation that an array belongs to.
import { edgeStride } from '../spaces/darts/cell.js';
import { EDGE_NORMS } from '../spaces/darts/edge.js';
import { EDGES as DARTS_EDGES, OPERATIONS } from '../spaces/darts/operations.js';
import { CONV1, CONV3, EDGE_NAMES } from '../spaces/nasbench201/operations.js';
import type { SearchSpace } from '../spaces/space.js';

export interface ReferenceNames {
  /** Names of a buffer's rows; a buffer of one row has its own name, a row that the reference does not have has none. */
  rows(buffer: string): (string | undefined)[];
  /** Row of alpha and operation of an array by the reference's name; undefined outside of the mixtures. */
  owner(name: string): { row: number; operation: number } | undefined;
}

/** The two buffers of a NAS-Bench-201 search cell hold twelve batch norms each. */
export const nasbench201Names: ReferenceNames = {
  rows(buffer) {
    const packed = buffer.match(/^(cells\.\d+\.edges)\.(running_mean|running_var)$/);
    if (!packed) return [buffer];
    return EDGE_NAMES.flatMap((edge) =>
      [CONV1, CONV3].map((op) => `${packed[1]}.${edge}.${op}.op.2.${packed[2]}`),
    );
  },
  owner(name) {
    const found = name.match(/^cells\.\d+\.edges\.(\d<-\d)\.(\d)\./);
    return found ? { row: EDGE_NAMES.indexOf(found[1]), operation: Number(found[2]) } : undefined;
  },
};

/** The two buffers of a DARTS search cell hold the batch norms of its fourteen edges, nine an edge. */
export function dartsNames(cells: number): ReferenceNames {
  const reductions = [Math.floor(cells / 3), Math.floor((2 * cells) / 3)];
  return {
    rows(buffer) {
      const packed = buffer.match(/^(cells\.(\d+))\.edges\.(running_mean|running_var)$/);
      if (!packed) return [buffer];
      const reduction = reductions.includes(Number(packed[2]));
      return DARTS_EDGES.flatMap(({ source }, edge) =>
        EDGE_NORMS.map(({ operation, name }) => {
          // At stride 1 the skip is the identity and has no batch norm.
          if (operation === 'skip_connect' && edgeStride(source, reduction) === 1) return undefined;
          return `${packed[1]}._ops.${edge}._ops.${OPERATIONS.indexOf(operation as (typeof OPERATIONS)[number])}.${name}.${packed[3]}`;
        }),
      );
    },
    owner(name) {
      const found = name.match(/^cells\.(\d+)\._ops\.(\d+)\._ops\.(\d)\./);
      if (!found) return undefined;
      const [cell, edge, operation] = found.slice(1).map(Number);
      return { row: edge + (reductions.includes(cell) ? DARTS_EDGES.length : 0), operation };
    },
  };
}

/** The names of a space; `cells` is the number of cells of a DARTS supernet. */
export function referenceNames({ name }: SearchSpace, cells: number): ReferenceNames {
  return name === 'nasbench201' ? nasbench201Names : dartsNames(cells);
}
