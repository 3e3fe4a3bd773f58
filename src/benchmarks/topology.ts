// The topology space as a graph: neighbours that differ in one edge, and classes of isomorphic cells.
import { canonicalForm } from '../spaces/nasbench201/architecture.js';
import {
  ARCHITECTURE_COUNT,
  allArchitectures,
  architectureAt,
  architectureIndex,
} from '../spaces/nasbench201/officialOrder.js';
import { OPERATIONS } from '../spaces/nasbench201/operations.js';

/** The 24 architectures at edit distance 1: another operation on one of the six edges. Official indices. */
export function neighbours(index: number): number[] {
  const architecture = architectureAt(index);
  return architecture.flatMap((operation, edge) =>
    OPERATIONS.filter((other) => other !== operation).map((other) =>
      architectureIndex(architecture.map((own, e) => (e === edge ? other : own))),
    ),
  );
}

export interface IsomorphismClasses {
  /** Number of classes: 6,466 by the benchmark's own canonical form. */
  count: number;
  /** [15,625] Class of each architecture; classes are numbered in the order of their first members. */
  classOf: Int32Array;
  /** Official indices of a class's members. */
  members(of: number): number[];
}

/** Classes of cells that are the same computation by the benchmark's rules; their trainings differ all the same. */
export function isomorphismClasses(): IsomorphismClasses {
  const classes = new Map<string, number[]>();
  allArchitectures().forEach((architecture, i) => {
    const form = canonicalForm(architecture);
    const members = classes.get(form);
    if (members) members.push(i);
    else classes.set(form, [i]);
  });
  const lists = [...classes.values()];
  const classOf = new Int32Array(ARCHITECTURE_COUNT);
  lists.forEach((list, c) => {
    for (const i of list) classOf[i] = c;
  });
  return { count: lists.length, classOf, members: (of) => [...(lists[of] ?? [])] };
}
