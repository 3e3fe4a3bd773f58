// Integers and permutations: complete, unbiased.
import { expect } from 'chai';
import { createStream, integer, permutation, type Stream, shuffle } from '../../src/random/index.js';
import { chiSquare } from './statistics.js';

describe('random integers', () => {
  it('are equally likely', () => {
    const stream = createStream(21);
    const counts = new Float64Array(7);
    for (let i = 0; i < 70000; i++) counts[integer(stream, 7)]++;
    expect(chiSquare(counts)).to.be.below(28); // 6 degrees of freedom: p = 1e-4
  });

  it('reject the draws that a modulo would favour', () => {
    // With n = 3 * 2^30 the draws from 3 * 2^30 up must be thrown away, or the low values come twice as often.
    const scripted = [3 * 2 ** 30, 2 ** 32 - 1, 5];
    const stream = { uint32: () => scripted.shift()! } as Stream;
    expect(integer(stream, 3 * 2 ** 30)).to.equal(5);
  });

  it('cover the whole range of 32 bits', () => {
    const stream = createStream(22);
    const values = Array.from({ length: 1000 }, () => integer(stream, 2 ** 32));
    expect(Math.max(...values)).to.be.above(0.99 * 2 ** 32);
    expect(integer(stream, 1)).to.equal(0);
  });

  it('refuse a count that is not whole and positive', () => {
    for (const n of [0, -3, 1.5, Number.NaN, 2 ** 33])
      expect(() => integer(createStream(0), n)).to.throw(String(n));
  });
});

describe('a random permutation', () => {
  it('holds every number once', () => {
    const order = permutation(createStream(23), 1000);
    expect(Array.from(order).sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('is each of the 24 orders of four equally often', () => {
    const stream = createStream(24);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24000; i++) {
      const key = permutation(stream, 4).join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).to.equal(24);
    expect(chiSquare([...counts.values()])).to.be.below(57); // 23 degrees of freedom: p = 1e-4
  });

  it('of nothing is nothing, and shuffle works in place', () => {
    expect(permutation(createStream(25), 0)).to.have.lengthOf(0);
    const items = ['a', 'b', 'c'];
    expect(shuffle(createStream(26), items)).to.equal(items);
    expect(items.slice().sort()).to.deep.equal(['a', 'b', 'c']);
  });
});
