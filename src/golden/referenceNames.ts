// How the reference names what this kit packs: rows of running statistics, and the operation that an array belongs to.
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

/** The names of a space; `cells` is the number of cells of a DARTS supernet. */
export function referenceNames({ name }: SearchSpace, _cells: number): ReferenceNames {
  if (name === 'nasbench201') return nasbench201Names;
  throw new Error(`there are no reference names for the space ${name}`);
}
