// NAS-Bench-201 architectures as text, as operations per edge, and in canonical form.
import { EDGES, edgeIndex, OPERATIONS, type Operation } from './operations.js';

/** One operation an edge, in the order of EDGES. */
export type Architecture = readonly Operation[];

/**
 * Reads `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.
 * Throws an error that names the part that is wrong and lists what is allowed.
 */
export function parseArchitecture(text: string): Architecture {
  const nodes = text.trim().split('+');
  if (nodes.length !== 3) {
    throw new Error(
      `architecture ${JSON.stringify(text)} has ${nodes.length} node(s), expected 3: |op~0|+|op~0|op~1|+|op~0|op~1|op~2|`,
    );
  }
  return nodes.flatMap((node, n) => {
    const inputs = node
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|');
    if (inputs.length !== n + 1) {
      throw new Error(
        `node ${n + 1} of ${JSON.stringify(text)} has ${inputs.length} input(s), expected ${n + 1}`,
      );
    }
    return inputs.map((input, source) => {
      const [name, index] = input.split('~');
      if (!OPERATIONS.includes(name as Operation)) {
        throw new Error(
          `unknown operation ${JSON.stringify(name)} in ${JSON.stringify(text)}: use one of ${OPERATIONS.join(', ')}`,
        );
      }
      if (index !== String(source)) {
        throw new Error(
          `input ${JSON.stringify(input)} of node ${n + 1} must come from node ${source}: write ${name}~${source}`,
        );
      }
      return name as Operation;
    });
  });
}

/** The official text of an architecture. */
export function formatArchitecture(architecture: Architecture): string {
  if (architecture.length !== EDGES.length) {
    throw new Error(`an architecture has ${EDGES.length} operations, got ${architecture.length}`);
  }
  return [1, 2, 3]
    .map((target) => {
      const inputs = Array.from(
        { length: target },
        (_, source) => `${architecture[edgeIndex(target, source)]}~${source}`,
      );
      return `|${inputs.join('|')}|`;
    })
    .join('+');
}

/** The architecture whose operation on each edge has the largest weight; ties go to the first. */
export function genotypeOf(weights: ArrayLike<ArrayLike<number>>): Architecture {
  return EDGES.map((_, edge) => {
    const row = Array.from(weights[edge]);
    return OPERATIONS[row.indexOf(Math.max(...row))];
  });
}

/**
 * The benchmark's own canonical form: inputs of a node commute, `skip_connect` stands for its source, `none`
 * and what hangs on a lone `none` become `#`. Equal texts mean isomorphic cells; there are 6,466 texts among
 * the 15,625 architectures (Dong & Yang 2020).
 */
export function canonicalForm(architecture: Architecture): string {
  return nodeExpressions(architecture, (terms) => [
    terms
      .map((t) => (t.length ? t.join('+') : '#'))
      .sort()
      .join('+'),
  ]);
}

/**
 * A stricter form than the benchmark's: dead branches vanish wherever they are, and a skipped sum joins the sum
 * it flows into. Equal texts mean the same function up to the weights' names; 4,930 texts remain.
 */
export function functionalForm(architecture: Architecture): string {
  return nodeExpressions(architecture, (terms) => terms.flat().sort());
}

/** Output node as a sum of terms; `join` says how the inputs of a node (each a sum, empty when dead) combine. */
function nodeExpressions(architecture: Architecture, join: (terms: string[][]) => string[]): string {
  const nodes: string[][] = [['0']];
  for (const target of [1, 2, 3]) {
    const terms = nodes.map((sum, source) => {
      const operation = architecture[edgeIndex(target, source)];
      const dead = operation === 'none' || sum.length === 0 || (sum.length === 1 && sum[0] === '#');
      if (dead) return [];
      return operation === 'skip_connect' ? sum : [`(${sum.join('+')})@${operation}`];
    });
    nodes.push(join(terms));
  }
  return nodes[3].join('+');
}
