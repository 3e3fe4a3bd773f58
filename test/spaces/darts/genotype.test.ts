// Genotypes: the reference's Python text and JSON read and printed, and what is refused.
import { expect } from 'chai';
import { integer } from '../../../src/random/integer.js';
import { createStream, type Stream } from '../../../src/random/stream.js';
import {
  checkGenotype,
  formatGenotype,
  type Genotype,
  type GenotypeEdge,
  genotypeJson,
  parseGenotype,
} from '../../../src/spaces/darts/genotype.js';
import { KNOWN_OPERATIONS } from '../../../src/spaces/darts/operations.js';
import { PUBLISHED } from '../../../src/spaces/darts/published.js';

/** DARTS-space/genotypes.py:82 of github.com/xiangning-chen/DrNAS, as the search prints it. */
const DRNAS_CIFAR10 =
  "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_5x5', 1), ('sep_conv_3x3', 1), ('sep_conv_3x3', 2), " +
  "('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 2), ('dil_conv_5x5', 3)], " +
  "normal_concat=range(2, 6), reduce=[('max_pool_3x3', 0), ('sep_conv_5x5', 1), ('dil_conv_5x5', 2), " +
  "('sep_conv_5x5', 1), ('sep_conv_5x5', 1), ('dil_conv_5x5', 3), ('skip_connect', 4), ('sep_conv_5x5', 1)], " +
  'reduce_concat=range(2, 6))';

/** Cells of 1 to 6 nodes with any operations; the two inputs of a node differ. */
function randomGenotype(stream: Stream): Genotype {
  const cell = (): [GenotypeEdge[], number[]] => {
    const nodes = 1 + integer(stream, 6);
    const edges = Array.from({ length: nodes }, (_, node) => {
      const first = integer(stream, node + 2);
      const second = (first + 1 + integer(stream, node + 1)) % (node + 2);
      return [first, second].map(
        (source): GenotypeEdge => [KNOWN_OPERATIONS[integer(stream, KNOWN_OPERATIONS.length)], source],
      );
    }).flat();
    const concat = Array.from({ length: nodes }, (_, node) => node + 2).filter(() => stream.uniform() < 0.7);
    return [edges, concat.length > 0 ? concat : [nodes + 1]];
  };
  const [normal, normalConcat] = cell();
  const [reduce, reduceConcat] = cell();
  return { normal, normalConcat, reduce, reduceConcat };
}

