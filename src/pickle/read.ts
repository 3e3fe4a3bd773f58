// Reads Python pickles (protocols 2 to 5) as data: no name but those allowed, nothing imported, nothing executed.
import { type Cursor, cursor } from './bytes.js';
import { pickleMachine } from './machine.js';
import { findKept, type Kept } from './memo.js';
import { nameOf } from './opcodes.js';
import type { PickleOptions } from './options.js';
import { type Pieces, piecesOf } from './pieces.js';

const LONGEST = 2 ** 29;
const MEMORY = 2 ** 31;
/** Memory is looked at after so many opcodes, or so many bytes of texts and byte strings. */
const LOOK_OPCODES = 1 << 16;
const LOOK_BYTES = 1 << 26;

export const pickleError =
  (name: string) =>
  (offset: number, problem: string): Error =>
    new Error(`${name}, byte ${offset}: ${problem}`);

/**
 * The value of a pickle, or of the pieces of one. dict becomes Map, with tuple keys as their parts joined by `|`; list and
 * tuple become arrays, tuples frozen; bytes become Uint8Array; None becomes null; whole numbers beyond 2^53 become bigint.
 * Python 2's strings are taken as Latin-1, those of 256 bytes and more as bytes.
 * Throws with the byte's offset on anything that is truncated, malformed, not allowed or follows the end.
 */
export function readPickle(source: Uint8Array | Pieces, options: PickleOptions): unknown {
  const fail = pickleError(options.name ?? 'pickle');
  const input = cursor(typeof source === 'function' ? source : piecesOf(source), fail);
  const value = readOne(input, options);
  if (input.next() >= 0) throw fail(input.offset() - 1, 'more bytes follow the end of the pickle');
  return value;
}

/** The first pass over a large file, for `kept`: one for each of `count` pickles that follow each other. */
export function keptMemos(pieces: Pieces, { count = 1, name = 'pickle' } = {}): Kept[] {
  return findKept(pieces, count, pickleError(name));
}

/** A cursor for `readOne`, for files in which something else follows the pickle. */
export const pickleCursor = (pieces: Pieces, name = 'pickle'): Cursor => cursor(pieces, pickleError(name));

/** Reads one pickle and leaves the cursor behind its STOP. */
export function readOne(input: Cursor, options: PickleOptions): unknown {
  const { persistent, name = 'pickle', longest = LONGEST, memory = MEMORY } = options;
  const error = pickleError(name);
  let start = input.offset();
  const fail = (problem: string) => error(start, problem);
  const machine = pickleMachine(options, fail);

  const atStart = process.memoryUsage.rss();
  let opcodes = 0;
  let bytes = 0;
  const look = () => {
    opcodes = 0;
    bytes = 0;
    const grown = process.memoryUsage.rss() - atStart;
    if (grown > memory)
      throw fail(`the file fills more than ${memory} bytes of memory: no official file does that`);
  };
  /** A length that the file claims, checked before anything is read. */
  const sized = (length: number): number => {
    if (length > longest) throw fail(`a value of ${length} bytes, expected at most ${longest}`);
    bytes += length;
    if (bytes > LOOK_BYTES) look();
    return length;
  };

  for (;;) {
    start = input.offset();
    const code = input.u8();
    if (++opcodes > LOOK_OPCODES) look();
    switch (code) {
      case 0x80: {
        const protocol = input.u8();
        if (protocol > 5) throw fail(`protocol ${protocol} is unknown, expected 2 to 5`);
        break;
      }
      case 0x95: // FRAME: only a hint for readers that fetch ahead
        input.u64();
        break;
      case 0x2e:
        return machine.result();
      case 0x28:
        machine.mark();
        break;
      case 0x30:
        machine.popAny();
        break;
      case 0x31:
        machine.toMark();
        break;
      case 0x32:
        machine.push(machine.top());
        break;
      case 0x4e:
        machine.push(null);
        break;
      case 0x88:
      case 0x89:
        machine.push(code === 0x88);
        break;
      case 0x4a:
        machine.push(input.i32());
        break;
      case 0x4b:
        machine.push(input.u8());
        break;
      case 0x4d:
        machine.push(input.u16());
        break;
      case 0x8a:
        machine.push(longOf(input.bytes(input.u8())));
        break;
      case 0x47:
        machine.push(input.f64());
        break;
      case 0x55:
        machine.push(input.latin1(input.u8()));
        break;
      case 0x8c:
        machine.push(input.utf8(input.u8()));
        break;
      case 0x58:
        machine.push(input.utf8(sized(input.u32())));
        break;
      case 0x8d:
        machine.push(input.utf8(sized(input.u64())));
        break;
      case 0x43:
        machine.push(new Uint8Array(input.bytes(input.u8())));
        break;
      case 0x54: // a Python 2 string of 256 bytes or more
      case 0x42:
        machine.push(input.bytes(sized(input.u32())));
        break;
      case 0x8e:
      case 0x96:
        machine.push(input.bytes(sized(input.u64())));
        break;
      case 0x7d:
        machine.push(new Map());
        break;
      case 0x5d:
        machine.push([]);
        break;
      case 0x29:
        machine.tuple([]);
        break;
      case 0x8f:
        machine.push(new Set());
        break;
      case 0x74:
        machine.tuple(machine.toMark());
        break;
      case 0x85:
      case 0x86:
      case 0x87:
        machine.tuple(machine.pops(code - 0x84));
        break;
      case 0x73:
        machine.setItems(machine.pops(2));
        break;
      case 0x75:
        machine.setItems(machine.toMark());
        break;
      case 0x61:
        machine.append(machine.pops(1));
        break;
      case 0x65:
        machine.append(machine.toMark());
        break;
      case 0x90:
        machine.addItems(machine.toMark());
        break;
      case 0x91:
        machine.push(new Set(machine.toMark()));
        break;
      case 0x71:
        machine.put(input.u8());
        break;
      case 0x72:
        machine.put(input.u32());
        break;
      case 0x94:
        machine.memoize();
        break;
      case 0x68:
        machine.get(input.u8());
        break;
      case 0x6a:
        machine.get(input.u32());
        break;
      case 0x63:
        machine.global(input.line(), input.line());
        break;
      case 0x93: {
        const [module, member] = machine.pops(2);
        if (typeof module !== 'string' || typeof member !== 'string') throw fail('a name that is no text');
        machine.global(module, member);
        break;
      }
      case 0x52:
      case 0x81:
        machine.call();
        break;
      case 0x62:
        machine.build();
        break;
      case 0x51: {
        const id = machine.pop();
        if (persistent === undefined) throw fail('the pickle refers to data outside of it: refused');
        machine.push(persistent(id));
        break;
      }
      default:
        throw fail(`opcode ${nameOf(code)} is in no official file: refused`);
    }
  }
}

/** Little-endian two's complement of any length. */
function longOf(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  value = BigInt.asIntN(8 * bytes.length, value);
  return BigInt.asIntN(54, value) === value ? Number(value) : value;
}
