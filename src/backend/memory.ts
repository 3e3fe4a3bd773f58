// Pooled blocks of an engine's memory: a freed block serves the next tensor of about its size.
import { alignment, type Block, type Engine } from './engine.js';

export interface PoolStatistics {
  /** Bytes in blocks that are in use. */
  readonly used: number;
  /** The most bytes that were ever in use at once. */
  readonly peak: number;
  /** Blocks in use. */
  readonly blocks: number;
  /** Bytes taken from the engine, in use or waiting in the pool. */
  readonly reserved: number;
}

export interface Pool {
  /** A block of at least `bytes`; `what` names its purpose in the error when there is no memory left. */
  take(bytes: number, what: () => string): Block;
  give(block: Block): void;
  /** Whether the buffer belongs to this pool, so that a view of it may change under its holder. */
  owns(buffer: ArrayBufferLike): boolean;
  statistics(): PoolStatistics;
}

const slabBytes = 1 << 20;
const largestInSlab = 1 << 16;

/** Sizes are rounded up to one of eight steps between powers of two: at most an eighth is lost. */
export function sizeClass(bytes: number): number {
  const wanted = Math.max(bytes, alignment);
  const step = Math.max(alignment, 2 ** (Math.floor(Math.log2(wanted)) - 3));
  return Math.ceil(wanted / step) * step;
}

export function createPool(engine: Engine, { limit = Number.POSITIVE_INFINITY } = {}): Pool {
  const free = new Map<number, Block[]>();
  const buffers = new WeakSet<ArrayBufferLike>();
  let used = 0;
  let peak = 0;
  let blocks = 0;
  let reserved = 0;

  const reserve = (bytes: number): Block | undefined => {
    if (reserved + bytes > limit) return undefined;
    const block = engine.allocate(bytes);
    if (block) {
      reserved += bytes;
      buffers.add(block.buffer);
    }
    return block;
  };

  /** Returns waiting large blocks to the engine, to be cut anew in other sizes. */
  const trim = () => {
    for (const [bytes, list] of free) {
      if (bytes <= largestInSlab) continue;
      for (const block of list) {
        engine.release(block);
        reserved -= bytes;
      }
      free.delete(bytes);
    }
  };

  const cutSlab = (bytes: number): Block | undefined => {
    const slab = reserve(slabBytes);
    if (!slab) return undefined;
    const list = listOf(bytes);
    for (let at = slabBytes - bytes; at >= 0; at -= bytes) {
      list.push({ address: slab.address + at, bytes, buffer: slab.buffer, offset: slab.offset + at });
    }
    return list.pop();
  };

  const listOf = (bytes: number): Block[] => {
    let list = free.get(bytes);
    if (!list) {
      list = [];
      free.set(bytes, list);
    }
    return list;
  };

  return {
    take(wanted, what) {
      const bytes = sizeClass(wanted);
      const obtain = () => (bytes <= largestInSlab ? cutSlab(bytes) : reserve(bytes));
      let block = listOf(bytes).pop() ?? obtain();
      if (!block) {
        trim();
        block = obtain();
      }
      if (!block) {
        throw new Error(
          `out of memory: ${what()} needs ${wanted} bytes and the ${engine.kind} engine, which holds ` +
            `${reserved} bytes, has none left; use a smaller batch, fewer channels or fewer cells`,
        );
      }
      used += bytes;
      peak = Math.max(peak, used);
      blocks++;
      return block;
    },
    give(block) {
      used -= block.bytes;
      blocks--;
      listOf(block.bytes).push(block);
    },
    owns: (buffer) => buffers.has(buffer),
    statistics: () => ({ used, peak, blocks, reserved }),
  };
}
