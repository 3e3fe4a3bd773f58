// Replays `nb201_cell_*`: one search cell of NAS-Bench-201.
import { searchCell } from '../spaces/nasbench201/cell.js';
import { type CellGolden, replayCell } from './cell.js';
import type { Errors, GoldenTensor } from './file.js';
import { nasbench201Rows } from './referenceNames.js';

export function replayNb201Cell(json: unknown): Errors {
  const golden = json as CellGolden & { x: GoldenTensor; gradX: GoldenTensor };
  const convolutions = nasbench201Rows('edges');
  return replayCell(golden, {
    inputs: { gradX: [golden.x, golden.gradX] },
    names: convolutions.map((name) => `${name}.1.weight`),
    rows: convolutions.map((name) => `${name}.2`),
    cell: ([x], theta, weights, needs) => searchCell(x, theta, weights, { k: golden.k, needs }),
  });
}
