// Python pickles as data.
export { type Allowed, BUILTIN, type Constructor, NUMPY, TORCH } from './constructors.js';
export type { PickleOptions } from './options.js';
export { collect, type Pieces, piecesOf, withFilePieces } from './pieces.js';
export { keptMemos, pickleCursor, readOne, readPickle } from './read.js';
export { isNumpyArray, type NumpyArray, numbersOf } from './values.js';
