// Architectures as text, as an index and in canonical form.
import { expect } from 'chai';
import {
  canonicalForm,
  formatArchitecture,
  functionalForm,
  genotypeOf,
  parseArchitecture,
} from '../../../src/spaces/nasbench201/architecture.js';
import {
  allArchitectures,
  architectureAt,
  architectureIndex,
} from '../../../src/spaces/nasbench201/officialOrder.js';

/** The cell that the DrNAS paper found (deduced: the only cell with its three accuracies), index 9930 of the benchmark. */
const PAPER =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|';

describe('architecture', () => {
  it('reads and prints every architecture unchanged', () => {
    for (const architecture of allArchitectures()) {
      const text = formatArchitecture(architecture);
      expect(formatArchitecture(parseArchitecture(text))).to.equal(text);
    }
  });

  it('refuses a misspelt operation by name and lists the allowed ones', () => {
    expect(() => parseArchitecture(PAPER.replace('skip_connect', 'skip_conect'))).to.throw(
      /"skip_conect".*skip_connect/,
    );
  });

  it('refuses a wrong number of nodes or inputs, and an input from a wrong node', () => {
    expect(() => parseArchitecture('|none~0|')).to.throw(/1 node/);
    expect(() => parseArchitecture('|none~0|+|none~0|+|none~0|none~1|none~2|')).to.throw(/node 2 .*1 input/);
    expect(() => parseArchitecture(PAPER.replace('nor_conv_3x3~2', 'nor_conv_3x3~1'))).to.throw(
      /node 2.*nor_conv_3x3~2/,
    );
  });

  it('numbers the cells as the benchmark does', () => {
    // Index 0, 1 and 9930 as the benchmark's table has them.
    expect(architectureIndex(parseArchitecture(PAPER))).to.equal(9930);
    expect(formatArchitecture(architectureAt(0))).to.equal(
      '|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|',
    );
    expect(formatArchitecture(architectureAt(1))).to.equal(
      '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|',
    );
    expect(allArchitectures().map(architectureIndex)).to.deep.equal(allArchitectures().map((_, i) => i));
  });

  it('refuses an index that does not exist', () => {
    expect(() => architectureAt(15625)).to.throw(/15625.*0 to 15624/);
  });

  it('has 6,466 canonical forms, as Dong and Yang count', () => {
    expect(new Set(allArchitectures().map(canonicalForm)).size).to.equal(6466);
  });

  it('has fewer functional forms, none of which splits a canonical one', () => {
    const functionalOf = new Map<string, string>();
    for (const architecture of allArchitectures()) {
      const canonical = canonicalForm(architecture);
      const functional = functionalForm(architecture);
      expect(functionalOf.get(canonical) ?? functional).to.equal(functional);
      functionalOf.set(canonical, functional);
    }
    // 4,930 by two independent enumerations, in Python and here.
    expect(new Set(functionalOf.values()).size).to.equal(4930);
  });

  it('takes the operation with the largest weight on each edge, the first of equals, and keeps none', () => {
    const rows = [
      [0.9, 0.1, 0, 0, 0],
      [0, 1, 0, 0, 0],
      [0, 0, 1, 0, 0],
      [0, 0, 0, 1, 0],
      [0, 0, 0, 0, 1],
      [0.1, 0.3, 0.3, 0.2, 0.1],
    ];
    expect(genotypeOf(rows)).to.deep.equal([
      'none',
      'skip_connect',
      'nor_conv_1x1',
      'nor_conv_3x3',
      'avg_pool_3x3',
      'skip_connect',
    ]);
  });
});
