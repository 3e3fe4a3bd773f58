// The pickle reader: values as Python means them, refusal of every name but those allowed, clear errors on damage.
import { expect } from 'chai';
import {
  BUILTIN,
  keptMemos,
  NUMPY,
  type NumpyArray,
  numbersOf,
  piecesOf,
  readPickle,
  TORCH,
} from '../../src/pickle/index.js';
import { Float, OrderedDict, pickle, Raw, Scalar, Tuple } from './write.js';

const allow = { ...BUILTIN, ...NUMPY };
const read = (bytes: Uint8Array) => readPickle(bytes, { allow });
/** Opcodes written by hand; text stands for its Latin-1 bytes. */
const code = (...parts: (string | number)[]) =>
  Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : Buffer.from([p]))));

const SAMPLE = {
  text: 'schön',
  numbers: [0, 255, 256, 65_536, -1, -2_147_483_648, 0.1, new Float(3)],
  nothing: null,
  truth: [true, false],
  nested: new Map<unknown, unknown>([[new Tuple(['cifar10', 777]), new Scalar(85.91)]]),
  order: new OrderedDict([
    ['b', 1],
    ['a', 2],
  ]),
  many: Array.from({ length: 2500 }, (_, i) => i),
  set: new Set([1, 2]),
  bytes: new Uint8Array([0, 128, 255]),
};

