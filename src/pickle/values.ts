// What a pickle's values become: numbers, texts, Uint8Array, Map, Set, arrays (tuples frozen), and these few more.

/** A name that a pickle mentions and the reader allows. It is a plain record: nothing is looked up or imported. */
export interface Global {
  readonly global: string;
  readonly construct?: (args: readonly unknown[]) => unknown;
}

/** Called by the pickle opcode BUILD; objects that carry it take a state. */
export const SET_STATE = Symbol('takes a pickled state');

export interface NumpyType {
  /** As numpy writes it: '|u1', '<f8', … */
  name: string;
  kind: string;
  size: number;
  littleEndian: boolean;
}

/** A numpy array: `data` as the file has it, C order unless `fortranOrder`. `numbersOf` reads it. */
export interface NumpyArray {
  shape: readonly number[];
  type: NumpyType;
  fortranOrder: boolean;
  data: Uint8Array;
}

export const isNumpyArray = (value: unknown): value is NumpyArray =>
  typeof value === 'object' && value !== null && 'fortranOrder' in value && 'data' in value;

/** One element of a numpy type at `at`: a number, a boolean, or a bigint where a number can't hold it. */
export function element(type: NumpyType, bytes: Uint8Array, at = 0): number | bigint | boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = type.littleEndian;
  const whole = (value: bigint) => (BigInt.asIntN(54, value) === value ? Number(value) : value);
  switch (`${type.kind}${type.size}`) {
    case 'f8':
      return view.getFloat64(at, little);
    case 'f4':
      return view.getFloat32(at, little);
    case 'i8':
      return whole(view.getBigInt64(at, little));
    case 'u8':
      return whole(view.getBigUint64(at, little));
    case 'i4':
      return view.getInt32(at, little);
    case 'u4':
      return view.getUint32(at, little);
    case 'i2':
      return view.getInt16(at, little);
    case 'u2':
      return view.getUint16(at, little);
    case 'i1':
      return view.getInt8(at);
    case 'u1':
      return view.getUint8(at);
    case 'b1':
      return view.getUint8(at) !== 0;
    default:
      throw new Error(`numpy type ${type.name} is not read here`);
  }
}

/** The elements of a numpy array in the order of the file; bytes as they are, without a copy. */
export function numbersOf(array: NumpyArray): ArrayLike<number> {
  if (array.type.kind === 'u' && array.type.size === 1) return array.data;
  const count = array.data.length / array.type.size;
  return Float64Array.from({ length: count }, (_, i) =>
    Number(element(array.type, array.data, i * array.type.size)),
  );
}
