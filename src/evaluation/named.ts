// Which architecture a word stands for: a name, a text, a file, a finished search, or one drawn at random.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createStream } from '../random/stream.js';
import { dartsArchitecture, type FoundArchitecture, nb201Architecture } from './network.js';

/** A file or a run folder of a search stands for the architecture in it. */
function fromFile(text: string): { text: string; name?: string } {
  if (text.length > 1000 || !existsSync(text)) return { text };
  const folder = statSync(text).isDirectory();
  const path = folder ? join(text, 'result.json') : text;
  if (!existsSync(path)) throw new Error(`${text} holds no result.json: give a finished run or a genotype`);
  const content = readFileSync(path, 'utf8').trim();
  const name = basename(text).replace(/\.[^.]*$/, '');
  if (!content.startsWith('{')) return { text: content, name };
  const { genotype } = JSON.parse(content) as { genotype?: unknown };
  return { text: typeof genotype === 'string' ? genotype : content, name };
}

/**
 * The architecture that a word stands for: a published name, a text, a NAS-Bench-201 index, a file or a finished search that holds
 * one; `random` and `random:SEED` draw one.
 */
export function namedArchitecture(
  given: string,
  space: 'darts' | 'nasbench201' = 'darts',
  name?: string,
): FoundArchitecture {
  const drawn = given.match(/^random(?::(\d+))?$/);
  if (drawn) {
    const seed = Number(drawn[1] ?? 0);
    const settings = {
      stream: createStream(seed, 'random architecture', space),
      name: name ?? `random-${seed}`,
    };
    return space === 'darts' ? dartsArchitecture('random', settings) : nb201Architecture('random', settings);
  }
  const { text, name: fileName } = fromFile(given);
  const called = name ?? fileName ?? text.match(/^\s*(\w+)\s*=\s*Genotype\(/)?.[1];
  const read = space === 'nasbench201' || text.startsWith('|') ? nb201Architecture : dartsArchitecture;
  return read(text, { name: called });
}
