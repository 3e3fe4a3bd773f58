// Edge normalisation (PC-DARTS, Xu et al. 2020): the share of each edge among the edges into its node.
import * as tf from '@tensorflow/tfjs';
import { softmax, softmaxGradient } from '../distributions/softmax.js';
import { fromRows } from '../tensor/rows.js';
import { withGradient } from '../tensor/withGradient.js';

/** Rows of alpha that lead into the same node, node by node. */
export type EdgeGroups = readonly (readonly number[])[];

/** softmax over each group of the edges' parameters, in their order. */
export function edgeShares(edges: ArrayLike<number>, groups: EdgeGroups): Float64Array {
  const shares = new Float64Array(edges.length);
  for (const group of groups) {
    const own = softmax(group.map((e) => edges[e]));
    group.forEach((e, i) => {
      shares[e] = own[i];
    });
  }
  return shares;
}

/**
 * The edges' shares [rows, 1], by which theta [rows, operations] is multiplied; differentiable in the parameters [rows]. A node
 * then gets an average of its edges in the place of their sum (PC-DARTS/model_search.py:152).
 */
export function edgeWeights(edges: tf.Tensor1D, groups: EdgeGroups): tf.Tensor2D {
  const shares = edgeShares(edges.dataSync(), groups);
  return withGradient<'edges', tf.Tensor2D>(
    { edges },
    () =>
      fromRows(
        Array.from(shares, (share) => [share]),
        1,
      ),
    (dy) => ({
      edges: () => {
        const upstream = dy.dataSync();
        const gradient = new Float32Array(shares.length);
        for (const group of groups) {
          const pick = (values: ArrayLike<number>) => group.map((e) => values[e]);
          softmaxGradient(pick(shares), pick(upstream)).forEach((g, i) => {
            gradient[group[i]] = g;
          });
        }
        return tf.tensor1d(gradient);
      },
    }),
  );
}
