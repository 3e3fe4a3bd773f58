// What the backend asks of a compute engine, whether it is the native addon or the wasm module.

/** A piece of an engine's memory: 64-byte aligned, `bytes` long, at `address` for kernels and at `offset` of `buffer` for JavaScript. */
export interface Block {
  readonly address: number;
  readonly bytes: number;
  readonly buffer: ArrayBufferLike;
  readonly offset: number;
  /** Of a dry run: how many bytes lie behind it in truth, for JavaScript to look at. Absent: all. */
  readonly readable?: number;
}

export interface Engine {
  readonly kind: 'native' | 'wasm';
  /** The instruction set in use: avx512, avx2, portable or simd128. */
  readonly isa: string;
  /** Threads that work on a kernel, the caller included. */
  readonly threads: number;
  setThreads(threads: number): void;
  /** Whether the engine has a kernel of that name. */
  has(name: string): boolean;
  /**
   * Runs drnas_<name> on the arguments (addresses, integers and reals). The array returned holds the arguments as
   * the kernel left them; it is the same array at each call, so read it before the next.
   */
  call(name: string, args: readonly number[]): Float64Array;
  /** A new block, or undefined when there is no memory left. */
  allocate(bytes: number): Block | undefined;
  /** Gives a block back to the engine. */
  release(block: Block): void;
}

/** Alignment of each block: a cache line, and the widest vector. */
export const alignment = 64;

/** Arguments that one call may have; the largest is SgdUpdate with four for each parameter. */
export const maxArguments = 32768;

/** The error for a kernel that the loaded build lacks. */
export function missingKernel(engine: string, name: string): Error {
  return new Error(
    `the ${engine} engine has no kernel "${name}": rebuild with npm run build:native and npm run build:wasm`,
  );
}

/** The error for a call with too many arguments. */
export function tooManyArguments(name: string, count: number): Error {
  return new Error(
    `kernel "${name}" was called with ${count} arguments; ${maxArguments} is the most it can take`,
  );
}
