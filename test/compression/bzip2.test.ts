// bzip2: what the official program packs comes out again; damage of any kind is an error, never a hang.
import { expect } from 'chai';
import { bunzip2 } from '../../src/compression/bzip2.js';
import { collect, type Pieces, piecesOf } from '../../src/pickle/pieces.js';
import { createStream } from '../../src/random/stream.js';

/** Runs of four to ten, zeros, every byte once, and a long run. */
const PLAIN = Buffer.concat([
  Buffer.from('aaaabbbbbbbbbbccccc\0\0\0\0'),
  Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  Buffer.alloc(3000, 'x'),
]);
// bz2.compress(PLAIN) of Python 3.11 (libbzip2 1.0.8)
const PACKED = Buffer.from(
  'QlpoOTFBWSZTWSLGX9UAADX/////////////////////////////////////////////sADVbEAAAAAAAAAmA0AaAAAAIwCY' +
    'AAAACZMAAAAAAAAAAAAAACZMAAAGakaAAAAAAAACYAJpgAAANNAAEMBGTEwJiaYTIwBMAAAAmAATJiYAmgwjAAmCaEmAAmAA' +
    'JgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGDAECRQVCDiwuMCRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg' +
    '5Ojs8PT4zNDU2Nzj8HJ0dnh6fH4BAQUJDREVGRwKQkpSWmJqcnqCipKaoqqyusLK0tri6vL7AwtwhvbwfFwawCQ7gBtDiji5' +
    'Obo6uzu8PL09vj74/J5X5/gO0AAv9CBBBAhAwAgPL09vj6/P8BAwUHCQsNDxETFRcZGx0fISMlJykrLS8xMzU3OTs9P0FDRU' +
    'dJS01PUVNVV1lbXV9hY2VnaWttb3FzdXd5egb5jv8DBwsPExcbHyMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+T/cvN/+' +
    'fo6err7O3u7/Dx8vP09fYACgoJ7wnx8/X2LuSKcKEgRYy/qg',
  'base64',
);
const LIMIT = 1 << 20;
const unpack = (bytes: Uint8Array) => collect(bunzip2(piecesOf(bytes)), LIMIT, 'test');

describe('bunzip2', () => {
  it('unpacks what bzip2 packed, in pieces of any size', () => {
    for (const size of [1, 2, 5, 1000]) {
      let at = 0;
      const pieces: Pieces = () => {
        const piece = PACKED.subarray(at, at + size);
        at += size;
        return piece.length > 0 ? piece : undefined;
      };
      expect(Buffer.compare(collect(bunzip2(pieces), LIMIT, 'test'), PLAIN)).to.equal(0);
    }
  });

  it('unpacks files that follow each other', () => {
    expect(unpack(Buffer.concat([PACKED, PACKED])).length).to.equal(2 * PLAIN.length);
  });

  it('says that a file is cut, wherever that is', () => {
    for (let end = 0; end < PACKED.length; end++) {
      expect(() => unpack(PACKED.subarray(0, end))).to.throw(/byte \d+: the file is truncated/);
    }
  });

  it('never takes a damaged file for whole', () => {
    const stream = createStream(0, 'bzip2 damage');
    for (let i = 0; i < 400; i++) {
      const damaged = Buffer.from(PACKED);
      const bit = Math.floor(stream.uniform() * 8 * PACKED.length);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      try {
        // Only padding, the level, and the order of equal codes can change without a change of the content.
        expect(Buffer.compare(unpack(damaged), PLAIN)).to.equal(0);
      } catch (error) {
        expect((error as Error).message).to.match(/bzip2 data, packed byte \d+: /);
      }
    }
  });

  it('refuses a run whose length overflows 32 bits', () => {
    const started = performance.now();
    expect(() => unpack(endlessRun())).to.throw('a run longer than a block');
    expect(performance.now() - started).to.be.below(2000);
  });

  it('stops where a file unpacks to more than it may', () => {
    expect(() => collect(bunzip2(piecesOf(PACKED)), 3000, 'a bomb')).to.throw(
      'a bomb unpacks to more than the 3000 bytes',
    );
  });
});

/** A block whose only run is written with 40 digits. */
function endlessRun(): Buffer {
  const bits: number[] = [];
  const put = (value: number, count: number) => {
    for (let i = count - 1; i >= 0; i--) bits.push(Math.floor(value / 2 ** i) % 2);
  };
  put(0x425a68, 24); // BZh
  put(0x31, 8); // level 1
  put(0x314159, 24);
  put(0x265359, 24);
  put(0, 32); // checksum
  put(0, 1);
  put(0, 24); // origin
  put(0x8000, 16); // one byte in use: 0
  put(0x8000, 16);
  put(2, 3); // two tables
  put(1, 15); // one selector
  put(0, 1);
  for (let table = 0; table < 2; table++) {
    put(1, 5); // RUNA has a code of 1 bit, RUNB and the end of 2
    put(0, 1);
    put(0b100, 3);
    put(0, 1);
  }
  for (let i = 0; i < 40; i++) put(0, 1); // RUNA
  put(0b11, 2);
  put(0, 64);
  return Buffer.from(
    Array.from({ length: bits.length >> 3 }, (_, i) =>
      bits.slice(8 * i, 8 * i + 8).reduce((byte, bit) => 2 * byte + bit, 0),
    ),
  );
}
