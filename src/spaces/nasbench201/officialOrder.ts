// The official numbering of the 15,625 architectures, computed instead of stored.
import { type Architecture, formatArchitecture } from './architecture.js';
import { OPERATIONS } from './operations.js';

/** Number of architectures: five operations on six edges. */
export const ARCHITECTURE_COUNT = OPERATIONS.length ** 6;

/**
 * The 32-bit Mersenne Twister as CPython seeds it (init_by_array with one word).
 * Needed because the benchmark's authors numbered the cells by `random.seed(88); random.shuffle(all)`.
 */
function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(624);
  state[0] = 19650218;
  for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  for (let i = 1, k = 624; k > 0; k--) {
    state[i] = (state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), 1664525)) + seed;
    if (++i === 624) {
      state[0] = state[623];
      i = 1;
    }
  }
  // CPython's second pass continues where the first one stopped, at word 2.
  for (let i = 2, k = 623; k > 0; k--) {
    state[i] = (state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), 1566083941)) - i;
    if (++i === 624) {
      state[0] = state[623];
      i = 1;
    }
  }
  state[0] = 0x80000000;
  let position = 624;
  return () => {
    if (position === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
        state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      position = 0;
    }
    let y = state[position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

/** Python's `random.shuffle`: Fisher-Yates from the end with rejection sampling of the index. */
function pythonShuffle<T>(items: T[], next: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const bits = 32 - Math.clz32(i + 1);
    let j = next() >>> (32 - bits);
    while (j > i) j = next() >>> (32 - bits);
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

let order: { architectures: readonly Architecture[]; indexOf: ReadonlyMap<string, number> } | undefined;

function officialOrder() {
  if (!order) {
    const all = Array.from({ length: ARCHITECTURE_COUNT }, (_, n) =>
      Array.from(
        { length: 6 },
        (_, edge) => OPERATIONS[Math.floor(n / OPERATIONS.length ** (5 - edge)) % OPERATIONS.length],
      ),
    );
    const architectures = pythonShuffle(all, mersenneTwister(88));
    order = { architectures, indexOf: new Map(architectures.map((a, i) => [formatArchitecture(a), i])) };
  }
  return order;
}

/** Official index, 0 to 15,624, of an architecture. */
export function architectureIndex(architecture: Architecture): number {
  return officialOrder().indexOf.get(formatArchitecture(architecture))!;
}

/** The architecture of an official index. */
export function architectureAt(index: number): Architecture {
  const architecture = officialOrder().architectures[index];
  if (!architecture)
    throw new Error(`architecture index ${index} does not exist: use 0 to ${ARCHITECTURE_COUNT - 1}`);
  return architecture;
}

/** All architectures in the official order. */
export function allArchitectures(): readonly Architecture[] {
  return officialOrder().architectures;
}
