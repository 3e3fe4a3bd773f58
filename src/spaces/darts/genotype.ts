// DARTS genotypes: what a found cell is, read from and printed as the reference's Python text, and as JSON.
import { type PythonValue, readPython } from './genotypeText.js';
import { KNOWN_OPERATIONS, NODES, type Operation } from './operations.js';
import { PUBLISHED, type PublishedGenotype } from './published.js';

/** An operation and the node that it reads: 0 is c_{k-2}, 1 is c_{k-1}, i + 2 is intermediate node i. */
export type GenotypeEdge = [Operation, number];

/** Two edges for each intermediate node, node by node; the cell's output concatenates the nodes of the `concat` list. */
export interface Genotype {
  normal: GenotypeEdge[];
  normalConcat: number[];
  reduce: GenotypeEdge[];
  reduceConcat: number[];
}

/** The reference's names of the four parts (a Python namedtuple, DARTS-space/genotypes.py:3), in order. */
const FIELDS = ['normal', 'normal_concat', 'reduce', 'reduce_concat'] as const;

/** The published genotype of that name, or undefined. */
export const publishedGenotype = (name: string): PublishedGenotype | undefined =>
  PUBLISHED.find((published) => published.name === name);

/**
 * Reads the reference's Python text (`Genotype(normal=[('skip_connect', 0), …], normal_concat=range(2, 6), …)`, with or
 * without `NAME =` before it), JSON with the same fields, or the name of a published genotype. The result is checked.
 */
export function parseGenotype(text: string): Genotype {
  const trimmed = text.trim();
  const published = publishedGenotype(trimmed);
  if (published) return structuredClone(published.genotype);
  if (/^\w*$/.test(trimmed)) {
    const names = PUBLISHED.map(({ name }) => name).join(', ');
    throw new Error(
      `no published genotype is called ${JSON.stringify(trimmed)}: choose ${names}, or give a text Genotype(normal=[…], …)`,
    );
  }
  let parts: Record<string, unknown>;
  try {
    parts = trimmed.startsWith('{') ? jsonParts(trimmed) : pythonParts(trimmed);
  } catch (error) {
    throw new Error(`this is not a genotype: ${(error as Error).message}`);
  }
  const missing = FIELDS.filter((field) => parts[field] === undefined);
  if (missing.length > 0) {
    throw new Error(`the genotype lacks ${missing.join(', ')}: it has four parts, ${FIELDS.join(', ')}`);
  }
  const genotype: Genotype = {
    normal: edgesOf(parts.normal, 'normal'),
    normalConcat: numbersOf(parts.normal_concat, 'normal_concat'),
    reduce: edgesOf(parts.reduce, 'reduce'),
    reduceConcat: numbersOf(parts.reduce_concat, 'reduce_concat'),
  };
  checkGenotype(genotype);
  return genotype;
}

/** JSON may name the fields as the reference does, or as the interface here. */
function jsonParts(text: string): Record<string, unknown> {
  const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
  const snake = (key: string) => key.replace(/Concat$/, '_concat');
  return onlyFields(Object.fromEntries(entries.map(([key, part]) => [snake(key), part])));
}

function pythonParts(text: string): Record<string, unknown> {
  const value = readPython(text);
  if (typeof value !== 'object' || Array.isArray(value) || value.call !== 'Genotype')
    throw new Error(`expected Genotype(normal=[…], …), got ${JSON.stringify(text.slice(0, 24))}`);
  const positional = value.positional.map((part, i) => [FIELDS[i] ?? `part ${i + 1}`, part] as const);
  const twice = positional.find(([field]) => field in value.named);
  if (twice) throw new Error(`${twice[0]} is given twice`);
  return onlyFields({ ...Object.fromEntries(positional), ...value.named });
}

function onlyFields(parts: Record<string, unknown>): Record<string, unknown> {
  const unknown = Object.keys(parts).find((key) => !(FIELDS as readonly string[]).includes(key));
  if (unknown) throw new Error(`it has no part ${JSON.stringify(unknown)}, only ${FIELDS.join(', ')}`);
  return parts;
}

/** Pairs (operation, node); NASNet's are written in nested lists of two, which mean the same. */
function edgesOf(part: unknown, name: string): GenotypeEdge[] {
  const isPair = (item: unknown): item is GenotypeEdge =>
    Array.isArray(item) && item.length === 2 && typeof item[0] === 'string' && typeof item[1] === 'number';
  if (!Array.isArray(part)) throw new Error(`${name} is ${JSON.stringify(part)}, expected a list of edges`);
  return part.map((item) => {
    if (isPair(item)) return [item[0], item[1]];
    throw new Error(
      `${name} has ${JSON.stringify(item)} among its edges, expected a pair such as ('skip_connect', 0)`,
    );
  });
}

