// Which values of a pickle are used a second time: found in a first pass, so that the second keeps only those.
import { type Cursor, cursor } from './bytes.js';
import { BY_CODE, nameOf } from './opcodes.js';
import type { Pieces } from './pieces.js';

/** Tells whether the value with this memo number is ever fetched again. */
export type Kept = (id: number) => boolean;

const LIMIT = 2 ** 31; // numbers beyond are refused: 256 MiB of bits

/** Reads past one opcode's operand. */
function pass(input: Cursor, code: number, fail: (offset: number, problem: string) => Error): void {
  const opcode = BY_CODE[code];
  if (opcode === undefined) throw fail(input.offset() - 1, `opcode ${nameOf(code)} is in no official file`);
  const { operand } = opcode;
  if (operand === 'line' || operand === 'lines') {
    input.line();
    if (operand === 'lines') input.line();
  } else if (operand === 'length1') input.skip(input.u8());
  else if (operand === 'length4') input.skip(input.u32());
  else if (operand === 'length8') input.skip(input.u64());
  else input.skip(operand);
}

/** The first pass over `count` pickles in a row, whose memo numbers begin anew in each. */
export function findKept(
  pieces: Pieces,
  count: number,
  fail: (offset: number, problem: string) => Error,
): Kept[] {
  const input = cursor(pieces, fail);
  return Array.from({ length: count }, () => {
    let bits = new Uint8Array(1 << 10);
    for (;;) {
      const code = input.u8();
      if (code === 0x68 || code === 0x6a) {
        const id = code === 0x68 ? input.u8() : input.u32();
        if (id >= LIMIT) throw fail(input.offset(), `memo number ${id}: no official file has so many`);
        while (id >>> 3 >= bits.length) {
          const grown = new Uint8Array(bits.length * 2);
          grown.set(bits);
          bits = grown;
        }
        bits[id >>> 3] |= 1 << (id & 7);
      } else {
        pass(input, code, fail);
        if (code === 0x2e) break;
      }
    }
    const found = bits;
    return (id) => ((found[id >>> 3] ?? 0) & (1 << (id & 7))) !== 0;
  });
}
