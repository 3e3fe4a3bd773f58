// What a search space offers to the search: alpha, beta and theta are [rows, operations] matrices in every space.
import type * as tf from '@tensorflow/tfjs';
import type { Stream } from '../random/stream.js';
import type { Layers, PassOptions } from './layers.js';

export type SpaceName = 'nasbench201' | 'darts';

/**
 * 1 keeps an operation, 0 removes it: [rows x operations], row-major. Pruning keeps at least one a row (search/progressive/prune.ts);
 * a row of zeros would be an edge that adds 0.
 */
export type OperationMask = readonly number[];

/** Mixing weights of a pass: [rows, operations] for all search cells, or one matrix for each, of the rows of alpha it uses. */
export type Theta = tf.Tensor2D | readonly tf.Tensor2D[];

export interface SpaceForwardOptions extends PassOptions {
  /** Of all rows, or one for each search cell where theta is. */
  mask?: OperationMask | readonly OperationMask[];
  /**
   * The mask is this pass's alone: operations that it leaves out keep their running statistics. Without it their statistics
   * decay to mean 0 and variance 1, which nobody reads where they are gone for good.
   */
  keepSkipped?: boolean;
  /** What will be differentiated, so that fused kernels do no more than that. */
  needs?: 'alpha' | 'weights' | 'all';
}

/** A supernet of any space; `k` is the partial-channel divisor it was built with. */
export interface SpaceSupernet extends Layers {
  shape: { k: number };
}

/**
 * How a supernet grows to a smaller k: the draws, in the reference's call order, and which axis of which array follows which.
 * A draw maps the new channels 0..to-1 to old ones; its first `from` entries are the identity.
 */
export interface WidenPlan {
  draws: { name: string; from: number; to: number }[];
  /** Weights: axis of the tensor (our layout), and the indices into `draws` whose concatenated maps extend it. */
  parameters: Record<string, AxisMap[]>;
  /** Running statistics: `row` is the packed row that follows the maps, where rows of one buffer differ. */
  buffers: Record<string, { row: number; draws: number[] }[]>;
}

export interface AxisMap {
  axis: number;
  /** More than one draw: their maps are laid one after the other, the second offset by the first's `from` (factorised reduce). */
  draws: number[];
  /** Whether it is an axis of inputs that are summed over: Net2Net divides there by how often a channel was copied. */
  summed: boolean;
}

/** `count` rows of alpha from `start` on. */
export interface RowRange {
  start: number;
  count: number;
}

/**
 * What a search cell takes of a pass's theta and mask, where they are for all rows or one for each cell. Throws where their number
 * is not the cells'.
 */
export function cellShare(
  cell: number,
  ranges: readonly RowRange[],
  theta: Theta,
  mask: SpaceForwardOptions['mask'],
): { theta: tf.Tensor2D; mask?: OperationMask } {
  const { start, count } = ranges[cell];
  const each = (given: readonly unknown[], what: string) => {
    if (given.length !== ranges.length)
      throw new Error(
        `${given.length} ${what} for ${ranges.length} search cells: give one for each, or a single one`,
      );
  };
  const own = { theta: theta as tf.Tensor2D, mask: mask as OperationMask | undefined };
  if (Array.isArray(theta)) {
    each(theta, 'thetas');
    own.theta = theta[cell];
  }
  if (mask && Array.isArray(mask[0])) {
    each(mask, 'masks');
    own.mask = mask[cell] as OperationMask;
  } else if (mask) {
    const width = own.theta.shape[1];
    own.mask = (mask as OperationMask).slice(start * width, (start + count) * width);
  }
  return own;
}

/** The shape of a supernet, as far as the search knows it; each space takes what it needs of the rest. */
export interface SearchSpace<Shape = unknown, Net extends SpaceSupernet = SpaceSupernet> {
  readonly name: SpaceName;
  /** Rows of alpha: 6 edges, or 14 of the normal and 14 of the reduction cell. */
  readonly rows: number;
  readonly rowNames: readonly string[];
  readonly operations: readonly string[];
  /** Refuses a shape that cannot be built with a sentence that says what would do. */
  checkShape(shape: Shape): void;
  create(shape: Shape, stream: Stream): Net;
  /** Rows of alpha that lead into the same node, node by node. */
  readonly edgeGroups: readonly (readonly number[])[];
  /** The rows of alpha that each search cell uses, cell by cell. */
  cellRows(net: Net): readonly RowRange[];
  /** Logits [B, classes] of images x [B, H, W, imageChannels] under theta. */
  forward(net: Net, x: tf.Tensor4D, theta: Theta, options: SpaceForwardOptions): tf.Tensor2D;
  /** The architecture of expected mixing weights [rows][operations], as the space's official text. */
  genotype(mixing: number[][]): string;
  /** The way from the net's k to a smaller one that divides its channels. */
  widenPlan(net: Net, k: number): WidenPlan;
  /** Names of the weights that belong to one operation of one row of alpha, in every cell that shares the row. */
  weightsOf(net: Net, row: number, operation: number): string[];
}
