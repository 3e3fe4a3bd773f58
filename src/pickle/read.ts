// Reads Python pickles (protocols 2 to 5) as data: no name but those allowed, nothing imported, nothing executed.
import { type Cursor, cursor } from './bytes.js';
import type { Allowed } from './constructors.js';
import { findKept, type Kept } from './memo.js';
import { nameOf } from './opcodes.js';
import { type Pieces, piecesOf } from './pieces.js';
import { type Global, SET_STATE } from './values.js';

export interface PickleOptions {
  /** The names a pickle may mention. Any other is refused by name. */
  allow: Allowed;
  /** Named in errors. */
  name?: string;
  /** Makes a value of a persistent id (torch's storages). Without it, a pickle with one is refused. */
  persistent?: (id: unknown) => unknown;
  /**
   * Called with a dict whenever items were put into it. It may take out what it needs and delete the rest: so a file
   * that is larger than memory is read.
   */
  onItems?: (dict: Map<unknown, unknown>) => void;
  /** Longest text or byte string; more is refused. Default 512 MiB. */
  longest?: number;
  /** How far the memory of the process may grow while reading, whatever the file says. Default 2 GiB. */
  memory?: number;
  /** Which memo numbers are worth keeping, from `keptMemos`. Default: all. */
  kept?: Kept;
}

