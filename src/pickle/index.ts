// Python pickles as data.
export { type Allowed, BUILTIN, type Constructor, NUMPY, TORCH } from './constructors.js';
export { collect, type Pieces, piecesOf, withFilePieces } from './pieces.js';
export { keptMemos, type PickleOptions, pickleCursor, readOne, readPickle } from './read.js';
export { isNumpyArray, type NumpyArray, numbersOf } from './values.js';
