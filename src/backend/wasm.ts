// Loads the shipped wasm module: one shared memory, and a Node worker for each further thread.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { projectRoot } from '../root.js';
import {
  alignment,
  type Block,
  type Engine,
  maxArguments,
  missingKernel,
  tooManyArguments,
} from './engine.js';
import { createHeap } from './heap.js';

// The part of WebAssembly used here: TypeScript declares it only for browsers.
interface Memory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}
interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
  Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => Memory;
}
const { compile, Instance, Memory } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

const pageBytes = 65536;
const stackBytes = 1 << 20;

// Each thread is its own instance of the module on the same memory, with a stack of its own. The call to
// drnas_serve does not return; the thread ends with the process.
const threadProgram = `
const { module, memory, stack, id } = require('node:worker_threads').workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
exports.__stack_pointer.value = stack;
exports.drnas_serve(id);
`;

/** Shared memory that may grow to 4 GiB, or to as much as this machine lets a process reserve. */
function reserve(): Memory {
  let problem: unknown;
  for (const maximum of [65536, 32768, 16384]) {
    try {
      return new Memory({ initial: 32, maximum, shared: true });
    } catch (error) {
      problem = error;
    }
  }
  throw new Error(`no shared memory for the wasm kernels: ${problem}`);
}

/** The wasm engine. @throws where the module is missing or shared memory cannot be had. */
export async function loadWasm(threads: number, { root = projectRoot() } = {}): Promise<Engine> {
  const module = await compile(readFileSync(join(root, 'native', 'wasm', 'drnas.wasm')));
  return wasmEngine(module, reserve(), threads);
}

function wasmEngine(module: object, memory: Memory, wantedThreads: number): Engine {
  const exported = new Instance(module, { env: { memory } }).exports;
  const setLimit = exported.drnas_set_limit as (limit: number, mayBlock: number) => void;
  const heap = createHeap((exported.__heap_base as { value: number }).value, alignment, (end) => {
    const missing = Math.ceil((end - memory.buffer.byteLength) / pageBytes);
    if (missing <= 0) return true;
    try {
      memory.grow(missing);
      return true;
    } catch {
      return false;
    }
  });
  const allocate = (bytes: number): Block | undefined => {
    const address = heap.take(bytes);
    return address === undefined ? undefined : { address, bytes, buffer: memory.buffer, offset: address };
  };
  const argumentBlock = allocate(maxArguments * 8)!;
  const args = new Float64Array(memory.buffer, argumentBlock.offset, maxArguments);
  let started = 1;
  let threads = 1;
  const setThreads = (count: number) => {
    threads = Math.max(1, Math.floor(count));
    for (; started < threads; started++) {
      const stack = allocate(stackBytes);
      if (!stack) throw new Error(`no memory for the stack of thread ${started}`);
      const workerData = { module, memory, stack: stack.address + stackBytes, id: started };
      new Worker(threadProgram, { eval: true, workerData, execArgv: [], env: {} }).unref();
    }
    setLimit(threads, 1);
  };
  setThreads(wantedThreads);
  const kernelOf = (name: string) => exported[`drnas_${name}`] as ((args: number) => void) | undefined;
  return {
    kind: 'wasm',
    isa: 'simd128',
    get threads() {
      return threads;
    },
    setThreads,
    has: (name) => kernelOf(name) !== undefined,
    call(name, values) {
      const kernel = kernelOf(name);
      if (!kernel) throw missingKernel('wasm', name);
      if (values.length > maxArguments) throw tooManyArguments(name, values.length);
      for (let i = 0; i < values.length; i++) args[i] = values[i];
      kernel(argumentBlock.address);
      return args;
    },
    allocate,
    release: (block) => heap.give(block.address, block.bytes),
  };
}