function numbersOf(part: unknown, name: string): number[] {
  const isRange = typeof part === 'object' && part !== null && 'call' in part;
  if (isRange) {
    const { call, positional } = part as { call: string; positional: PythonValue[] };
    if (
      call === 'range' &&
      positional.length === 2 &&
      positional.every((bound) => typeof bound === 'number')
    ) {
      const [from, to] = positional as number[];
      if (to - from > 100) throw new Error(`${name} is range(${from}, ${to}): expected a few nodes`);
      return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
    }
  } else if (Array.isArray(part) && part.every((node) => typeof node === 'number')) return [...part];
  throw new Error(`${name} is ${JSON.stringify(part)}, expected range(2, 6) or a list of node numbers`);
}

/**
 * Refuses a genotype that no network can be built from: an unknown operation, an edge from a node that does not come before
 * its own, other than two inputs a node, a wrong list of output nodes. In a cell of four nodes, that of the DARTS space, a
 * node's two inputs must also differ; NASNet and AmoebaNet, of five, repeat some.
 */
export function checkGenotype(genotype: Genotype): void {
  checkCell('normal', genotype.normal, genotype.normalConcat);
  checkCell('reduce', genotype.reduce, genotype.reduceConcat);
}

function checkCell(cell: 'normal' | 'reduce', edges: GenotypeEdge[], concat: number[]): void {
  if (edges.length === 0 || edges.length % 2 !== 0) {
    throw new Error(
      `the ${cell} cell has ${edges.length} edges: every node needs two inputs, so expected an even number, ${2 * NODES} in the DARTS space`,
    );
  }
  const nodes = edges.length / 2;
  edges.forEach(([operation, source], i) => {
    const node = Math.floor(i / 2);
    const edge = `edge ${i} of the ${cell} cell, ('${operation}', ${source}),`;
    if (!KNOWN_OPERATIONS.includes(operation)) {
      throw new Error(`${edge} has an unknown operation: use one of ${KNOWN_OPERATIONS.join(', ')}`);
    }
    if (!Number.isInteger(source) || source < 0 || source > node + 1) {
      throw new Error(
        `${edge} reads node ${source}, but it belongs to node ${node + 2} and can only read an earlier one: 0 to ${node + 1}`,
      );
    }
    if (nodes === NODES && i % 2 === 1 && edges[i - 1][1] === source) {
      throw new Error(
        `node ${node + 2} of the ${cell} cell reads node ${source} twice: in the DARTS space its two inputs differ`,
      );
    }
  });
  const rising = concat.every((node, i) => i === 0 || node > concat[i - 1]);
  const inside = concat.every((node) => Number.isInteger(node) && node >= 2 && node < nodes + 2);
  if (concat.length === 0 || !rising || !inside) {
    throw new Error(
      `the ${cell} cell concatenates nodes [${concat.join(', ')}]: expected rising numbers of intermediate nodes, 2 to ${nodes + 1}`,
    );
  }
}

/** The reference's own text, as its search prints it: `Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), …)`. */
export function formatGenotype(genotype: Genotype): string {
  checkGenotype(genotype);
  const edges = (pairs: GenotypeEdge[]) =>
    `[${pairs.map(([operation, source]) => `('${operation}', ${source})`).join(', ')}]`;
  const concat = (nodes: number[]) => {
    const [first, last] = [nodes[0], nodes[nodes.length - 1]];
    return last - first === nodes.length - 1 ? `range(${first}, ${last + 1})` : `[${nodes.join(', ')}]`;
  };
  return [
    `Genotype(normal=${edges(genotype.normal)}`,
    `normal_concat=${concat(genotype.normalConcat)}`,
    `reduce=${edges(genotype.reduce)}`,
    `reduce_concat=${concat(genotype.reduceConcat)})`,
  ].join(', ');
}

/** JSON with the reference's field names, for programs that read no Python. */
export function genotypeJson(genotype: Genotype): string {
  checkGenotype(genotype);
  const { normal, normalConcat, reduce, reduceConcat } = genotype;
  return JSON.stringify({ normal, normal_concat: normalConcat, reduce, reduce_concat: reduceConcat });
}
