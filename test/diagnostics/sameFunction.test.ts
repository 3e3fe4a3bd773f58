// Groups of architectures that are one function: against cells of plain numbers in which every operation is a random function.
import { expect } from 'chai';
import {
  functionGroups,
  liveEdges,
  type NormStatistics,
  operationNumbers,
} from '../../src/diagnostics/sameFunction.js';
import { createStream } from '../../src/random/stream.js';
import { parseArchitecture } from '../../src/spaces/nasbench201/architecture.js';
import { allArchitectures } from '../../src/spaces/nasbench201/officialOrder.js';
import { edgeIndex } from '../../src/spaces/nasbench201/operations.js';

const numbers = (text: string) => operationNumbers(parseArchitecture(text));

/**
 * The cell on one number: a convolution is another smooth function on each edge, 0 at 0 by batch statistics and not so by
 * running ones; pooling is a factor. Equal functions give equal numbers, others differ with certainty for all that matters.
 */
function outputs(statistics: NormStatistics): number[] {
  const stream = createStream('random functions');
  const functions = Array.from({ length: 12 }, () => [
    1 + stream.uniform(),
    1 + stream.uniform(),
    stream.uniform(),
  ]);
  return allArchitectures().map((architecture) => {
    const nodes = [0.8571];
    for (const target of [1, 2, 3]) {
      const inputs = nodes.map((value, source) => {
        const edge = edgeIndex(target, source);
        const operation = operationNumbers(architecture)[edge];
        if (operation === 0) return 0;
        if (operation === 1) return value;
        if (operation === 4) return 0.6173 * value;
        const [a, b, c] = functions[2 * edge + (operation - 2)];
        return a * Math.sin(b * value) + (statistics === 'running' ? c : 0);
      });
      nodes.push(inputs.reduce((sum, v) => sum + v, 0));
    }
    return nodes[3];
  });
}

/** Counted once with these rules; the test above shows that no two groups are one function. */
const FUNCTIONS = { batch: 7548, running: 8452 };

describe('sameFunction', () => {
  for (const statistics of ['batch', 'running'] as const) {
    it(`puts two architectures into one group exactly when they compute the same, by ${statistics} statistics`, () => {
      const values = outputs(statistics);
      const groups = functionGroups(statistics);
      const all = groups.flatMap(({ members }) => members);
      expect(all.length).to.equal(15625);
      expect(groups.length).to.equal(FUNCTIONS[statistics]);
      expect(new Set(all).size).to.equal(15625);
      const within = groups.map(({ members }) =>
        Math.max(...members.map((i) => Math.abs(values[i] - values[members[0]]))),
      );
      expect(Math.max(...within)).to.be.below(1e-12);
      const sorted = groups.map(({ members }) => values[members[0]]).sort((a, b) => a - b);
      const between = sorted.slice(1).map((value, i) => value - sorted[i]);
      expect(Math.min(...between)).to.be.above(1e-12);
    });
  }

  it('calls an edge dead that lies on no path from input to output', () => {
    // Node 1 receives nothing, and nothing leaves node 2.
    const cell = '|none~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|none~2|';
    expect(liveEdges(numbers(cell), 'batch')).to.deep.equal([0, 0, 0, 1, 0, 0]);
    // By running statistics a convolution of zeros is a constant, not zero.
    expect(liveEdges(numbers(cell), 'running')).to.deep.equal([0, 0, 0, 1, 1, 0]);
  });

  it('evaluates the member with the fewest operations', () => {
    const lone = numbers('|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|');
    const group = functionGroups('batch').find(({ operations }) => operations.join() === lone.join());
    const skips = numbers('|skip_connect~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|').join();
    expect(group!.members.map((i) => operationNumbers(allArchitectures()[i]).join())).to.include(skips);
  });

  it('leaves architectures out, and merges none where it may not', () => {
    const three = functionGroups('batch', {
      keeps: (o) => o.every((operation) => operation < 3),
      merge: false,
    });
    expect(three.length).to.equal(3 ** 6);
    expect(three.every(({ members }) => members.length === 1)).to.equal(true);
  });
});
