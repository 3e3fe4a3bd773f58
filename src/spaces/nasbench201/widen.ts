// How a NAS-Bench-201 supernet grows to a smaller k: which channel draws which axis of which weight follows.
import type { WidenPlan } from '../space.js';
import { CONV1, CONV3, EDGE_NAMES } from './operations.js';
import { cellNames, type Supernet } from './supernet.js';

/**
 * Each convolution of a mixture draws its new input channels and then its new output channels, which its batch norm
 * follows; in the official call order: cells, edges, operations (201-space/cell_operations.py:45-52). All operations are
 * drawn for, also those that are pruned.
 */
export function widenPlan(net: Supernet, k: number): WidenPlan {
  const plan: WidenPlan = { draws: [], parameters: {}, buffers: {} };
  for (const { name, channels } of cellNames(net.shape)) {
    const [from, to] = [channels / net.shape.k, channels / k];
    const draw = (of: string) => plan.draws.push({ name: of, from, to }) - 1;
    const rows: { row: number; draws: number[] }[] = [];
    EDGE_NAMES.forEach((edge, e) => {
      [CONV1, CONV3].forEach((operation, i) => {
        const convolution = `${name}.edges.${edge}.${operation}.op.1`;
        const input = draw(`${convolution}.input`);
        const output = draw(`${convolution}.output`);
        plan.parameters[`${convolution}.weight`] = [
          { axis: 2, draws: [input], summed: true },
          { axis: 3, draws: [output], summed: false },
        ];
        rows.push({ row: 2 * e + i, draws: [output] });
      });
    });
    plan.buffers[`${name}.edges.running_mean`] = rows;
    plan.buffers[`${name}.edges.running_var`] = rows;
  }
  return plan;
}

/** Names of the weights of one operation of one edge in every cell; only the convolutions have some. */
export function weightsOf(net: Supernet, row: number, operation: number): string[] {
  if (operation !== CONV1 && operation !== CONV3) return [];
  return cellNames(net.shape).map(({ name }) => `${name}.edges.${EDGE_NAMES[row]}.${operation}.op.1.weight`);
}