const STACK_LIMIT = 1 << 22; // values and marks at a time; Python writes at most 1000 of a container at once
const MEMO_LIMIT = 1 << 23;
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
  const { allow, persistent, onItems, kept, name = 'pickle', longest = LONGEST, memory = MEMORY } = options;
  const error = pickleError(name);
  const stack: unknown[] = [];
  const marks: number[] = [];
  const memo = new Map<number, unknown>();
  let memoized = 0;
  let start = input.offset();
  const fail = (problem: string) => error(start, problem);

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

  const floor = () => (marks.length > 0 ? marks[marks.length - 1] : 0);
  const pop = (): unknown => {
    if (stack.length <= floor())
      throw fail('the stack is empty where a value is needed: the pickle is malformed');
    return stack.pop();
  };
  const top = (): unknown => {
    if (stack.length <= floor())
      throw fail('the stack is empty where a value is needed: the pickle is malformed');
    return stack[stack.length - 1];
  };
  const push = (value: unknown) => {
    if (stack.length >= STACK_LIMIT)
      throw fail(`more than ${STACK_LIMIT} values wait at once: no official file does that`);
    stack.push(value);
  };
  const toMark = (): unknown[] => {
    const mark = marks.pop();
    if (mark === undefined) throw fail('a mark is missing: the pickle is malformed');
    return stack.splice(mark);
  };
  const put = (id: number) => {
    memoized++;
    if (kept && !kept(id)) return;
    if (memo.size >= MEMO_LIMIT)
      throw fail(`more than ${MEMO_LIMIT} values are kept: no official file needs that`);
    memo.set(id, top());
  };
  const get = (id: number) => {
    if (!memo.has(id)) throw fail(`memo number ${id} was never stored: the pickle is malformed`);
    push(memo.get(id));
  };
  const global = (module: string, member: string) => {
    const full = `${module}.${member}`;
    if (!Object.hasOwn(allow, full)) {
      throw fail(
        `the file asks for ${JSON.stringify(full.length > 80 ? `${full.slice(0, 80)}…` : full)}, which is not data: refused, nothing was executed`,
      );
    }
    const made: Global = { global: full, construct: allow[full] ?? undefined };
    push(made);
  };
  const call = () => {
    const args = pop();
    const callee = pop() as Global | null;
    if (!Array.isArray(args)) throw fail('arguments that are no tuple: the pickle is malformed');
    if (typeof callee !== 'object' || callee === null || !('global' in callee)) {
      throw fail('something that is no name is to be called: refused');
    }
    if (callee.construct === undefined)
      throw fail(`${callee.global} may be mentioned but not called: refused`);
    try {
      push(callee.construct(args));
    } catch (cause) {
      throw fail(`${callee.global}: ${(cause as Error).message}`);
    }
  };
  const keyOf = (key: unknown): unknown => {
    if (typeof key !== 'object' || key === null || key instanceof Uint8Array) return key;
    if (!Array.isArray(key) || !Object.isFrozen(key))
      throw fail('a dict key that is neither text, number nor tuple');
    return key.map((part) => (typeof part === 'string' || typeof part === 'number' ? part : '?')).join('|');
  };
  const setItems = (items: unknown[]) => {
    const dict = top();
    if (!(dict instanceof Map))
      throw fail('items are put into something that is no dict: the pickle is malformed');
    if (items.length % 2 !== 0) throw fail('a key without a value: the pickle is malformed');
    for (let i = 0; i < items.length; i += 2) dict.set(keyOf(items[i]), items[i + 1]);
    try {
      onItems?.(dict);
    } catch (cause) {
      throw fail((cause as Error).message);
    }
  };
  const append = (items: unknown[]) => {
    const list = top();
    if (!Array.isArray(list) || Object.isFrozen(list)) {
      throw fail('values are appended to something that is no list: the pickle is malformed');
    }
    for (const item of items) list.push(item);
  };
  const tuple = (items: unknown[]) => push(Object.freeze(items));
  const pops = (count: number) => Array.from({ length: count }, pop).reverse();

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
      case 0x2e: {
        const value = pop();
        if (stack.length > 0 || marks.length > 0)
          throw fail('values are left over at the end: the pickle is malformed');
        return value;
      }
      case 0x28:
        if (marks.length >= STACK_LIMIT) throw fail('too many marks at once');
        marks.push(stack.length);
        break;
      case 0x30:
        if (stack.length <= floor() && marks.length > 0) marks.pop();
        else pop();
        break;
      case 0x31:
        toMark();
        break;
      case 0x32:
        push(top());
        break;
      case 0x4e:
        push(null);
        break;
      case 0x88:
      case 0x89:
        push(code === 0x88);
        break;
      case 0x4a:
        push(input.i32());
        break;
      case 0x4b:
        push(input.u8());
        break;
      case 0x4d:
        push(input.u16());
        break;
      case 0x8a:
        push(longOf(input.bytes(input.u8())));
        break;
      case 0x47:
        push(input.f64());
        break;
      case 0x55:
        push(input.latin1(input.u8()));
        break;
      case 0x8c:
        push(input.utf8(input.u8()));
        break;
      case 0x58:
        push(input.utf8(sized(input.u32())));
        break;
      case 0x8d:
        push(input.utf8(sized(input.u64())));
        break;
      case 0x43:
        push(new Uint8Array(input.bytes(input.u8())));
        break;
      case 0x54: // a Python 2 string of 256 bytes or more
      case 0x42:
        push(input.bytes(sized(input.u32())));
        break;
      case 0x8e:
      case 0x96:
        push(input.bytes(sized(input.u64())));
        break;
      case 0x7d:
        push(new Map());
        break;
      case 0x5d:
        push([]);
        break;
      case 0x29:
        tuple([]);
        break;
      case 0x8f:
        push(new Set());
        break;
      case 0x74:
        tuple(toMark());
        break;
      case 0x85:
      case 0x86:
      case 0x87:
        tuple(pops(code - 0x84));
        break;
      case 0x73:
        setItems(pops(2));
        break;
      case 0x75:
        setItems(toMark());
        break;
      case 0x61:
        append(pops(1));
        break;
      case 0x65:
        append(toMark());
        break;
      case 0x90: {
        const items = toMark();
        const set = top();
        if (!(set instanceof Set))
          throw fail('items are added to something that is no set: the pickle is malformed');
        for (const item of items) set.add(item);
        break;
      }
      case 0x91:
        push(new Set(toMark()));
        break;
      case 0x71:
        put(input.u8());
        break;
      case 0x72:
        put(input.u32());
        break;
      case 0x94:
        put(memoized);
        break;
      case 0x68:
        get(input.u8());
        break;
      case 0x6a:
        get(input.u32());
        break;
      case 0x63:
        global(input.line(), input.line());
        break;
      case 0x93: {
        const [module, member] = pops(2);
        if (typeof module !== 'string' || typeof member !== 'string') throw fail('a name that is no text');
        global(module, member);
        break;
      }
      case 0x52:
      case 0x81:
        call();
        break;
      case 0x62: {
        const state = pop();
        const object = top() as { [SET_STATE]?: (state: unknown) => void } | null;
        const take = typeof object === 'object' && object !== null ? object[SET_STATE] : undefined;
        if (take === undefined) throw fail('a state is given to something that takes none: refused');
        try {
          take(state);
        } catch (cause) {
          throw fail((cause as Error).message);
        }
        break;
      }
      case 0x51: {
        const id = pop();
        if (persistent === undefined) throw fail('the pickle refers to data outside of it: refused');
        push(persistent(id));
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
