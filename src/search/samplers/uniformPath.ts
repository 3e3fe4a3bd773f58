// One uniformly drawn operation an edge, whatever alpha is: how random search with weight sharing trains its weights.
import { keptIndices } from '../../distributions/pathwiseGradient.js';
import { integer } from '../../random/integer.js';
import type { Stream } from '../../random/stream.js';
import { fromRows } from '../../tensor/rows.js';
import type { Sampler } from './sampler.js';
import { SAMPLERS } from './traits.js';

function uniformOperation(stream: Stream, width: number, mask?: number[]): number {
  const kept = keptIndices(width, mask);
  return kept[integer(stream, kept.length)];
}

/**
 * RSPS (Li and Talwalkar 2019) trains a supernet on one uniformly drawn architecture a batch and afterwards compares sampled
 * architectures with the shared weights. Alpha gets no gradient and no architecture step is taken, so `expected` is uniform and
 * the genotype that a search of this kind reports says nothing: whoever compares architectures does so afterwards.
 */
export const uniformPathSampler: Sampler = {
  name: 'uniform-path',
  ...SAMPLERS['uniform-path'],
  sample: (alpha, { stream, mask, theta }) => {
    const [rows, width] = alpha.shape;
    const oneHot = Array.from({ length: rows }, (_, e) => {
      const chosen = uniformOperation(stream, width, mask?.[e]);
      return Float64Array.from({ length: width }, (_, o) => (o === chosen ? 1 : 0));
    });
    return fromRows(theta ?? oneHot, width);
  },
  expected: (alpha, mask) =>
    alpha.map((row, e) => {
      const kept = keptIndices(row.length, mask?.[e]);
      return row.map((_, o) => (kept.includes(o) ? 1 / kept.length : 0));
    }),
  pick: (alpha, { stream, mask }) =>
    alpha.map((row, e) => uniformOperation(stream.split(e), row.length, mask?.[e])),
};
