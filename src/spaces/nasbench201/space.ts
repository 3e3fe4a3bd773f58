// NAS-Bench-201 as the search sees it.
import type { SearchSpace } from '../space.js';
import { formatArchitecture, genotypeOf } from './architecture.js';
import { EDGE_NAMES, EDGES, OPERATIONS } from './operations.js';
import {
  cellRows,
  checkShape,
  createSupernet,
  forward,
  type Supernet,
  type SupernetShape,
} from './supernet.js';
import { weightsOf, widenPlan } from './widen.js';

export const nasbench201Space: SearchSpace<SupernetShape, Supernet> = {
  name: 'nasbench201',
  rows: EDGE_NAMES.length,
  rowNames: EDGE_NAMES,
  operations: OPERATIONS,
  checkShape,
  create: createSupernet,
  edgeGroups: [1, 2, 3].map((node) => EDGES.flatMap(({ target }, e) => (target === node ? [e] : []))),
  cellRows,
  forward,
  genotype: (mixing) => formatArchitecture(genotypeOf(mixing)),
  widenPlan,
  weightsOf,
};
