// The Huffman tables of a bzip2 block, and which of them each group of symbols uses.
import type { Bits } from './bits.js';

const MAX_BITS = 20;

export type Fail = (problem: string) => Error;

export interface Table {
  /** By length: the largest code of that length, and what to subtract for an index into symbols. */
  limit: Int32Array;
  base: Int32Array;
  symbols: Uint16Array;
  shortest: number;
  longest: number;
}

export function readSelectors(bits: Bits, tableCount: number, fail: Fail): Uint8Array {
  const selectors = new Uint8Array(bits.read(15));
  const front = [0, 1, 2, 3, 4, 5];
  for (let i = 0; i < selectors.length; i++) {
    let place = 0;
    while (bits.read(1)) if (++place >= tableCount) throw fail('a Huffman table that does not exist');
    const [table] = front.splice(place, 1);
    front.unshift(table);
    selectors[i] = table;
  }
  return selectors;
}

export function readTable(bits: Bits, symbolCount: number, fail: Fail): Table {
  const lengths = new Uint8Array(symbolCount);
  let length = bits.read(5);
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    for (;;) {
      if (length < 1 || length > MAX_BITS) throw fail(`a code of ${length} bits, expected 1 to ${MAX_BITS}`);
      if (!bits.read(1)) break;
      length += bits.read(1) ? -1 : 1;
    }
    lengths[symbol] = length;
  }
  const shortest = Math.min(...lengths);
  const longest = Math.max(...lengths);
  const symbols = new Uint16Array(symbolCount);
  const limit = new Int32Array(MAX_BITS + 1);
  const base = new Int32Array(MAX_BITS + 1);
  let code = 0;
  let index = 0;
  for (let l = shortest; l <= longest; l++) {
    base[l] = code - index;
    for (let symbol = 0; symbol < symbolCount; symbol++) {
      if (lengths[symbol] !== l) continue;
      symbols[index++] = symbol;
      code++;
    }
    if (code > 2 ** l) throw fail('more codes than their lengths allow');
    limit[l] = code - 1;
    code <<= 1;
  }
  return { limit, base, symbols, shortest, longest };
}