describe('genotype', () => {
  const drnas = parseGenotype('DrNAS_cifar10');
  const altered = (change: (genotype: Genotype) => void): Genotype => {
    const copy = structuredClone(drnas);
    change(copy);
    return copy;
  };

  it('reads past rows of #, in time that does not grow with the number of their divisions', () => {
    const row = '#'.repeat(60); // 2^60 ways to see it as comments
    const text = `${row}\n# DrNAS = Genotype(\nDrNAS = ${DRNAS_CIFAR10.replace('reduce=', `${row}\nreduce=`)} ${row}`;
    expect(formatGenotype(parseGenotype(text))).to.equal(DRNAS_CIFAR10);
  });

  it('prints the published DrNAS genotype letter by letter as the reference does', () => {
    expect(formatGenotype(drnas)).to.equal(DRNAS_CIFAR10);
    expect(parseGenotype(DRNAS_CIFAR10)).to.deep.equal(drnas);
  });

  it('reads back what it prints, as Python and as JSON, for 500 random genotypes', () => {
    const stream = createStream(4, 'genotypes');
    for (let i = 0; i < 500; i++) {
      const genotype = randomGenotype(stream);
      expect(parseGenotype(formatGenotype(genotype))).to.deep.equal(genotype);
      expect(parseGenotype(genotypeJson(genotype))).to.deep.equal(genotype);
      expect(parseGenotype(JSON.stringify(genotype))).to.deep.equal(genotype);
    }
  });

  it('reads the text as people write it: other quotes, lists for ranges, comments, a name before it, parts in order', () => {
    const pairs = (cell: GenotypeEdge[]) => cell.map(([o, s]) => `["${o}",${s}],`).join('\n  ');
    const text = `DrNAS_cifar10 = Genotype(
      [ # the normal cell
        ${pairs(drnas.normal)}
      ], [2, 3, 4, 5],
      reduce_concat=(2, 3, 4, 5), reduce=[${pairs(drnas.reduce)}],
    )  # found in 2020`;
    expect(parseGenotype(text)).to.deep.equal(drnas);
  });

  it('knows the eight genotypes of the reference’s file and the two they replaced, all of them sound', () => {
    expect(PUBLISHED.map(({ name }) => name)).to.deep.equal([
      ...['NASNet', 'AmoebaNet', 'DARTS_V1', 'DARTS_V2', 'PC_DARTS_cifar', 'PC_DARTS_image'],
      ...['DrNAS_cifar10', 'DrNAS_imagenet', 'DrNAS_cifar_initial', 'DrNAS_imagenet_initial'],
    ]);
    for (const { name, genotype } of PUBLISHED) {
      checkGenotype(genotype);
      const nodes = /Net$/.test(name) ? 5 : 4;
      expect(genotype.normal.length, name).to.equal(2 * nodes);
      expect(genotype.reduce.length, name).to.equal(2 * nodes);
      expect(parseGenotype(formatGenotype(genotype)), name).to.deep.equal(genotype);
    }
  });

  it('gives a copy of a published genotype, so that a caller’s change stays there', () => {
    parseGenotype('DARTS_V2').normal[0][0] = 'none';
    expect(parseGenotype('DARTS_V2').normal[0][0]).to.equal('sep_conv_3x3');
  });

  it('refuses an unknown operation by name and lists the known ones', () => {
    expect(() => parseGenotype(DRNAS_CIFAR10.replace('dil_conv_5x5', 'dil_conv_9x9'))).to.throw(
      /edge 7 of the normal cell, \('dil_conv_9x9', 3\).*unknown.*dil_conv_5x5/,
    );
  });

  it('refuses an edge from a later node, from the node itself and from no node', () => {
    for (const source of [2, 5, -1, 0.5]) {
      const wrong = altered((g) => {
        g.reduce[1][1] = source;
      });
      expect(() => checkGenotype(wrong)).to.throw(new RegExp(`reduce.*reads node ${source}.*node 2.*0 to 1`));
    }
  });

  it('refuses a node of the DARTS space with the same input twice, and with one input', () => {
    expect(() =>
      checkGenotype(
        altered((g) => {
          g.normal[3][1] = 1;
        }),
      ),
    ).to.throw(/node 3 of the normal cell reads node 1 twice/);
    expect(() =>
      checkGenotype(
        altered((g) => {
          g.normal.pop();
        }),
      ),
    ).to.throw(/normal cell has 7 edges.*two inputs/);
    expect(() => checkGenotype({ ...drnas, reduce: [] })).to.throw(/reduce cell has 0 edges/);
  });

  it('refuses a wrong list of output nodes', () => {
    for (const concat of [[], [1, 2], [2, 6], [3, 2], [2, 2], [2.5]]) {
      expect(() => checkGenotype({ ...drnas, normalConcat: concat })).to.throw(
        /normal cell concatenates.*2 to 5/,
      );
    }
  });

  it('says what a text lacks or has too much of', () => {
    expect(() => parseGenotype('DrNAS_cifar')).to.throw(/"DrNAS_cifar".*DrNAS_cifar10/);
    expect(() => parseGenotype('')).to.throw(/no published genotype/);
    expect(() => parseGenotype('Genotype(normal=[])')).to.throw(/lacks normal_concat, reduce, reduce_concat/);
    expect(() => parseGenotype(DRNAS_CIFAR10.replace('reduce=', 'reduction='))).to.throw(/"reduction"/);
    expect(() => parseGenotype(DRNAS_CIFAR10.replace('reduce=', 'normal='))).to.throw(
      /normal is given twice/,
    );
    expect(() => parseGenotype(DRNAS_CIFAR10.slice(0, -1))).to.throw(/expected ","/);
    expect(() => parseGenotype(`${DRNAS_CIFAR10})`)).to.throw(/after the end/);
    expect(() => parseGenotype(DRNAS_CIFAR10.replace('range(2, 6)', 'range(6)'))).to.throw(/range\(2, 6\)/);
    expect(() => parseGenotype(DRNAS_CIFAR10.replace('range(2, 6)', 'range(2, 6000000000)'))).to.throw(
      /6000000000.*a few nodes/,
    );
    expect(() => parseGenotype(DRNAS_CIFAR10.replace("('skip_connect', 0)", "'skip_connect'"))).to.throw(
      /"skip_connect" among its edges/,
    );
    expect(() => parseGenotype('{"normal": 3, "reduce": 4')).to.throw(/not a genotype/);
    expect(() => parseGenotype('Genotype(normal=lambda: 3)')).to.throw(/not a genotype/);
  });
});
