// The first search cell for many architectures: its input is the same for all, so what they have in common is computed once.
import * as tf from '@tensorflow/tfjs';
import { EPSILON } from '../spaces/layers.js';
import { CONV1, EDGE_NAMES, EDGES, edgeIndex, NONE, POOL, SKIP } from '../spaces/nasbench201/operations.js';
import type { Supernet } from '../spaces/nasbench201/supernet.js';
import { avgPool2d } from '../tensor/avgPool2d.js';
import { batchNormEval } from '../tensor/batchNormEval.js';
import { batchNormTrain } from '../tensor/batchNormTrain.js';
import { conv2d } from '../tensor/conv2d.js';
import type { NormStatistics } from './sameFunction.js';

export interface SharedCell {
  /** Output of the cell under the operations; the caller disposes it. */
  output(operations: readonly number[]): tf.Tensor4D;
  dispose(): void;
}

/**
 * The cell `name` on the input [B, H, W, C] (k = 1), which stays the caller's. What leaves node 0 is kept for all, what leaves
 * nodes 1 and 2 as long as the operations that lead there stay the same: so ask in the order of the operations.
 */
export function sharedCell(
  net: Supernet,
  name: string,
  input: tf.Tensor4D,
  statistics: NormStatistics,
): SharedCell {
  /** Of nodes 0, 1, 2: for which operations, its value (absent: nothing arrives), and what its edges made of it. */
  const nodes = [0, 1, 2].map(() => ({
    key: '',
    value: undefined as tf.Tensor4D | undefined,
    edges: new Map<string, tf.Tensor4D>(),
  }));
  nodes[0].value = input;

  const forget = (node: number) => {
    for (const made of nodes[node].edges.values()) made.dispose();
    nodes[node].edges.clear();
    if (node > 0) nodes[node].value?.dispose();
    nodes[node].value = node === 0 ? input : undefined;
  };

  /** What the edge hands to its target, or undefined where that is 0; it stays ours. */
  const edgeOutput = (edge: number, operation: number): tf.Tensor4D | undefined => {
    const { value, edges } = nodes[EDGES[edge].source];
    if (operation === NONE) return undefined;
    if (operation === SKIP) return value;
    if (!value && (operation === POOL || statistics === 'batch')) return undefined;
    const key = `${edge}:${operation}`;
    let made = edges.get(key);
    if (!made) {
      made = tf.tidy(() => applied(net, name, value ?? tf.zerosLike(input), edge, operation, statistics));
      edges.set(key, made);
    }
    return made;
  };

  /** The node's value under the operations as a new tensor, or undefined for 0. */
  const nodeValue = (target: number, operations: readonly number[]): tf.Tensor4D | undefined => {
    const terms = Array.from({ length: target }, (_, source) => edgeIndex(target, source))
      .map((edge) => edgeOutput(edge, operations[edge]))
      .filter((term): term is tf.Tensor4D => term !== undefined);
    if (terms.length === 0) return undefined;
    return terms.length === 1 ? terms[0].clone() : tf.tidy(() => tf.addN(terms));
  };

  return {
    output(operations) {
      // Node 1 depends on edge 0, node 2 on edges 0 to 2.
      for (const node of [1, 2]) {
        const key = operations.slice(0, edgeIndex(node + 1, 0)).join();
        if (nodes[node].key === key) continue;
        forget(node);
        nodes[node].key = key;
        nodes[node].value = nodeValue(node, operations);
      }
      return nodeValue(3, operations) ?? tf.zerosLike(input);
    },
    dispose() {
      for (const node of [0, 1, 2]) forget(node);
    },
  };
}

/** One operation of one edge on x: pooling, or ReLU, convolution and batch norm. */
function applied(
  net: Supernet,
  name: string,
  x: tf.Tensor4D,
  edge: number,
  operation: number,
  statistics: NormStatistics,
): tf.Tensor4D {
  if (operation === POOL) return avgPool2d(x, { size: 3, stride: 1, pad: 1 });
  const weight = net.parameters[`${name}.edges.${EDGE_NAMES[edge]}.${operation}.op.1.weight`];
  const z = conv2d(tf.relu(x), weight as unknown as tf.Tensor4D);
  if (statistics === 'batch') {
    const { y, mean, variance } = batchNormTrain(z, { epsilon: EPSILON });
    tf.dispose([mean, variance]);
    return y;
  }
  const row = 2 * edge + (operation === CONV1 ? 0 : 1);
  const running = (kind: 'mean' | 'var') =>
    (net.buffers[`${name}.edges.running_${kind}`] as tf.Tensor2D)
      .slice([row, 0], [1, -1])
      .reshape([-1]) as tf.Tensor1D;
  return batchNormEval(z, { mean: running('mean'), variance: running('var'), epsilon: EPSILON });
}