describe('readPickle', () => {
  for (const protocol of [2, 4] as const) {
    it(`reads the values of protocol ${protocol}`, () => {
      const value = read(pickle(SAMPLE, protocol)) as Map<string, unknown>;
      expect(value.get('text')).to.equal('schön');
      expect(value.get('numbers')).to.deep.equal([0, 255, 256, 65_536, -1, -2_147_483_648, 0.1, 3]);
      expect(value.get('nothing')).to.equal(null);
      expect(value.get('truth')).to.deep.equal([true, false]);
      expect([...(value.get('nested') as Map<string, number>)]).to.deep.equal([['cifar10|777', 85.91]]);
      expect([...(value.get('order') as Map<string, number>).keys()]).to.deep.equal(['b', 'a']);
      expect(value.get('many')).to.deep.equal(SAMPLE.many);
      expect(value.get('set')).to.deep.equal(new Set([1, 2]));
      expect([...(value.get('bytes') as Uint8Array)]).to.deep.equal([0, 128, 255]);
    });
  }

  it('reads the same in any pieces, and with only those memo entries that are fetched again', () => {
    for (const protocol of [2, 4] as const) {
      const bytes = pickle(SAMPLE, protocol);
      const whole = read(bytes);
      for (const size of [1, 2, 3, 7, 100]) {
        let at = 0;
        const pieces = () => {
          const piece = bytes.subarray(at, at + size);
          at += size;
          return piece.length > 0 ? piece : undefined;
        };
        expect(readPickle(pieces, { allow })).to.deep.equal(whole);
      }
      const [kept] = keptMemos(piecesOf(bytes));
      expect(readPickle(bytes, { allow, kept })).to.deep.equal(whole);
    }
  });

  it("reads numpy arrays and Python 2's strings, as in image batches", () => {
    // pickle.dumps({'data': numpy.arange(6, dtype='u1').reshape(2, 3)}, protocol=2) of Python 2, less the memo.
    const bytes = code(
      0x80,
      2,
      '}',
      'U',
      4,
      'data',
      'cnumpy.core.multiarray\n_reconstruct\n',
      'cnumpy\nndarray\n',
      'K',
      0,
      0x85,
      'U',
      1,
      'b',
      0x87,
      'R',
      '(',
      'K',
      1,
      'K',
      2,
      'K',
      3,
      0x86,
      'cnumpy\ndtype\n',
      'U',
      2,
      'u1',
      'K',
      0,
      'K',
      1,
      0x87,
      'R',
      '(',
      'K',
      3,
      'U',
      1,
      '|',
      'N',
      'N',
      'N',
      'J',
      255,
      255,
      255,
      255,
      'J',
      255,
      255,
      255,
      255,
      'K',
      0,
      't',
      'b',
      0x89,
      'U',
      6,
      0,
      1,
      2,
      3,
      4,
      5,
      't',
      'b',
      's',
      '.',
    );
    const array = (read(bytes) as Map<string, NumpyArray>).get('data')!;
    expect(array.shape).to.deep.equal([2, 3]);
    expect([...Array.from(numbersOf(array))]).to.deep.equal([0, 1, 2, 3, 4, 5]);
    const lying = Buffer.from(bytes);
    lying[bytes.indexOf(Buffer.from('K\x02K\x03')) + 1] = 200; // 200 x 3 claimed, 6 bytes there
    expect(() => read(lying)).to.throw(
      /byte \d+: numpy array of shape 200x3 and type \|u1 needs 600 bytes, the file has 6/,
    );
  });

  it('refuses by name a pickle that calls something', () => {
    // What pickle.dumps writes for an object whose __reduce__ returns (os.system, ('touch pwned',)).
    const attack = (module: string, name: string) =>
      code(0x80, 2, `c${module}\n${name}\n`, 'X', 11, 0, 0, 0, 'touch pwned', 0x85, 'R', '.');
    for (const [module, name] of [
      ['os', 'system'],
      ['posix', 'system'],
      ['subprocess', 'Popen'],
      ['builtins', 'eval'],
      ['__builtin__', 'getattr'],
      ['torch.serialization', 'load'],
      ['constructor', 'constructor'],
    ]) {
      expect(() => read(attack(module, name))).to.throw(`byte 2: the file asks for "${module}.${name}"`);
    }
    const protocol4 = code(0x80, 4, 0x8c, 2, 'os', 0x8c, 6, 'system', 0x93, ')', 'R', '.');
    expect(() => read(protocol4)).to.throw('byte 14: the file asks for "os.system"');
    for (const name of ['__proto__', 'toString', 'hasOwnProperty']) {
      expect(() => read(code(0x80, 2, `c\n${name}\n.`))).to.throw('refused');
    }
    expect(() => read(code(0x80, 2, 'i', 'os\nsystem\n', '.'))).to.throw('opcode INST (0x69)');
    expect(() => read(code(0x80, 2, 0x82, 1, '.'))).to.throw('opcode EXT1 (0x82)');
    expect(() => read(code(0x80, 2, '(K', 1, 'Q.'))).to.throw('refers to data outside');
    expect(() => read(code(0x80, 2, 'cnumpy\nndarray\n', ')', 'R', '.'))).to.throw(
      'may be mentioned but not called',
    );
    expect(() => read(code(0x80, 2, 'K', 1, ')', 'R', '.'))).to.throw(
      'something that is no name is to be called',
    );
    expect(() => read(code(0x80, 2, '}', '}', 'b', '.'))).to.throw('takes none');
  });

  it('keeps what torch stores beside the pickle as a mention', () => {
    const bytes = code(
      0x80,
      2,
      'ctorch._utils\n_rebuild_tensor_v2\n',
      '(',
      '(',
      'X',
      7,
      0,
      0,
      0,
      'storage',
      'ctorch\nFloatStorage\n',
      'X',
      1,
      0,
      0,
      0,
      '0',
      't',
      'Q',
      'K',
      0,
      'K',
      3,
      0x85,
      'K',
      1,
      0x85,
      0x89,
      'N',
      't',
      'R',
      '.',
    );
    const value = readPickle(bytes, { allow: { ...BUILTIN, ...TORCH }, persistent: () => 'elsewhere' });
    expect(value).to.deep.include({ tensor: 'elsewhere', size: [3], stride: [1] });
  });

  it('says where a file is truncated, wherever that is', () => {
    const bytes = pickle(SAMPLE, 4);
    for (let end = 0; end < bytes.length; end += 13) {
      expect(() => read(bytes.subarray(0, end))).to.throw(/byte \d+: the data end here, where \d+ more byte/);
    }
    expect(() => read(Buffer.concat([bytes, code('.')]))).to.throw('more bytes follow the end');
  });

  it('does not take memory for a length that is only claimed', () => {
    const before = process.memoryUsage().arrayBuffers;
    expect(() => read(code(0x80, 4, 0x8e, 0, 0, 0, 0x10, 0, 0, 0, 0, 'x'))).to.throw('truncated'); // claims 256 MiB
    expect(() => read(code(0x80, 4, 0x8e, 0, 0, 0, 0, 1, 0, 0, 0, 'x'))).to.throw(
      'a value of 4294967296 bytes, expected at most',
    );
    expect(() => read(code(0x80, 4, 0x8d, 255, 255, 255, 255, 255, 255, 255, 255, 'x'))).to.throw('is none');
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(1 << 20);
  });

  it('stops a file that unpacks to more than memory should hold', () => {
    // Endless lists of lists, as a small packed file can unpack to.
    const head = Buffer.concat([code(0x80, 4, ']')]);
    const part = Buffer.alloc(1 << 16, code('(', ']', ']', 'e'));
    let count = 0;
    const endless = () => (count++ === 0 ? head : part);
    expect(() => readPickle(endless, { allow, memory: 64 << 20 })).to.throw(
      'more than 67108864 bytes of memory',
    );
  }).timeout(20_000);

  it('ends on values that contain themselves or share parts without end', () => {
    const doubled: (string | number)[] = [0x80, 2, ')'];
    for (let i = 0; i < 200; i++) doubled.push('2', 0x86); // a tuple of itself twice, 2^200 parts when printed
    expect(() => read(code(...doubled, '.'))).to.not.throw();
    expect(() => read(code(...doubled, 'cnumpy\ndtype\n', '2', 'R', '.'))).to.throw(/byte \d+: /);
    const inDtype = code(...doubled.slice(0, 2), 'cnumpy\ndtype\n', ...doubled.slice(2), 0x85, 'R', '.');
    expect(() => read(inDtype)).to.throw('numpy.dtype: only plain numbers are read');
    expect(() => read(code(0x80, 2, ']', 'q', 0, 'h', 0, 'a', '.'))).to.not.throw();
    const keyed = code(0x80, 2, '}', ...doubled.slice(2), 'N', 's', '.');
    expect(() => read(keyed)).to.not.throw();
  });

  it('refuses what Python would refuse: unhashable keys, items for no dict, a key without value', () => {
    expect(() => read(code(0x80, 2, '}', ']', 'N', 's', '.'))).to.throw('a dict key that is neither');
    expect(() => read(code(0x80, 2, ']', 'K', 1, 'N', 's', '.'))).to.throw('no dict');
    expect(() => read(code(0x80, 2, '}', '(', 'K', 1, 'u', '.'))).to.throw('a key without a value');
    expect(() => read(code(0x80, 2, ')', 'K', 1, 'a', '.'))).to.throw('no list');
    expect(() => read(code(0x80, 2, 'h', 7, '.'))).to.throw('memo number 7 was never stored');
    expect(() => read(code(0x80, 6, 'N', '.'))).to.throw('protocol 6');
    expect(() => read(pickle([new Raw(code('('))]))).to.throw(/byte \d+: /);
  });

  it('lets a dict be emptied as it is filled, so that a large file needs little memory', () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({
      index: i,
      long: Array.from({ length: 100 }, () => i + 0.5),
    }));
    const sums: number[] = [];
    readPickle(pickle(rows), {
      allow,
      onItems: (dict) => {
        sums.push((dict.get('long') as number[]).reduce((a, b) => a + b));
        dict.delete('long');
      },
    });
    expect(sums).to.deep.equal(rows.map(({ index }) => (index + 0.5) * 100));
  });
});
