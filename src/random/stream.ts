// Named, splittable streams of random numbers: a seed and a path of names give a stream, whatever was drawn before.
import { hash128 } from './hash.js';

/** One source of random numbers. Two streams with different seeds or name paths are independent. */
export interface Stream {
  /** The seed and the names that made it, for messages: `0/theta/12/valid`. */
  readonly name: string;
  /** The next integer in [0, 2^32). */
  uint32(): number;
  /** The next number in [0, 1) on the grid of 2^-53. */
  uniform(): number;
  /** The stream at a longer name path. It depends on the path alone, never on what this stream has drawn. */
  split(...names: (string | number)[]): Stream;
}

/**
 * The stream of a seed and a path of names. `createStream(7, 'theta', 3)` equals `createStream(7).split('theta').split(3)`.
 *
 * Nothing needs to be saved at a checkpoint: a resumed run asks for the stream of its step by name.
 * The text '3' and the number 3 are different names.
 */
export function createStream(seed: number | string, ...names: (string | number)[]): Stream {
  const path = [seed, ...names];
  for (const part of path) {
    if (typeof part === 'number' && !Number.isFinite(part)) {
      throw new Error(`a stream's seed and names must be text or finite numbers, but one is ${part}`);
    }
  }
  return openStream(path);
}

function openStream(path: (string | number)[]): Stream {
  // JSON keeps ['a', 'b'] apart from ['a/b'] and 3 apart from '3'.
  const uint32 = sfc32(hash128(JSON.stringify(path)));
  return {
    name: path.join('/'),
    uint32,
    // 27 high bits and 26 low bits, most significant first.
    uniform: () => ((uint32() >>> 5) * 67108864 + (uint32() >>> 6)) / 9007199254740992,
    split: (...names) => createStream(path[0], ...path.slice(1), ...names),
  };
}

/** Chris Doty-Humphrey's "small fast counting" generator (PractRand): 96 chaotic bits and a 32-bit counter. */
function sfc32([a, b, c, counter]: Uint32Array): () => number {
  const next = () => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  // The author's recommendation for an arbitrary seed: let it mix before the first use.
  for (let i = 0; i < 15; i++) next();
  return next;
}
