// What the layers of an edge's operation need in a supernet: their weights, and the rows of their batch norms' statistics.
import { type Layer, layersOf, OPERATIONS, type Operation } from './operations.js';

/** A weight: its name below the operation (without `.weight`), its shape here, and how many inputs each output sums. */
export interface WeightShape {
  name: string;
  dims: [number, number, number, number];
  fanIn: number;
}

/** The weights of layers on this many channels; none of the candidates of an edge changes their number. */
export function weightShapes(layers: readonly Layer[], channels: number): WeightShape[] {
  return layers.flatMap((layer): WeightShape[] => {
    switch (layer.kind) {
      case 'depthwise':
        return [{ name: layer.name, dims: [layer.size, layer.size, channels, 1], fanIn: layer.size ** 2 }];
      case 'convolution': {
        const [rows, columns] = layer.size;
        return [
          { name: layer.name, dims: [rows, columns, channels, channels], fanIn: rows * columns * channels },
        ];
      }
      case 'factorizedReduce': {
        const half = (name: string, output: number): WeightShape => ({
          name,
          dims: [1, 1, channels, output],
          fanIn: channels,
        });
        return [half('conv_1', Math.floor(channels / 2)), half('conv_2', Math.ceil(channels / 2))];
      }
      default:
        return [];
    }
  });
}

/** Names of the batch norms of layers below the operation, in order. */
export function normNames(layers: readonly Layer[]): string[] {
  return layers.flatMap((layer) =>
    layer.kind === 'batchNorm' ? [layer.name] : layer.kind === 'factorizedReduce' ? ['bn'] : [],
  );
}

/**
 * The batch norms of one edge in the order in which their statistics are packed: max 0, avg 1, the skip's factorised
 * reduction 2, sep_conv_3x3 3 and 4, sep_conv_5x5 5 and 6, dil_conv_3x3 7, dil_conv_5x5 8. At stride 1 row 2 is unused.
 */
export const EDGE_NORMS = OPERATIONS.flatMap((operation) =>
  normNames(layersOf(operation, 2)).map((name) => ({ operation: operation as Operation, name })),
);

/** Packed row of a batch norm of an edge. */
export function normRow(edge: number, operation: Operation, name: string): number {
  const row = EDGE_NORMS.findIndex((norm) => norm.operation === operation && norm.name === name);
  return edge * EDGE_NORMS.length + row;
}
