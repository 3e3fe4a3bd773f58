// Writes pickles as CPython does (containers in batches of 1000, values memoised), to test the reader on official layouts.

export class Tuple {
  constructor(readonly items: unknown[]) {}
}
/** A Python float, where a whole number is meant as one. */
export class Float {
  constructor(readonly value: number) {}
}
/** numpy.float64 */
export class Scalar {
  constructor(readonly value: number) {}
}
export class OrderedDict extends Map<unknown, unknown> {}
/** Raw opcodes, for what no writer would write. */
export class Raw {
  constructor(readonly bytes: Buffer) {}
}

export function pickle(value: unknown, protocol: 2 | 4 = 4): Buffer {
  const parts: Buffer[] = [];
  let memoized = 0;
  const seen = new Map<string, number>();
  const emit = (...bytes: (number | string | Buffer)[]) => {
    for (const b of bytes) {
      parts.push(
        typeof b === 'number' ? Buffer.from([b]) : typeof b === 'string' ? Buffer.from(b, 'latin1') : b,
      );
    }
  };
  const u32 = (n: number) => {
    const b = Buffer.alloc(4);
    b.writeUInt32LE(n);
    return b;
  };
  const memoize = (key?: string) => {
    if (key !== undefined) seen.set(key, memoized);
    if (protocol >= 4) emit(0x94);
    else if (memoized < 256) emit('q', memoized);
    else emit('r', u32(memoized));
    memoized++;
  };
  const fetch = (key: string): boolean => {
    const id = seen.get(key);
    if (id === undefined) return false;
    if (id < 256) emit('h', id);
    else emit('j', u32(id));
    return true;
  };
  const text = (s: string) => {
    const b = Buffer.from(s, 'utf8');
    if (protocol >= 4 && b.length < 256) emit(0x8c, b.length, b);
    else emit('X', u32(b.length), b);
    memoize();
  };
  const global = (module: string, name: string) => {
    const key = `global ${module} ${name}`;
    if (fetch(key)) return;
    if (protocol >= 4) {
      text(module);
      text(name);
      emit(0x93);
    } else emit('c', `${module}\n${name}\n`);
    memoize(key);
  };
  const float = (n: number) => {
    const b = Buffer.alloc(8);
    b.writeDoubleBE(n);
    emit('G', b);
  };
  const bytes = (b: Buffer) => {
    if (protocol >= 4) emit('C', b.length, b);
    else {
      global('_codecs', 'encode');
      text(b.toString('latin1'));
      const key = 'text latin1';
      if (!fetch(key)) {
        emit('X', u32(6), 'latin1');
        memoize(key);
      }
      emit(0x86);
      memoize();
      emit('R');
    }
    memoize();
  };
  const items = (entries: [unknown, unknown][]) => {
    for (let at = 0; at < entries.length; at += 1000) {
      const batch = entries.slice(at, at + 1000);
      if (batch.length > 1) emit('(');
      for (const [key, item] of batch) {
        write(key);
        write(item);
      }
      emit(batch.length > 1 ? 'u' : 's');
    }
  };
  const write = (v: unknown): void => {
    if (v === null) emit('N');
    else if (typeof v === 'boolean') emit(v ? 0x88 : 0x89);
    else if (typeof v === 'number' && Number.isInteger(v)) {
      if (v >= 0 && v < 256) emit('K', v);
      else if (v >= 0 && v < 65536) emit('M', v & 255, v >> 8);
      else emit('J', u32(v >>> 0));
    } else if (typeof v === 'number') float(v);
    else if (v instanceof Float) float(v.value);
    else if (typeof v === 'string') {
      if (v.length <= 16 && fetch(`text ${v}`)) return;
      const id = memoized;
      text(v);
      seen.set(`text ${v}`, id);
    } else if (v instanceof Raw) emit(v.bytes);
    else if (v instanceof Uint8Array) bytes(Buffer.from(v));
    else if (v instanceof Scalar) {
      global('numpy.core.multiarray', 'scalar');
      if (!fetch('dtype f8')) {
        global('numpy', 'dtype');
        write('f8');
        emit('K', 0, 'K', 1, 0x87);
        memoize();
        emit('R');
        memoize('dtype f8');
        emit('(', 'K', 3);
        write('<');
        emit(
          'NNN',
          'J',
          Buffer.from([255, 255, 255, 255]),
          'J',
          Buffer.from([255, 255, 255, 255]),
          'K',
          0,
          't',
        );
        memoize();
        emit('b');
      }
      const b = Buffer.alloc(8);
      b.writeDoubleLE(v.value);
      bytes(b);
      emit(0x86);
      memoize();
      emit('R');
      memoize();
    } else if (v instanceof Tuple) {
      if (v.items.length === 0) {
        emit(')');
        return;
      }
      if (v.items.length > 3) emit('(');
      v.items.forEach(write);
      emit(v.items.length > 3 ? 't' : 0x84 + v.items.length);
      memoize();
    } else if (v instanceof OrderedDict) {
      global('collections', 'OrderedDict');
      emit(')', 'R');
      memoize();
      items([...v]);
    } else if (v instanceof Set) {
      if (protocol >= 4) {
        emit(0x8f);
        memoize();
        if (v.size > 0) {
          emit('(');
          for (const item of v) write(item);
          emit(0x90);
        }
      } else {
        global('__builtin__', 'set');
        write([...v]);
        emit(0x85);
        memoize();
        emit('R');
        memoize();
      }
    } else if (Array.isArray(v)) {
      emit(']');
      memoize();
      for (let at = 0; at < v.length; at += 1000) {
        emit('(');
        v.slice(at, at + 1000).forEach(write);
        emit('e');
      }
    } else {
      const entries: [unknown, unknown][] = v instanceof Map ? [...v] : Object.entries(v as object);
      emit('}');
      memoize();
      items(entries);
    }
  };
  emit(0x80, protocol);
  write(value);
  emit('.');
  return Buffer.concat(parts);
}
