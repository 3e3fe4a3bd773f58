// Fashion-MNIST and IDX: framing, packed and unpacked files, and files that are not right.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { FASHION_DEBIAN, findFashionMnist, readFashionMnist } from '../../src/data/fashion-mnist.js';
import { readIdx } from '../../src/data/idx.js';
import type { Location } from '../../src/data/types.js';
import { idx, rejection, temporaryFolder } from './files.js';
import { mutationCount, surviveMutations } from './mutate.js';

const grey = (count: number) => Uint8Array.from({ length: count * 784 }, (_, p) => (p * 3 + (p >> 8)) & 255);
const labels = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % 10);

describe('Fashion-MNIST', () => {
  const temporary = temporaryFolder();
  after(() => temporary.remove());
  const write = (name: string, files: Record<string, Uint8Array>): Location => {
    const path = join(temporary.path, name);
    mkdirSync(path);
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(path, file), bytes);
    return { kind: 'folder', path, reason: 'test' };
  };
  const files = {
    'train-images-idx3-ubyte.gz': gzipSync(idx([30, 28, 28], grey(30))),
    'train-labels-idx1-ubyte.gz': gzipSync(idx([30], labels(30))),
    't10k-images-idx3-ubyte': idx([10, 28, 28], grey(10)),
    't10k-labels-idx1-ubyte': idx([10], labels(10)),
  };
  const place = write('fashion-mnist', files);

  it('frames the grey images to 32x32 and keeps one channel, packed files or not', async () => {
    const dataset = await readFashionMnist(place, { allowAltered: true });
    expect([dataset.height, dataset.width, dataset.channels]).to.deep.equal([32, 32, 1]);
    expect([dataset.train.count, dataset.test.count]).to.deep.equal([30, 10]);
    const image = dataset.train.images.subarray(1024, 2048);
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 32; x++) {
        const inside = y >= 2 && y < 30 && x >= 2 && x < 30;
        expect(image[y * 32 + x]).to.equal(inside ? grey(2)[784 + (y - 2) * 28 + x - 2] : 0);
      }
    }
    expect(Array.from(dataset.test.labels)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('is found in a folder of its own', () => {
    expect(findFashionMnist({ folder: temporary.path })?.path).to.equal(place.path);
  });

  it('refuses altered training files unless allowed, and notes those that it takes', async () => {
    const error = await rejection(readFashionMnist(place));
    expect(error.message).to.match(/train-images-idx3-ubyte\.gz: its SHA-1, unpacked, is .*altered, damaged/);
    const { notes } = await readFashionMnist(place, { allowAltered: true });
    expect(notes).to.have.length(4);
  });

  it('survives damaged files, packed or not', async () => {
    const file = join(temporary.path, 'damaged-labels');
    for (const packed of [false, true]) {
      const bytes = idx([3, 4, 4], grey(3).subarray(0, 48));
      const read = (_name: string, damaged: Uint8Array) => {
        writeFileSync(file, damaged);
        return readIdx(file, 3);
      };
      const { refused } = await surviveMutations(
        'labels',
        packed ? gzipSync(bytes) : bytes,
        mutationCount(150),
        read,
        ({ shape, data }) => expect(data.length).to.equal(shape.reduce((a, b) => a * b, 1)),
      );
      expect(refused).to.be.above(50);
    }
  });

  it('names a file with the wrong magic number, and what it is', async () => {
    const wrong = write('magic', { a: idx([3], labels(3), 0x0d01), b: new Uint8Array(2) });
    expect((await rejection(readIdx(join(wrong.path, 'a'), 1))).message).to.match(
      /0x00000d01, expected 0x00000801/,
    );
    expect((await rejection(readIdx(join(wrong.path, 'a'), 3))).message).to.match(/expected 0x00000803/);
    expect((await rejection(readIdx(join(wrong.path, 'b'), 1))).message).to.match(/only 2 bytes/);
  });

  it('names a truncated file, unpacked or packed', async () => {
    const packed = files['train-images-idx3-ubyte.gz'];
    const cut = write('cut', {
      plain: idx([5, 28, 28], grey(4)),
      header: idx([5, 28, 28], grey(0)).subarray(0, 10),
      packed: packed.subarray(0, packed.length / 2),
    });
    expect((await rejection(readIdx(join(cut.path, 'plain'), 3))).message).to.match(
      /3152 bytes unpacked, expected 3936/,
    );
    expect((await rejection(readIdx(join(cut.path, 'header'), 3))).message).to.match(/10 bytes unpacked/);
    expect((await rejection(readIdx(join(cut.path, 'packed'), 3))).message).to.match(
      /cannot be unpacked.*truncated/,
    );
  });

  it('refuses labels above 9, counts that differ, other sizes and missing files', async () => {
    const altered = async (name: string, change: Record<string, Uint8Array>, remove?: string) => {
      const all: Record<string, Uint8Array> = { ...files, ...change };
      if (remove) delete all[remove];
      return (await rejection(readFashionMnist(write(name, all), { allowAltered: true }))).message;
    };
    const wrong = labels(30);
    wrong[4] = 10;
    expect(await altered('labels', { 'train-labels-idx1-ubyte.gz': idx([30], wrong) })).to.match(
      /label 4 is 10/,
    );
    expect(await altered('counts', { 'train-labels-idx1-ubyte.gz': idx([29], labels(29)) })).to.match(
      /30 images but 29/,
    );
    expect(await altered('sizes', { 't10k-images-idx3-ubyte': idx([10, 14, 56], grey(10)) })).to.match(
      /images of 14x56/,
    );
    expect(await altered('gone', {}, 't10k-labels-idx1-ubyte')).to.match(
      /t10k-labels-idx1-ubyte\(\.gz\) is missing/,
    );
  });

  it('reads the real files without a note where the Debian package is installed', async function () {
    if (!existsSync(FASHION_DEBIAN)) {
      this.test!.title += ` (skipped: no ${FASHION_DEBIAN})`;
      this.skip();
    }
    const { train, test, notes, mean, std } = await readFashionMnist({
      path: FASHION_DEBIAN,
      kind: 'folder',
      reason: 'test',
    });
    expect([train.count, test.count, notes.length]).to.deep.equal([60_000, 10_000, 0]);
    let sum = 0;
    let squares = 0;
    for (const v of train.images) {
      sum += v;
      squares += v * v;
    }
    const average = sum / train.images.length / 255;
    expect(mean[0]).to.be.closeTo(average, 1e-6);
    expect(std[0]).to.be.closeTo(Math.sqrt(squares / train.images.length / 255 ** 2 - average ** 2), 1e-6);
  });
});
