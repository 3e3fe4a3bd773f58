// Damages files in the ways that files get damaged, for the tests that a reader survives it.
import { expect } from 'chai';
import { integer } from '../../src/random/integer.js';
import { createStream, type Stream } from '../../src/random/stream.js';

/** How many damaged copies a format is tried with: a few here, 10,000 with DRNAS_TEST_MUTATIONS=10000. */
export const mutationCount = (few: number): number => Number(process.env.DRNAS_TEST_MUTATIONS ?? few);

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];

/** One damaged copy: cut, bytes changed, a 32-bit number made extreme, a piece doubled, removed or moved. */
export function mutate(bytes: Uint8Array, stream: Stream): Uint8Array {
  const pick = (n: number) => integer(stream, Math.max(1, n));
  // Half of the damage goes to the first 200 bytes: headers matter more than pixels.
  const place = () => (stream.uniform() < 0.5 ? pick(Math.min(200, bytes.length)) : pick(bytes.length));
  const copy = Buffer.from(bytes);
  switch (pick(7)) {
    case 0:
      return copy.subarray(0, place());
    case 1:
      for (let n = pick(8); n >= 0; n--) copy[place()] = pick(256);
      return copy;
    case 2:
      copy[place()] ^= 1 << pick(8);
      return copy;
    case 3: {
      const at = place();
      copy.fill(EXTREMES[pick(EXTREMES.length)], at, Math.min(bytes.length, at + 4));
      return copy;
    }
    case 4: {
      const [from, length] = [place(), pick(64)];
      return Buffer.concat([copy.subarray(0, from + length), copy.subarray(from)]);
    }
    case 5: {
      const [from, length] = [place(), pick(64)];
      return Buffer.concat([copy.subarray(0, from), copy.subarray(from + length)]);
    }
    default: {
      const [from, to, length] = [place(), place(), pick(32)];
      copy.copyWithin(to, from, from + length);
      return copy;
    }
  }
}

/**
 * Reads `count` damaged copies: each must be refused with an error that names the file, or pass `check`.
 * @returns how many were refused and how many were read
 */
export async function surviveMutations<T>(
  name: string,
  bytes: Uint8Array,
  count: number,
  read: (file: string, bytes: Uint8Array) => T | Promise<T>,
  check: (value: T) => void,
): Promise<{ refused: number; taken: number }> {
  let refused = 0;
  let taken = 0;
  let slowest = 0;
  const before = process.memoryUsage().rss;
  for (let i = 0; i < count; i++) {
    const damaged = mutate(bytes, createStream(i, 'mutation', name));
    const begun = performance.now();
    let value: T | undefined;
    let error: Error | undefined;
    try {
      value = await read(name, damaged);
    } catch (problem) {
      error = problem as Error;
    }
    slowest = Math.max(slowest, performance.now() - begun);
    if (error) {
      refused++;
      expect(error.constructor, `mutation ${i}: ${error.stack}`).to.equal(Error);
      expect(error.message, `mutation ${i}`).to.contain(name);
    } else {
      taken++;
      check(value as T);
    }
  }
  expect(slowest, 'milliseconds for the slowest').to.be.below(3000); // no hang; the margin is for busy machines
  expect((process.memoryUsage().rss - before) / 2 ** 20, 'MiB more').to.be.below(500);
  return { refused, taken };
}
