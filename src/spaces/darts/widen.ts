// How a DARTS supernet grows to a smaller k: which channel draws which axis of which weight follows.
import type { AxisMap, WidenPlan } from '../space.js';
import { normRow, weightShapes } from './edge.js';
import { EDGES, edgeStride, layersOf, type Operation } from './operations.js';
import { cellPlans, type Supernet } from './supernet.js';

type Draw = (of: string, from: number, to: number) => number;

interface Growth {
  parameters: Record<string, AxisMap[]>;
  /** Draws that a batch norm follows, by its name below the operation. */
  norms: Record<string, number[]>;
}

/**
 * The draws of one operation in the official call order (DARTS-space/operations.py:35-206): a depthwise filter draws, its 1x1
 * convolution reads by the same draw and draws its outputs, which the batch norm follows. The second half of a separable
 * convolution draws anew instead of following the first's outputs, as the official code does (operations.py:143 against 145);
 * a pool's batch norm draws for itself, unrelated to its input.
 */
function growOperation(
  operation: Operation,
  stride: number,
  name: string,
  from: number,
  to: number,
  draw: Draw,
): Growth {
  const growth: Growth = { parameters: {}, norms: {} };
  let last = -1;
  for (const layer of layersOf(operation, stride)) {
    switch (layer.kind) {
      case 'depthwise':
        last = draw(`${name}.${layer.name}.channels`, from, to);
        growth.parameters[`${layer.name}.weight`] = [{ axis: 2, draws: [last], summed: false }];
        break;
      case 'convolution': {
        const input = last;
        last = draw(`${name}.${layer.name}.output`, from, to);
        growth.parameters[`${layer.name}.weight`] = [
          { axis: 2, draws: [input], summed: true },
          { axis: 3, draws: [last], summed: false },
        ];
        break;
      }
      case 'pool':
        last = draw(`${name}.op.1.channels`, from, to);
        break;
      case 'batchNorm':
        growth.norms[layer.name] = [last];
        break;
      case 'factorizedReduce': {
        const halves = ['conv_1', 'conv_2'].map((convolution, i) => {
          const half = (channels: number) => (i === 0 ? Math.floor(channels / 2) : Math.ceil(channels / 2));
          const input = draw(`${name}.${convolution}.input`, from, to);
          const output = draw(`${name}.${convolution}.output`, half(from), half(to));
          growth.parameters[`${convolution}.weight`] = [
            { axis: 2, draws: [input], summed: true },
            { axis: 3, draws: [output], summed: false },
          ];
          return output;
        });
        growth.norms.bn = halves;
        break;
      }
    }
  }
  return growth;
}

/** Draws for every operation of every edge of every cell in order, also for those that are pruned. */
export function widenPlan(net: Supernet, k: number): WidenPlan {
  const plan: WidenPlan = { draws: [], parameters: {}, buffers: {} };
  const draw: Draw = (name, from, to) => plan.draws.push({ name, from, to }) - 1;
  for (const { name, channels, reduction } of cellPlans(net.shape)) {
    const rows: { row: number; draws: number[] }[] = [];
    EDGES.forEach(({ source }, edge) => {
      net.shape.operations.forEach((operation, column) => {
        const at = `${name}._ops.${edge}._ops.${column}`;
        const stride = edgeStride(source, reduction);
        const { parameters, norms } = growOperation(
          operation,
          stride,
          at,
          channels / net.shape.k,
          channels / k,
          draw,
        );
        for (const [below, axes] of Object.entries(parameters)) plan.parameters[`${at}.${below}`] = axes;
        for (const [below, draws] of Object.entries(norms))
          rows.push({ row: normRow(edge, operation, below), draws });
      });
    });
    plan.buffers[`${name}.edges.running_mean`] = rows;
    plan.buffers[`${name}.edges.running_var`] = rows;
  }
  return plan;
}

/** Names of the weights of one operation of one row of alpha (0-13 normal, 14-27 reduction) in every cell of that kind. */
export function weightsOf(net: Supernet, row: number, operation: number): string[] {
  const [reduce, edge] = [row >= EDGES.length, row % EDGES.length];
  return cellPlans(net.shape).flatMap(({ name, channels, reduction }) => {
    if (reduction !== reduce) return [];
    const layers = layersOf(net.shape.operations[operation], edgeStride(EDGES[edge].source, reduction));
    return weightShapes(layers, channels / net.shape.k).map(
      ({ name: below }) => `${name}._ops.${edge}._ops.${operation}.${below}.weight`,
    );
  });
}
