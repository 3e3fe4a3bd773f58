// The architectures that `drnas evaluate` trains: names, texts, files, finished searches, or drawn at random.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { dartsArchitecture, type FoundArchitecture, nb201Architecture } from '../evaluation/network.js';
import { createStream } from '../random/stream.js';

export interface ArchitectureOptions {
  genotype?: string[];
  architecture?: string[];
  name?: string;
}

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

/** Reads `--genotype` and `--architecture`; `random` and `random:SEED` draw one. */
function architectureOption(given: string, space: 'darts' | 'nasbench201', name?: string) {
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

/** The architectures that the options ask for, all of one space, at least one. */
export function architecturesOf(options: ArchitectureOptions): FoundArchitecture[] {
  const all = [
    ...(options.genotype ?? []).map((text) => architectureOption(text, 'darts', options.name)),
    ...(options.architecture ?? []).map((text) => architectureOption(text, 'nasbench201', options.name)),
  ];
  if (all.length === 0)
    throw new Error(
      'no architecture: add --genotype DrNAS_cifar10, or --architecture with a NAS-Bench-201 cell',
    );
  if (options.name !== undefined && all.length > 1)
    throw new Error(
      '--name names a single architecture; several get their names from files or published names',
    );
  if (new Set(all.map(({ space }) => space)).size > 1)
    throw new Error('architectures of two spaces cannot be compared under equal settings: give those of one');
  return all;
}
