// Reading genotypes from mixing weights: the code's way and the paper's.
import { expect } from 'chai';
import { samplerOf } from '../../../src/search/samplers/samplerOf.js';
import { checkGenotype } from '../../../src/spaces/darts/genotype.js';
import { OPERATIONS, OPERATIONS_WITH_NONE } from '../../../src/spaces/darts/operations.js';
import { genotypeOf } from '../../../src/spaces/darts/readout.js';

const flat = (rows = 28, columns = 7) => Array.from({ length: rows }, () => new Array(columns).fill(0));
const readout = (name: 'softmax' | 'dirichlet-mean', alpha: number[][]) =>
  genotypeOf(samplerOf(name).expected(alpha), OPERATIONS);

describe('genotype of mixing weights', () => {
  it('keeps two edges a node by their strongest operation, the strongest first', () => {
    const mixing = flat();
    mixing[0][3] = 0.5; // node 0 from c_{k-2}
    mixing[1][4] = 0.9; // node 0 from c_{k-1}
    mixing[2][0] = 0.2; // node 1
    mixing[4][5] = 0.3; // node 1 from node 0
    const { normal } = genotypeOf(mixing, OPERATIONS);
    expect(normal.slice(0, 4)).to.deep.equal([
      ['sep_conv_5x5', 1],
      ['sep_conv_3x3', 0],
      ['dil_conv_3x3', 2],
      ['max_pool_3x3', 0],
    ]);
  });

  it('gives a genotype that passes the check, also where all weights are equal', () => {
    const genotype = genotypeOf(flat(), OPERATIONS);
    expect(() => checkGenotype(genotype)).not.to.throw();
    expect(genotype.normal.map(([, source]) => source)).to.deep.equal([0, 1, 0, 1, 0, 1, 0, 1]);
  });

  it('never chooses none, however large its weight', () => {
    const mixing = flat(28, 8).map((row) => row.map((_, o) => (o === 0 ? 0.9 : 0.01 * o)));
    const { normal, reduce } = genotypeOf(mixing, OPERATIONS_WITH_NONE);
    for (const [operation] of [...normal, ...reduce]) expect(operation).to.equal('dil_conv_5x5');
  });

  it('softmax of alpha (the code) and the Dirichlet mean (the paper) can keep different edges, never different operations', () => {
    // Node 1 has the edges in rows 2, 3 and 4. Row 2: softmax .322, Dirichlet 4.05 / 22.05 = .184; row 3: .312 and .25.
    const alpha = flat();
    alpha[2] = [3.05, 2, 2, 2, 2, 2, 2];
    alpha[3] = [0, 1, 0, 0, 0, 0, 0];
    alpha[4] = [0, -2, -2, -2, -2, -2, -2];
    const code = readout('softmax', alpha).normal.slice(2, 4);
    const paper = readout('dirichlet-mean', alpha).normal.slice(2, 4);
    expect(code.map(([, source]) => source)).to.deep.equal([2, 0]);
    expect(paper.map(([, source]) => source)).to.deep.equal([2, 1]);
    expect(code[0]).to.deep.equal(paper[0]);
  });

  it('refuses a matrix of another size', () => {
    expect(() => genotypeOf(flat(14), OPERATIONS)).to.throw('28 rows of 7 weights, got 14 rows');
  });
});
