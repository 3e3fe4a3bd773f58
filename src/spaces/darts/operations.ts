// The DARTS operations as lists of layers, from which weights, forward passes, costs and widenings all follow.

/** Candidates of an edge, in the column order of alpha, beta and theta (DARTS-space/genotypes.py:5-14; `none` is commented out there). */
export const OPERATIONS = [
  'max_pool_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'dil_conv_3x3',
  'dil_conv_5x5',
] as const;
/** The eight of which the paper speaks: `none` comes first, as in DARTS. */
export const OPERATIONS_WITH_NONE = ['none', ...OPERATIONS] as const;
/** Every operation that a published genotype uses. */
export const KNOWN_OPERATIONS = [...OPERATIONS_WITH_NONE, 'sep_conv_7x7', 'conv_7x1_1x7'] as const;
export type Operation = (typeof KNOWN_OPERATIONS)[number];

/** Intermediate nodes of a cell; node i (from 0) has the inputs 0 (c_{k-2}), 1 (c_{k-1}) and the nodes before it. */
export const NODES = 4;

/** The fourteen edges of a cell in row order; `source` counts c_{k-2} as 0, c_{k-1} as 1, node i as i + 2. */
export const EDGES = Array.from({ length: NODES }, (_, node) =>
  Array.from({ length: node + 2 }, (_, source) => ({ node, source })),
).flat();

/** Stride of the edges that leave a node: only a reduction cell's own inputs have the full size. */
export const edgeStride = (source: number, reduction: boolean): 1 | 2 => (reduction && source < 2 ? 2 : 1);

/**
 * One layer of an operation. `name` is where its parameters lie below the operation in the reference's naming;
 * sizes are [rows, columns], strides likewise. All but factorizedReduce keep the number of channels.
 */
export type Layer =
  | { kind: 'relu' }
  | { kind: 'pool'; pool: 'max' | 'avg'; stride: number }
  | { kind: 'depthwise'; name: string; size: number; stride: number; dilation: number }
  | { kind: 'convolution'; name: string; size: [number, number]; stride: [number, number] }
  | { kind: 'batchNorm'; name: string }
  /** relu, two strided 1x1 convolutions (conv_1, conv_2) of half the channels on shifted grids, concatenated, and `bn`. */
  | { kind: 'factorizedReduce' }
  /** The input times 0, strided. */
  | { kind: 'zero'; stride: number };

/** ReLU, depthwise convolution, 1x1 convolution, batch norm; `from` numbers the layers as the reference's Sequential does. */
const separable = (size: number, stride: number, dilation: number, from: number): Layer[] => [
  { kind: 'relu' },
  { kind: 'depthwise', name: `op.${from + 1}`, size, stride, dilation },
  { kind: 'convolution', name: `op.${from + 2}`, size: [1, 1], stride: [1, 1] },
  { kind: 'batchNorm', name: `op.${from + 3}` },
];

const pool = (type: 'max' | 'avg', stride: number): Layer[] => [
  { kind: 'pool', pool: type, stride },
  { kind: 'batchNorm', name: 'op.1' },
];

const separableTwice = (size: number, stride: number): Layer[] => [
  ...separable(size, stride, 1, 0),
  ...separable(size, 1, 1, 4),
];

/** Layers of an operation with this stride (DARTS-space/operations.py:9-24); the identity has none. */
export function layersOf(operation: Operation, stride: number): Layer[] {
  switch (operation) {
    case 'none':
      return [{ kind: 'zero', stride }];
    case 'max_pool_3x3':
      return pool('max', stride);
    case 'avg_pool_3x3':
      return pool('avg', stride);
    case 'skip_connect':
      return stride === 1 ? [] : [{ kind: 'factorizedReduce' }];
    case 'sep_conv_3x3':
      return separableTwice(3, stride);
    case 'sep_conv_5x5':
      return separableTwice(5, stride);
    case 'sep_conv_7x7':
      return separableTwice(7, stride);
    case 'dil_conv_3x3':
      return separable(3, stride, 2, 0);
    case 'dil_conv_5x5':
      return separable(5, stride, 2, 0);
    case 'conv_7x1_1x7':
      return [
        { kind: 'relu' },
        { kind: 'convolution', name: 'op.1', size: [1, 7], stride: [1, stride] },
        { kind: 'convolution', name: 'op.2', size: [7, 1], stride: [stride, 1] },
        { kind: 'batchNorm', name: 'op.3' },
      ];
    default:
      throw new Error(
        `there is no operation ${JSON.stringify(operation)}: choose ${KNOWN_OPERATIONS.join(', ')}`,
      );
  }
}
