// SVHN from files in the official layout, and the reader of MATLAB v5 files that it rests on.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDataset } from '../../src/data/index.js';
import { readMatlab } from '../../src/data/matlab.js';
import { decodeSvhn } from '../../src/data/svhn.js';
import type { ImageSet } from '../../src/data/types.js';
import { matlabArray, matlabFile, rejection, svhnFile, svhnPixel, temporaryFolder } from './files.js';
import { mutationCount, surviveMutations } from './mutate.js';

describe('SVHN', () => {
  const temporary = temporaryFolder();
  after(() => temporary.remove());
  mkdirSync(join(temporary.path, 'svhn'));
  writeFileSync(join(temporary.path, 'svhn', 'train_32x32.mat'), svhnFile(25));
  writeFileSync(join(temporary.path, 'svhn', 'test_32x32.mat'), svhnFile(12, { compress: false }));

  it('turns column-major arrays into images, and the label 10 into the digit 0', async () => {
    const dataset = await openDataset('svhn', { folder: temporary.path, allowAltered: true });
    expect([dataset.name, dataset.train.count, dataset.test.count, dataset.channels]).to.deep.equal([
      'svhn',
      25,
      12,
      3,
    ]);
    expect(Array.from(dataset.test.labels)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2]);
    for (const set of [dataset.train, dataset.test]) {
      for (const [i, row, column, c] of [
        [0, 0, 1, 0],
        [11, 31, 0, 2],
        [7, 5, 30, 1],
      ]) {
        expect(set.images[((i * 32 + row) * 32 + column) * 3 + c]).to.equal(svhnPixel(i, row, column, c));
      }
    }
    expect(dataset.notes).to.have.length(2);
  });

  it('refuses a training file with another checksum, naming both', async () => {
    const error = await rejection(openDataset('svhn', { folder: temporary.path }));
    // e26dedcc...: the published MD5 of train_32x32.mat.
    expect(error.message).to.match(
      /train_32x32\.mat: its MD5 is [0-9a-f]{32}, the official file's is e26dedcc434d2e4c54c9b2d4a06d8373/,
    );
  });

  it('reads labels stored as doubles, and averages down', () => {
    const { labels, images } = decodeSvhn('a.mat', svhnFile(3, { labels: 'doubles' }), 4);
    expect(Array.from(labels)).to.deep.equal([1, 2, 3]);
    let sum = 0;
    for (let row = 4; row < 8; row++)
      for (let column = 8; column < 12; column++) sum += svhnPixel(2, row, column, 1);
    expect(images[((2 * 8 + 1) * 8 + 2) * 3 + 1]).to.equal(Math.floor(sum / 16 + 0.5));
  });

  it('says what is wrong with arrays of other shapes, types and labels', () => {
    const x = matlabArray('X', [32, 32, 3, 2], new Uint8Array(6144));
    const file = (...arrays: Buffer[]) => decodeSvhn('a.mat', matlabFile(...arrays), 1);
    expect(() =>
      file(
        matlabArray('X', [32, 3, 32, 2], new Uint8Array(6144)),
        matlabArray('y', [2, 1], new Uint8Array(2)),
      ),
    ).to.throw('a.mat: X is 32x3x32x2, expected 32x32x3xN');
    expect(() => file(x, matlabArray('y', [3, 1], new Uint8Array(3)))).to.throw('2 images but 3 labels');
    expect(() => file(x, matlabArray('y', [2, 1], Uint8Array.of(3, 11)))).to.throw('label 1 is 11');
    expect(() => file(x, matlabArray('y', [2, 1], Uint8Array.of(3, 0)))).to.throw('label 1 is 0');
    expect(() => file(x, matlabArray('y', [2, 1], Float64Array.of(3, 1.5)))).to.throw('label 1 is 1.5');
    expect(() => file(x)).to.throw('a.mat: no array y');
    expect(() =>
      file(
        matlabArray('X', [32, 32, 3, 1], new Float64Array(3072)),
        matlabArray('y', [1, 1], Uint8Array.of(1)),
      ),
    ).to.throw('X is not of bytes');
  });
});

describe('readMatlab', () => {
  it('passes over arrays that are not asked for, and knows long names', () => {
    const data = Float64Array.of(1, 2, 3, 4, 5, 6);
    for (const compress of [false, true]) {
      const bytes = matlabFile(
        matlabArray('other', [1, 1], Uint8Array.of(9), compress),
        matlabArray('aVeryLongName', [2, 3], data, compress),
      );
      const array = readMatlab('a.mat', bytes, ['aVeryLongName']).get('aVeryLongName')!;
      expect(array.dimensions).to.deep.equal([2, 3]);
      expect(Array.from(array.data)).to.deep.equal([1, 2, 3, 4, 5, 6]);
    }
  });

  it('does not unpack an array that claims to be larger than allowed', () => {
    const bomb = matlabFile(matlabArray('X', [2 ** 26, 1], new Uint8Array(2 ** 26), true)); // 64 MiB in 64 kB
    expect(bomb.length).to.be.below(100_000);
    expect(() => readMatlab('bomb.mat', bomb, ['X'], { maximumBytes: 2 ** 20 })).to.throw(
      /bomb\.mat: array X claims 671\d+ bytes, more than 1048576/,
    );
  });

  it('refuses files of other kinds', () => {
    expect(() => readMatlab('a', new Uint8Array(10), [])).to.throw('10 bytes, a header alone has 128');
    expect(() => readMatlab('a', Buffer.from('\x89HDF'.padEnd(200)), [])).to.throw('no MATLAB v5 header');
    const big = matlabFile();
    big.write('MI', 126);
    expect(() => readMatlab('a', big, [])).to.throw('big-endian');
  });

  for (const compress of [true, false]) {
    it(`survives damaged files, ${compress ? 'compressed' : 'plain'}`, async () => {
      const bytes = svhnFile(3, { compress });
      const read = (file: string, damaged: Uint8Array) => decodeSvhn(file, damaged, 1);
      const check = ({ images, labels, count }: ImageSet) => {
        expect(images.length).to.equal(count * 3072);
        expect(labels.length).to.equal(count);
        expect(Math.max(...labels)).to.be.below(10);
      };
      const { refused } = await surviveMutations('train_32x32.mat', bytes, mutationCount(200), read, check);
      expect(refused).to.be.above(compress ? 100 : 40);
    });
  }
});
