// NASLib's variant of the KL anchor: one Dirichlet over the operations of all edges together (drnas/optimizer.py:144-151 there).
import { klToUniform, klToUniformGradient } from '../../distributions/dirichlet.js';
import { betaPenalty, type RowsFunction } from './penalties.js';
import type { Regulariser } from './regulariser.js';

const joined = (rows: readonly Float64Array[]) => Float64Array.from(rows.flatMap((row) => [...row]));

const klOfAll: RowsFunction = {
  value: (rows) => klToUniform(joined(rows)),
  gradient: (rows) => {
    const all = klToUniformGradient(joined(rows));
    let start = 0;
    return rows.map(({ length }) => {
      start += length;
      return all.subarray(start - length, start);
    });
  },
};

/**
 * lambda * KL(Dir(beta_1, …, beta_EK) || Dir(1)), the concentrations of all E edges and K operations in a single distribution.
 * That is another objective than the sum over edges of the DrNAS authors: ln Gamma of the sum of all concentrations stands in the
 * place of the edges' sums, so an edge that is at its anchor is pulled away from it as soon as another one leaves.
 */
export const klJoint = (weight: number): Regulariser => ({
  name: 'kl-joint',
  weight,
  weightDecay: 0,
  penalty: (alpha, mask) => betaPenalty(klOfAll, alpha, weight, mask),
});
