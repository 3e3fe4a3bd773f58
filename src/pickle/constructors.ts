// The few Python names that official data files mention, and what each makes here. Nothing is ever imported or called.
import { element, type NumpyArray, type NumpyType, SET_STATE } from './values.js';

/** Makes a value of pickled arguments. Without one, a name may be mentioned but not called. */
export type Constructor = ((args: readonly unknown[]) => unknown) | null;
export type Allowed = Readonly<Record<string, Constructor>>;

// Shallow on purpose: a small pickle can share values so that printing all of one would never end.
const shallow = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return `[${value.length} value(s)]`;
  return typeof value === 'object' && value !== null ? value.constructor.name : String(value);
};
const wrong = (what: string, args: unknown): Error =>
  new Error(`${what} with ${Array.isArray(args) ? args.slice(0, 4).map(shallow).join(', ') : shallow(args)}`);

function set(args: readonly unknown[]): Set<unknown> {
  const [items] = args;
  if (args.length > 1 || (args.length === 1 && !Array.isArray(items))) throw wrong('set', args);
  return new Set((items as unknown[] | undefined) ?? []);
}

/** collections, sets, and the way Python 3 writes bytes in protocol 2. */
export const BUILTIN: Allowed = {
  'collections.OrderedDict': (args) => {
    if (args.length === 0) return new Map();
    const [pairs] = args;
    if (args.length > 1 || !Array.isArray(pairs) || pairs.some((p) => !Array.isArray(p) || p.length !== 2)) {
      throw wrong('OrderedDict', args);
    }
    return new Map(pairs as [unknown, unknown][]);
  },
  'builtins.set': set,
  '__builtin__.set': set,
  '_codecs.encode': ([text, encoding]) => {
    if (typeof text !== 'string' || encoding !== 'latin1') throw wrong('_codecs.encode', [text, encoding]);
    return new Uint8Array(Buffer.from(text, 'latin1'));
  },
};

function dtype([name]: readonly unknown[]): NumpyType & { [SET_STATE](state: unknown): void } {
  const match = typeof name === 'string' ? /^([fiub])([1248])$/.exec(name) : null;
  if (match === null) throw wrong('numpy.dtype: only plain numbers are read, not', name);
  const type = {
    name: `|${name}`,
    kind: match[1],
    size: Number(match[2]),
    littleEndian: true,
    [SET_STATE](state: unknown) {
      const order = Array.isArray(state) ? state[1] : undefined;
      if (order !== '<' && order !== '>' && order !== '|' && order !== '=')
        throw wrong('numpy.dtype state', state);
      type.name = `${order}${name}`;
      type.littleEndian = order !== '>';
    },
  };
  return type;
}

const isType = (value: unknown): value is NumpyType =>
  typeof value === 'object' && value !== null && 'littleEndian' in value;

function asBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'latin1')) : undefined; // Python 2
}

function scalar([type, value]: readonly unknown[]) {
  const bytes = asBytes(value);
  if (!isType(type) || bytes === undefined || bytes.length !== type.size)
    throw wrong('numpy scalar', [type, value]);
  return element(type, bytes);
}

/** An empty array that takes its shape and its bytes from the state that follows; nothing is allocated for a claimed shape. */
function reconstruct(): NumpyArray & { [SET_STATE](state: unknown): void } {
  const array: NumpyArray & { [SET_STATE](state: unknown): void } = {
    shape: [0],
    type: { name: '|u1', kind: 'u', size: 1, littleEndian: true },
    fortranOrder: false,
    data: new Uint8Array(0),
    [SET_STATE](state) {
      const [, shape, type, fortran, raw] = (Array.isArray(state) ? state : []) as unknown[];
      const data = asBytes(raw);
      if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n >= 0) || !isType(type)) {
        throw wrong('numpy array state', [shape, type, fortran]);
      }
      const size = shape.reduce((product: number, n: number) => product * n, type.size);
      if (data === undefined || data.length !== size) {
        throw new Error(
          `numpy array of shape ${shape.join('x')} and type ${type.name} needs ${size} bytes, the file has ${data?.length ?? 'none'}`,
        );
      }
      array.shape = shape;
      array.type = type;
      array.fortranOrder = fortran === true;
      array.data = data;
    },
  };
  return array;
}

/** Numbers and arrays of numpy, old and new module names. */
export const NUMPY: Allowed = {
  'numpy.dtype': dtype,
  'numpy.ndarray': null,
  'numpy.core.multiarray.scalar': scalar,
  'numpy._core.multiarray.scalar': scalar,
  'numpy.core.multiarray._reconstruct': reconstruct,
  'numpy._core.multiarray._reconstruct': reconstruct,
};

/** Tensors as torch.save writes them, by size only: their numbers lie behind the pickle and stay there. */
export const TORCH: Allowed = {
  'torch._utils._rebuild_tensor_v2': ([storage, offset, size, stride]) => {
    if (!Array.isArray(size) || !Array.isArray(stride)) throw wrong('tensor', [offset, size, stride]);
    return { tensor: storage, offset, size, stride };
  },
  ...Object.fromEntries(
    ['Float', 'Double', 'Half', 'BFloat16', 'Long', 'Int', 'Short', 'Char', 'Byte', 'Bool'].map((type) => [
      `torch.${type}Storage`,
      null,
    ]),
  ),
};
