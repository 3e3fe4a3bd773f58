// Loads the N-API addon: the build for this processor, if it was built from the sources that lie beside it.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../root.js';
import { type Block, type Engine, maxArguments, missingKernel, tooManyArguments } from './engine.js';

interface Addon {
  bind(args: Float64Array): void;
  resolve(name: string): number;
  call(id: number): void;
  alloc(bytes: number): ArrayBuffer | null;
  address(buffer: ArrayBuffer): number;
  setThreads(threads: number): number;
  cpuFeatures(): string;
  sourceHash: string;
}

/** The hash that scripts/build-native.mjs puts into the addon: of all sources, names and bytes. */
export function sourceHash(root: string): string {
  const folder = join(root, 'native');
  const hash = createHash('sha256');
  const names = readdirSync(folder).filter((name) => name.endsWith('.cpp') || name.endsWith('.h'));
  for (const name of names.sort()) hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 32);
}

function open(file: string): Addon {
  const target = { exports: {} };
  process.dlopen(target, file);
  return target.exports as Addon;
}

/**
 * The native engine.
 * @throws where the addon is missing, cannot be loaded, or was built from other sources; the message is one line
 * that says what to do.
 */
export function loadNative(
  threads: number,
  { root = projectRoot(), isa = process.env.DRNAS_ISA } = {},
): Engine {
  const fileOf = (build: string) => join(root, 'build', 'native', `drnas-${build}.node`);
  if (!existsSync(fileOf('portable'))) {
    throw new Error('the native addon is not built (npm run build:native builds it)');
  }
  const portable = open(fileOf('portable'));
  const best = isa ?? portable.cpuFeatures();
  const build = existsSync(fileOf(best)) ? best : 'portable';
  const addon = build === 'portable' ? portable : open(fileOf(build));
  if (addon.sourceHash !== sourceHash(root)) {
    throw new Error('the native addon was built from other sources (npm run build:native builds it anew)');
  }
  return nativeEngine(addon, build, threads);
}

function nativeEngine(addon: Addon, isa: string, wantedThreads: number): Engine {
  const args = new Float64Array(maxArguments);
  addon.bind(args);
  const ids = new Map<string, number>();
  const idOf = (name: string): number => {
    let id = ids.get(name);
    if (id === undefined) {
      id = addon.resolve(name);
      ids.set(name, id);
    }
    return id;
  };
  let threads = addon.setThreads(wantedThreads);
  return {
    kind: 'native',
    isa,
    get threads() {
      return threads;
    },
    setThreads(count) {
      threads = addon.setThreads(count);
    },
    has: (name) => idOf(name) >= 0,
    call(name, values) {
      const id = idOf(name);
      if (id < 0) throw missingKernel('native', name);
      if (values.length > maxArguments) throw tooManyArguments(name, values.length);
      for (let i = 0; i < values.length; i++) args[i] = values[i];
      addon.call(id);
      return args;
    },
    allocate(bytes): Block | undefined {
      const buffer = addon.alloc(bytes);
      return buffer ? { address: addon.address(buffer), bytes, buffer, offset: 0 } : undefined;
    },
    release() {
      // The memory goes back when the ArrayBuffer is collected.
    },
  };
}
