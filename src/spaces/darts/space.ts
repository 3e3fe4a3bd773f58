// The DARTS space as the search sees it.
import type { SearchSpace } from '../space.js';
import { formatGenotype } from './genotype.js';
import { EDGES, NODES, OPERATIONS, type Operation } from './operations.js';
import { genotypeOf } from './readout.js';
import { checkShape, createSupernet, type Supernet, type SupernetShape } from './supernet.js';
import { cellRows, forward } from './supernetForward.js';
import { weightsOf, widenPlan } from './widen.js';

const inputName = (source: number) => (source === 0 ? 'c_{k-2}' : source === 1 ? 'c_{k-1}' : `${source - 2}`);

/** The space with these candidates an edge: the seven of the official code, or the paper's eight with `none`. */
export function dartsSpace(
  operations: readonly Operation[] = OPERATIONS,
): SearchSpace<SupernetShape, Supernet> {
  const edges = EDGES.map(({ node, source }) => `${node}<-${inputName(source)}`);
  return {
    name: 'darts',
    rows: 2 * EDGES.length,
    rowNames: ['normal', 'reduce'].flatMap((cell) => edges.map((edge) => `${cell} ${edge}`)),
    operations,
    checkShape,
    create: createSupernet,
    edgeGroups: [0, EDGES.length].flatMap((start) =>
      Array.from({ length: NODES }, (_, node) =>
        EDGES.flatMap((edge, e) => (edge.node === node ? [start + e] : [])),
      ),
    ),
    cellRows,
    forward,
    genotype: (mixing) => formatGenotype(genotypeOf(mixing, operations)),
    widenPlan,
    weightsOf,
  };
}
