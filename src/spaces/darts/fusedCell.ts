// The DARTS search cell by the backend's fused kernels.
import * as tf from '@tensorflow/tfjs';
import { gradientsTogether, runKernel, withGradient } from '../../tensor/withGradient.js';
import { EPSILON } from '../layers.js';
import type { OperationMask } from '../space.js';
import { EDGES, edgeStride, OPERATIONS, type Operation } from './operations.js';

export interface CellOptions {
  /** One k-th of the channels goes through the operations, the others bypass them. */
  k: number;
  /** Whether the edges from both inputs have stride 2. */
  reduction: boolean;
  operations: readonly Operation[];
  /** [14 edges x operations]. */
  mask?: OperationMask;
  /** Running mean and variance [14 * 9, C/k] to use instead of the batch's: evaluation mode. */
  running?: { mean: tf.Tensor2D; variance: tf.Tensor2D };
  /** What the backward pass computes. */
  needs?: 'alpha' | 'weights' | 'all';
  /** False where nothing upstream of that input is differentiated. */
  needsInputs?: readonly [boolean, boolean];
}

/** y [B, H', W', 4C]; mean and (biased) variance [14 * 9, C/k] of the batch; the caller disposes them. */
export interface CellResult {
  y: tf.Tensor4D;
  mean?: tf.Tensor2D;
  variance?: tf.Tensor2D;
}

/** Below an operation, the weights in the kernels' order: operation, name. The kernel calls that of EDGE and SLOT `w_EDGE_SLOT`. */
const SLOTS: readonly (readonly [(typeof OPERATIONS)[number], string])[] = [
  ['sep_conv_3x3', 'op.1'],
  ['sep_conv_3x3', 'op.2'],
  ['sep_conv_3x3', 'op.5'],
  ['sep_conv_3x3', 'op.6'],
  ['sep_conv_5x5', 'op.1'],
  ['sep_conv_5x5', 'op.2'],
  ['sep_conv_5x5', 'op.5'],
  ['sep_conv_5x5', 'op.6'],
  ['dil_conv_3x3', 'op.1'],
  ['dil_conv_3x3', 'op.2'],
  ['dil_conv_5x5', 'op.1'],
  ['dil_conv_5x5', 'op.2'],
  ['skip_connect', 'conv_1'],
  ['skip_connect', 'conv_2'],
];

/** Whether the kernels know this cell: the seven operations in the reference's order, `none` before them or not. */
export function canFuse(operations: readonly Operation[]): boolean {
  const columns = operations[0] === 'none' ? operations.slice(1) : operations;
  return columns.join() === OPERATIONS.join();
}

/**
 * One search cell; arguments, result and errors are those of the composition, operation by operation. See native/darts_forward.cpp and
 * native/darts_backward.cpp for the algebra. `needs` and `needsInputs` say what the backward pass computes.
 */
export function fusedCell(
  s0: tf.Tensor4D,
  s1: tf.Tensor4D,
  theta: tf.Tensor2D,
  weights: Record<string, tf.Tensor4D>,
  options: CellOptions,
): CellResult {
  const { k, reduction, operations, running, needs = 'all', needsInputs = [true, true] } = options;
  const withNone = operations[0] === 'none' ? 1 : 0;
  // `none` adds nothing, and its gradient is 0: the kernels never see its column.
  const mixing = withNone ? theta.slice([0, 1], [-1, -1]) : theta;
  const all = options.mask ?? new Array(EDGES.length * operations.length).fill(1);
  const mask = EDGES.flatMap((_, edge) =>
    all.slice(edge * operations.length + withNone, (edge + 1) * operations.length),
  );
  const attributes = { k, reduction, mask, epsilon: EPSILON };
  // What the mask keeps has its weights, in the order of the gradients; at stride 1 the skip has none.
  const inUse: string[] = [];
  const inputs: Record<string, tf.Tensor> = { s0, s1, theta: mixing };
  EDGES.forEach(({ source }, edge) => {
    SLOTS.forEach(([operation, name], slot) => {
      const column = OPERATIONS.indexOf(operation);
      if (mask[edge * OPERATIONS.length + column] === 0) return;
      if (operation === 'skip_connect' && edgeStride(source, reduction) === 1) return;
      const weight = weights[`_ops.${edge}._ops.${column + withNone}.${name}.weight`];
      if (!weight) return; // the kernel names what it lacks
      inUse.push(`w_${edge}_${slot}`);
      inputs[`w_${edge}_${slot}`] = weight;
    });
  });
  if (running) return { y: runKernel('DartsCell', { ...inputs, ...running }, attributes)[0] as tf.Tensor4D };

  // Only what this pass differentiates goes on the tape; a pruned operation's weights never do.
  const order = [
    ...(needsInputs[0] ? ['s0'] : []),
    ...(needsInputs[1] ? ['s1'] : []),
    ...(needs === 'weights' ? [] : ['theta']),
    ...(needs === 'alpha' ? [] : inUse),
  ];
  const differentiated = Object.fromEntries(order.map((name) => [name, inputs[name]]));
  let mean!: tf.Tensor2D;
  let variance!: tf.Tensor2D;
  const y = withGradient<string, tf.Tensor4D>(
    differentiated,
    (save) => {
      const [output, batchMean, batchVariance, saved] = runKernel('DartsCell', inputs, attributes);
      mean = tf.keep(batchMean) as tf.Tensor2D;
      variance = tf.keep(batchVariance) as tf.Tensor2D;
      save([mixing, saved]);
      return output as tf.Tensor4D;
    },
    (dy, [savedTheta, saved]) =>
      gradientsTogether(order, () => {
        const { s0: _, s1: __, ...rest } = inputs;
        const outputs = runKernel(
          'DartsCellGrad',
          { ...rest, theta: savedTheta, dy, saved },
          { ...attributes, inputShape: s0.shape, needs, needsInputs },
        );
        return Object.fromEntries(order.map((name, i) => [name, outputs[i]]));
      }),
  );
  return { y, mean, variance };
}
