// Reads numeric arrays out of MATLAB v5 files (format: "MAT-File Format", MathWorks), compressed or not.
import { constants, inflateSync } from 'node:zlib';

export interface MatArray {
  /** Sizes, first index fastest (column-major). */
  dimensions: number[];
  data:
    | Uint8Array
    | Int8Array
    | Int16Array
    | Uint16Array
    | Int32Array
    | Uint32Array
    | Float32Array
    | Float64Array;
}

const MATRIX = 14;
const COMPRESSED = 15;
const HEADER = 128;
/** Storage types by their number in the file. */
const STORAGE = {
  1: Int8Array,
  2: Uint8Array,
  3: Int16Array,
  4: Uint16Array,
  5: Int32Array,
  6: Uint32Array,
  7: Float32Array,
  9: Float64Array,
} as const;
const FIRST_NUMERIC_CLASS = 6; // double; 7 single, 8 to 13 integers
const LAST_NUMERIC_CLASS = 13;
// A thousandth of this packed is enough to unpack names and sizes, which lie within the first few hundred bytes.
const PEEK = 4096;

/**
 * The arrays `wanted` of a file's bytes, by name.
 * `maximumBytes` bounds what one of them may unpack to: a damaged size must not exhaust the memory.
 * @throws Error that names `file`, on anything but well-formed real numeric arrays under these names
 */
export function readMatlab(
  file: string,
  bytes: Uint8Array,
  wanted: readonly string[],
  { maximumBytes = 2 ** 31 - 1 } = {},
): Map<string, MatArray> {
  const fail = (what: string): never => {
    throw new Error(`${file}: ${what}: the file is truncated, damaged or not a MATLAB v5 file; get it again`);
  };
  const marker = String.fromCharCode(...bytes.subarray(126, 128));
  if (bytes.length < HEADER) fail(`${bytes.length} bytes, a header alone has ${HEADER}`);
  if (marker === 'MI') fail('big-endian, which this reader does not know');
  if (marker !== 'IM' || bytes[125] !== 1) fail('no MATLAB v5 header');
  const arrays = new Map<string, MatArray>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = HEADER; at < bytes.length; ) {
    if (at + 8 > bytes.length) fail(`ends within a tag at byte ${at}`);
    const type = view.getUint32(at, true);
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size;
    if (end > bytes.length) fail(`the element at byte ${at} has ${size} bytes, but the file ends before`);
    if (type === COMPRESSED) {
      const packed = bytes.subarray(at + 8, end);
      const head = unpack(packed.subarray(0, PEEK), 8 * 2 ** 20, constants.Z_SYNC_FLUSH, fail);
      const { name, total } = readHead(head, fail);
      if (wanted.includes(name)) {
        if (total > maximumBytes) fail(`array ${name} claims ${total} bytes, more than ${maximumBytes}`);
        const whole = unpack(packed, total, constants.Z_FINISH, fail);
        if (whole.length !== total) fail(`array ${name} unpacks to ${whole.length} bytes, expected ${total}`);
        keep(name, whole);
      }
    } else if (type === MATRIX) {
      const element = bytes.subarray(at, end);
      const { name } = readHead(element, fail);
      if (wanted.includes(name)) keep(name, element);
    } else {
      fail(`an element of type ${type} at byte ${at}, expected an array`);
    }
    at = end;
  }
  for (const name of wanted) if (!arrays.has(name)) fail(`no array ${name}`);
  return arrays;

  function keep(name: string, element: Uint8Array) {
    if (arrays.has(name)) fail(`two arrays ${name}`);
    arrays.set(name, readArray(name, element, fail));
  }
}

type Fail = (what: string) => never;

function unpack(packed: Uint8Array, maxOutputLength: number, finishFlush: number, fail: Fail): Uint8Array {
  try {
    return inflateSync(packed, { maxOutputLength, finishFlush, chunkSize: 2 ** 18 });
  } catch (error) {
    return fail(`cannot be unpacked (${(error as Error).message})`);
  }
}

interface Sub {
  type: number;
  bytes: Uint8Array;
  next: number;
}

/** The subelement at `at`: eight bytes of tag, or a small one packed into the tag itself. */
function subelement(element: Uint8Array, at: number, fail: Fail): Sub {
  if (at + 8 > element.length) return fail('an array ends within its header');
  const view = new DataView(element.buffer, element.byteOffset, element.byteLength);
  const word = view.getUint32(at, true);
  const small = word >>> 16;
  if (small > 4) return fail('a small element of more than 4 bytes');
  if (small > 0) {
    return { type: word & 0xffff, bytes: element.subarray(at + 4, at + 4 + small), next: at + 8 };
  }
  const size = view.getUint32(at + 4, true);
  const from = at + 8;
  return { type: word, bytes: element.subarray(from, from + size), next: from + Math.ceil(size / 8) * 8 };
}

/** Class, sizes and name of an array of which at least the beginning is at hand. */
function readHead(element: Uint8Array, fail: Fail) {
  if (element.length < 16) fail('an array ends within its header');
  const view = new DataView(element.buffer, element.byteOffset, element.byteLength);
  if (view.getUint32(0, true) !== MATRIX) fail('a compressed element that is not an array');
  const total = 8 + view.getUint32(4, true);
  const flags = subelement(element, 8, fail);
  if (flags.type !== 6 || flags.bytes.length !== 8) fail('an array without flags');
  const sizes = subelement(element, flags.next, fail);
  const rank = sizes.bytes.length / 4;
  if (sizes.type !== 5 || !Number.isInteger(rank) || rank < 2 || rank > 32)
    fail('an array without dimensions');
  const sizesView = new DataView(sizes.bytes.buffer, sizes.bytes.byteOffset, sizes.bytes.byteLength);
  const dimensions = Array.from({ length: rank }, (_, d) => sizesView.getInt32(4 * d, true));
  const label = subelement(element, sizes.next, fail);
  if (label.type !== 1 || label.bytes.length > 63) fail('an array without a name');
  const name = String.fromCharCode(...label.bytes);
  return { total, flags: flags.bytes, dimensions, name, next: label.next };
}

function readArray(name: string, element: Uint8Array, fail: Fail): MatArray {
  const { flags, dimensions, next } = readHead(element, fail);
  if (flags[0] < FIRST_NUMERIC_CLASS || flags[0] > LAST_NUMERIC_CLASS)
    fail(`array ${name} is of class ${flags[0]}, expected numbers`);
  if (flags[1] & 0x08) fail(`array ${name} is complex`);
  const { type, bytes } = subelement(element, next, fail);
  if (!(type in STORAGE)) fail(`array ${name} is stored as type ${type}`);
  const Storage = STORAGE[type as keyof typeof STORAGE];
  const count = dimensions.reduce((product, n) => product * n, 1);
  if (dimensions.some((n) => n < 0) || bytes.length !== count * Storage.BYTES_PER_ELEMENT) {
    fail(`array ${name} of ${dimensions.join('x')} has ${bytes.length} bytes of numbers`);
  }
  if (Storage === Uint8Array) return { dimensions, data: bytes };
  return { dimensions, data: new Storage(Uint8Array.from(bytes).buffer) }; // a copy, for its alignment
}
