// Unpacks bzip2 piece by piece, as the reader asks for it. Node has no bzip2; of the packages for it none can be asked
// for the next piece (wasm-bz2 and seek-bzip take whole files, unbzip2-stream pushes), and two have stood still since 2020.
import type { Pieces } from '../pickle/pieces.js';
import { type Bits, bitsOf } from './bits.js';
import { type Fail, readSelectors, readTable } from './huffman.js';

const PIECE = 1 << 18;
const BLOCK_UNIT = 100_000;
const GROUP = 50; // symbols that share a Huffman table

const CRC = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n << 24;
  for (let k = 0; k < 8; k++) c = c & 0x80000000 ? (c << 1) ^ 0x04c11db7 : c << 1;
  return c;
});

/** Unpacks a bzip2 file, or several after each other. Every block's checksum is compared. */
export function bunzip2(pieces: Pieces, name = 'bzip2 data'): Pieces {
  const bits = bitsOf(pieces, name);
  const fail = (problem: string) => new Error(`${name}, packed byte ${bits.offset()}: ${problem}`);
  const out = new Uint8Array(PIECE);
  let level = 0;
  let combined = 0;
  let block: Block | undefined;
  let done = false;

  /** Opens the next block; false at the end of the file. */
  const open = (): boolean => {
    if (level === 0) {
      if (bits.read(24) !== 0x425a68) throw fail('this is not bzip2 (no "BZh")');
      level = bits.read(8) - 48;
      if (level < 1 || level > 9) throw fail('this is not bzip2 (the level is not 1 to 9)');
      combined = 0;
    }
    const magic = [bits.read(24), bits.read(24)];
    const check = (bits.read(16) << 16) | bits.read(16);
    if (magic[0] === 0x177245 && magic[1] === 0x385090) {
      if (check !== combined) throw fail('the checksum of the whole differs: the file is damaged');
      level = 0;
      return bits.align() && open();
    }
    if (magic[0] !== 0x314159 || magic[1] !== 0x265359)
      throw fail('no block begins here: the file is damaged');
    block = readBlock(bits, level * BLOCK_UNIT, check, fail);
    combined = (combined << 1) | (combined >>> 31);
    combined ^= check;
    return true;
  };

  return () => {
    while (!done) {
      if (block === undefined && !open()) done = true;
      else {
        const count = writeBlock(block!, out);
        if (count < out.length) {
          if (~block!.crc !== block!.check)
            throw fail('the checksum of a block differs: the file is damaged');
          block = undefined;
        }
        if (count > 0) return out.subarray(0, count);
      }
    }
    return undefined;
  };
}

interface Block {
  /** Low 8 bits: a byte; high 24 bits: the place of the one that follows it. */
  chain: Uint32Array;
  left: number;
  place: number;
  check: number;
  crc: number;
  /** Run-length state: the last byte, how often it came in a row, how many copies are still to be written. */
  last: number;
  run: number;
  copies: number;
}

function readBlock(bits: Bits, capacity: number, check: number, fail: Fail): Block {
  if (bits.read(1) !== 0) throw fail('a randomised block, which bzip2 has not written since 1997');
  const origin = bits.read(24);
  const alphabet = readAlphabet(bits);
  const tableCount = bits.read(3);
  if (tableCount < 2 || tableCount > 6) throw fail(`${tableCount} Huffman tables, expected 2 to 6`);
  const selectors = readSelectors(bits, tableCount, fail);
  const tables = Array.from({ length: tableCount }, () => readTable(bits, alphabet.length + 2, fail));

  const chain = new Uint32Array(capacity);
  const counts = new Uint32Array(256);
  const front = Uint8Array.from(alphabet); // move to front
  const end = alphabet.length + 1;
  let count = 0;
  let runLength = 0;
  let runUnit = 1;
  let group = 0;
  let left = 0;
  let table = tables[0];
  for (;;) {
    if (left === 0) {
      if (group >= selectors.length) throw fail('more symbols than tables are assigned to');
      table = tables[selectors[group++]];
      left = GROUP;
    }
    left--;
    let length = table.shortest;
    let code = bits.read(length);
    while (code > table.limit[length]) {
      if (++length > table.longest) throw fail('a code that no symbol has');
      code = (code << 1) | bits.read(1);
    }
    const symbol = table.symbols[code - table.base[length]];
    if (symbol <= 1) {
      runLength += runUnit << symbol;
      if (runLength > capacity) throw fail('a run longer than a block'); // before the unit can overflow
      runUnit <<= 1;
      continue;
    }
    if (runLength > 0) {
      if (count + runLength > capacity) throw fail('a block longer than its level allows');
      chain.fill(front[0], count, count + runLength);
      counts[front[0]] += runLength;
      count += runLength;
      runLength = 0;
      runUnit = 1;
    }
    if (symbol === end) break;
    if (count >= capacity) throw fail('a block longer than its level allows');
    const value = front[symbol - 1];
    front.copyWithin(1, 0, symbol - 1);
    front[0] = value;
    chain[count++] = value;
    counts[value]++;
  }
  if (origin >= count) throw fail('a block that begins behind its end');

  // The Burrows-Wheeler transform undone: sorted by value, in order of place, each entry leads to the next byte.
  const starts = new Uint32Array(256);
  for (let value = 1; value < 256; value++) starts[value] = starts[value - 1] + counts[value - 1];
  for (let i = 0; i < count; i++) chain[starts[chain[i] & 0xff]++] |= i << 8;
  return { chain, left: count, place: chain[origin] >>> 8, check, crc: -1, last: -1, run: 0, copies: 0 };
}

function readAlphabet(bits: Bits): number[] {
  const rows = bits.read(16);
  const alphabet: number[] = [];
  for (let row = 0; row < 16; row++) {
    if (!(rows & (0x8000 >>> row))) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column++)
      if (columns & (0x8000 >>> column)) alphabet.push(16 * row + column);
  }
  return alphabet;
}

/** Writes on until `out` is full or the block is at its end; returns the number of bytes. */
function writeBlock(block: Block, out: Uint8Array): number {
  const { chain } = block;
  let { left, place, crc, last, run, copies } = block;
  let count = 0;
  while (count < out.length) {
    if (copies > 0) {
      copies--;
    } else {
      if (left === 0) break;
      left--;
      const entry = chain[place];
      place = entry >>> 8;
      const value = entry & 0xff;
      if (run === 4) {
        // Four equal bytes are followed by how many more there are.
        run = 0;
        copies = value;
        last = value === 0 ? -1 : last;
        if (copies === 0) continue;
        copies--;
      } else {
        run = value === last ? run + 1 : 1;
        last = value;
      }
    }
    out[count++] = last;
    crc = (crc << 8) ^ CRC[(crc >>> 24) ^ last];
  }
  block.left = left;
  block.place = place;
  block.crc = crc;
  block.last = last;
  block.run = run;
  block.copies = copies;
  return count;
}
