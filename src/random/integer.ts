// Integers and permutations without bias.
import type { Stream } from './stream.js';

/** An integer in [0, n), every one exactly equally likely, for 1 <= n <= 2^32. */
export function integer(stream: Stream, n: number): number {
  if (!(Number.isInteger(n) && n >= 1 && n <= 2 ** 32)) {
    throw new Error(`a random integer needs a whole number of choices from 1 to 2^32, but got ${n}`);
  }
  // Draws above the last whole multiple of n would favour the small remainders: draw again.
  const limit = 2 ** 32 - (2 ** 32 % n);
  for (;;) {
    const draw = stream.uint32();
    if (draw < limit) return draw % n;
  }
}

/** Shuffles in place (Fisher and Yates) and returns the same array. */
export function shuffle<A extends { length: number; [i: number]: unknown }>(stream: Stream, items: A): A {
  for (let i = items.length - 1; i > 0; i--) {
    const j = integer(stream, i + 1);
    const kept = items[i];
    items[i] = items[j];
    items[j] = kept;
  }
  return items;
}

/** The numbers 0..n-1 in random order. */
export function permutation(stream: Stream, n: number): Int32Array {
  return shuffle(
    stream,
    Int32Array.from({ length: n }, (_, i) => i),
  );
}
