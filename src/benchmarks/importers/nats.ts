// NATS-Bench's files: the `-simple` folder or its .tar with a file per architecture, and the single .pickle.pbz2.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { list } from 'tar';
import { bunzip2 } from '../../compression/bzip2.js';
import { collect, keptMemos, type Pieces, piecesOf, readPickle, withFilePieces } from '../../pickle/index.js';
import { type Collector, collector } from './collect.js';
import { OFFICIAL, recordOf, recordsOf, shown, spaceOf } from './trials.js';

/** Called now and then with what has been read. */
export type OnProgress = (architectures: number) => void;

/** An architecture's file unpacks to some 330 kB. */
const FILE_LIMIT = 32 << 20;
const ARCHITECTURE_FILE = /(^|\/)(\d{6})\.pickle\.pbz2$/;

/** One `NNNNNN.pickle.pbz2`. */
export function readArchitectureFile(packed: Uint8Array, name: string) {
  const bytes = collect(bunzip2(piecesOf(packed), name), FILE_LIMIT, name);
  return recordsOf(readPickle(bytes, { ...OFFICIAL, name }), name);
}

/** `-simple` as a folder. */
export function importFolder(path: string, onProgress?: OnProgress): Collector {
  const names = readdirSync(path)
    .filter((name) => ARCHITECTURE_FILE.test(name))
    .sort();
  const files = each(path, onProgress);
  for (const name of names) files.add(readFileSync(join(path, name)), name);
  return files.done();
}

/** `-simple.tar`, without unpacking it to the disk. */
export function importTar(path: string, onProgress?: OnProgress): Collector {
  const files = each(path, onProgress);
  let failure: unknown;
  list({
    file: path,
    sync: true,
    strict: true,
    onReadEntry: (entry) => {
      if (!ARCHITECTURE_FILE.test(entry.path) || failure !== undefined) return entry.resume();
      const parts: Uint8Array[] = [];
      let size = 0;
      entry.on('data', (part: Uint8Array) => {
        size += part.length;
        if (size <= FILE_LIMIT) parts.push(Uint8Array.from(part));
      });
      entry.on('end', () => {
        try {
          if (failure === undefined) files.add(Buffer.concat(parts), basename(entry.path));
        } catch (error) {
          failure = error; // thrown below, out of the parser's events
        }
      });
    },
  });
  if (failure !== undefined) throw failure;
  return files.done();
}

function each(path: string, onProgress: OnProgress | undefined) {
  let into: Collector | undefined;
  let count = 0;
  return {
    add(packed: Uint8Array, name: string) {
      for (const record of readArchitectureFile(packed, name)) {
        into ??= collector(spaceOf(record.text));
        if (record.index !== Number(name.slice(0, 6)))
          throw new Error(`${name} holds architecture ${record.index}`);
        into.add(record);
      }
      onProgress?.(++count);
    },
    done(): Collector {
      if (into === undefined) throw new Error(`${path}: there is no file like 000000.pickle.pbz2 in it`);
      return into;
    },
  };
}

/** The single `.pickle.pbz2`: read twice, once to learn which values are used again, and never held whole. */
export function importPickle(path: string, onProgress?: OnProgress): Collector {
  const name = basename(path);
  const run = <T>(read: (pieces: Pieces) => T): T =>
    withFilePieces(path, (pieces) => read(bunzip2(pieces, name)));
  const [kept] = run((pieces) => keptMemos(pieces, { name }));
  return collectWhole(
    (options) => run((pieces) => readPickle(pieces, { ...options, kept, name })),
    name,
    onProgress,
  );
}

/**
 * Reads a pickle of the whole benchmark, `{meta_archs, arch2infos: {index: {length: record}}, …}`. Each architecture is taken
 * up and its dict emptied as soon as it is read, so that memory does not grow with the file.
 */
export function collectWhole(
  read: (options: typeof OFFICIAL) => unknown,
  name: string,
  onProgress?: OnProgress,
): Collector {
  let into: Collector | undefined;
  const whole = read({
    ...OFFICIAL,
    onItems: (dict) => {
      OFFICIAL.onItems!(dict);
      if (!dict.has('arch_index') || !dict.has('all_results') || !dict.has('arch_str')) return;
      const record = recordOf(dict, name);
      dict.clear();
      into ??= collector(spaceOf(record.text));
      into.add(record);
      onProgress?.(into.state().architectures);
    },
  });
  if (!(whole instanceof Map) || !(whole.get('arch2infos') instanceof Map)) {
    throw new Error(
      `${name}: a dict with arch2infos is expected, but there is ${shown(whole)}: this is no file of the benchmark`,
    );
  }
  if (into === undefined) throw new Error(`${name}: no architecture is in it`);
  return into;
}
