// The pickle opcodes that the official files use, what follows each in the file, and the names of all others for errors.

/** What follows an opcode: so many bytes, a line, two lines, or a length of so many bytes and then as many bytes. */
export type Operand = number | 'line' | 'lines' | 'length1' | 'length4' | 'length8';

export interface Opcode {
  code: number;
  name: string;
  operand: Operand;
}

const of = (code: number | string, name: string, operand: Operand = 0): Opcode => ({
  code: typeof code === 'number' ? code : code.charCodeAt(0),
  name,
  operand,
});

/** Python's pickletools lists them all; these are protocols 2 to 5 less what calls through extension registries. */
export const KNOWN: readonly Opcode[] = [
  of(0x80, 'PROTO', 1),
  of(0x95, 'FRAME', 8),
  of('.', 'STOP'),
  of('(', 'MARK'),
  of('0', 'POP'),
  of('1', 'POP_MARK'),
  of('2', 'DUP'),
  of('N', 'NONE'),
  of(0x88, 'NEWTRUE'),
  of(0x89, 'NEWFALSE'),
  of('J', 'BININT', 4),
  of('K', 'BININT1', 1),
  of('M', 'BININT2', 2),
  of(0x8a, 'LONG1', 'length1'),
  of('G', 'BINFLOAT', 8),
  of('U', 'SHORT_BINSTRING', 'length1'),
  of('T', 'BINSTRING', 'length4'),
  of(0x8c, 'SHORT_BINUNICODE', 'length1'),
  of('X', 'BINUNICODE', 'length4'),
  of(0x8d, 'BINUNICODE8', 'length8'),
  of('C', 'SHORT_BINBYTES', 'length1'),
  of('B', 'BINBYTES', 'length4'),
  of(0x8e, 'BINBYTES8', 'length8'),
  of(0x96, 'BYTEARRAY8', 'length8'),
  of('}', 'EMPTY_DICT'),
  of(']', 'EMPTY_LIST'),
  of(')', 'EMPTY_TUPLE'),
  of(0x8f, 'EMPTY_SET'),
  of('t', 'TUPLE'),
  of(0x85, 'TUPLE1'),
  of(0x86, 'TUPLE2'),
  of(0x87, 'TUPLE3'),
  of('s', 'SETITEM'),
  of('u', 'SETITEMS'),
  of('a', 'APPEND'),
  of('e', 'APPENDS'),
  of(0x90, 'ADDITEMS'),
  of(0x91, 'FROZENSET'),
  of('q', 'BINPUT', 1),
  of('r', 'LONG_BINPUT', 4),
  of(0x94, 'MEMOIZE'),
  of('h', 'BINGET', 1),
  of('j', 'LONG_BINGET', 4),
  of('c', 'GLOBAL', 'lines'),
  of(0x93, 'STACK_GLOBAL'),
  of('R', 'REDUCE'),
  of(0x81, 'NEWOBJ'),
  of('b', 'BUILD'),
  of('Q', 'BINPERSID'),
];

/** Opcodes that no official file contains; a file with one is refused by its name. */
const REFUSED: readonly [string | number, string][] = [
  ['i', 'INST'],
  ['o', 'OBJ'],
  [0x92, 'NEWOBJ_EX'],
  ['P', 'PERSID'],
  [0x82, 'EXT1'],
  [0x83, 'EXT2'],
  [0x84, 'EXT4'],
  ['I', 'INT'],
  ['L', 'LONG'],
  [0x8b, 'LONG4'],
  ['F', 'FLOAT'],
  ['S', 'STRING'],
  ['V', 'UNICODE'],
  ['d', 'DICT'],
  ['l', 'LIST'],
  ['p', 'PUT'],
  ['g', 'GET'],
  [0x97, 'NEXT_BUFFER'],
  [0x98, 'READONLY_BUFFER'],
];

export const BY_CODE: readonly (Opcode | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  KNOWN.find((opcode) => opcode.code === code),
);

/** `INST (0x69)`, or only the number of a byte that is no opcode at all. */
export function nameOf(code: number): string {
  const hex = `0x${code.toString(16).padStart(2, '0')}`;
  const name =
    BY_CODE[code]?.name ?? REFUSED.find(([c]) => (typeof c === 'number' ? c : c.charCodeAt(0)) === code)?.[1];
  return name ? `${name} (${hex})` : hex;
}
