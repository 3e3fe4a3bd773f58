// The stand-alone NAS-Bench-201 network in terms of layers, for exported graphs; tensors have their own in spaces/nasbench201.
import type { LayerMachine } from '../spaces/darts/layerMachine.js';
import type { Architecture } from '../spaces/nasbench201/architecture.js';
import type { NetworkShape } from '../spaces/nasbench201/cost.js';
import { EDGE_NAMES, edgeIndex } from '../spaces/nasbench201/operations.js';

/** Logits of images x, layers named as createNetwork names them. */
export function walkNasBench201<V>(
  machine: LayerMachine<V>,
  architecture: Architecture,
  { channels, cellsPerStage, classes }: NetworkShape,
  x: V,
): V {
  const convNorm = (input: V, name: string, size: number, width: number, stride = 1) => {
    const z = machine.convolution(machine.relu(input), `${name}.1`, {
      size: [size, size],
      channels: width,
      stride: [stride, stride],
    });
    return machine.batchNorm(z, `${name}.2`, true);
  };
  const branch = (input: V, edge: number, cell: string, width: number): V[] => {
    const name = `${cell}.edges.${EDGE_NAMES[edge]}.op`;
    switch (architecture[edge]) {
      case 'none':
        return [];
      case 'skip_connect':
        return [input];
      case 'avg_pool_3x3':
        return [machine.pool(input, 'avg', { size: 3, stride: 1, pad: 1 })];
      default:
        return [convNorm(input, name, architecture[edge] === 'nor_conv_1x1' ? 1 : 3, width)];
    }
  };
  const cell = (input: V, name: string, width: number): V => {
    const nodes = [input];
    for (const target of [1, 2, 3]) {
      const terms = nodes.flatMap((node, source) => branch(node, edgeIndex(target, source), name, width));
      nodes.push(terms.length > 0 ? machine.add(terms) : machine.zero(input, 1));
    }
    return nodes[3];
  };
  const residual = (input: V, name: string, width: number): V => {
    const a = convNorm(input, `${name}.conv_a.op`, 3, width, 2);
    const b = convNorm(a, `${name}.conv_b.op`, 3, width);
    const small = machine.pool(input, 'avg', { size: 2, stride: 2, pad: 0 });
    const shortcut = machine.convolution(small, `${name}.downsample.1`, { size: [1, 1], channels: width });
    return machine.add([b, shortcut]);
  };
  let h = machine.batchNorm(machine.convolution(x, 'stem.0', { size: [3, 3], channels }), 'stem.1', true);
  let width = channels;
  let index = 0;
  for (let stage = 0; stage < 3; stage++) {
    if (stage > 0) {
      width *= 2;
      h = residual(h, `cells.${index++}`, width);
    }
    for (let i = 0; i < cellsPerStage; i++) h = cell(h, `cells.${index++}`, width);
  }
  return machine.classify(machine.relu(machine.batchNorm(h, 'lastact.0', true)), 'classifier', classes);
}
