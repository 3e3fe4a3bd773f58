// ImageNet16-120 from pickles as the official ones are written: labels from 1, 120 of 1000 classes kept, planes to pixels.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { decodeImageNet16 } from '../../src/data/imagenet16.js';
import { openDataset } from '../../src/data/index.js';
import type { ImageSet } from '../../src/data/types.js';
import { rejection, temporaryFolder } from './files.js';
import { mutationCount, surviveMutations } from './mutate.js';
import { imageNet16Batch } from './pickles.js';

const pixel = (i: number, p: number) => (i * 37 + p * 5 + (p >> 8) * 11) & 255; // p: place in the record, channel-major
const images = (count: number) =>
  Uint8Array.from({ length: count * 768 }, (_, at) => pixel(Math.floor(at / 768), at % 768));

describe('ImageNet16-120', () => {
  const temporary = temporaryFolder();
  after(() => temporary.remove());

  for (const python of [2, 3] as const) {
    it(`keeps labels 1 to 120 as 0 to 119, from a pickle of Python ${python}`, () => {
      const batch = imageNet16Batch([1, 121, 120, 1000, 57], images(5), { python });
      const { labels, count, images: pixels } = decodeImageNet16('a', batch, 1);
      expect(count).to.equal(3);
      expect(Array.from(labels)).to.deep.equal([0, 119, 56]);
      for (const [kept, official] of [
        [0, 0],
        [1, 2],
        [2, 4],
      ]) {
        for (const [y, x, c] of [
          [0, 0, 0],
          [15, 3, 1],
          [8, 15, 2],
        ]) {
          expect(pixels[((kept * 16 + y) * 16 + x) * 3 + c]).to.equal(pixel(official, c * 256 + y * 16 + x));
        }
      }
    });
  }

  it('opens from its eleven files, 16x16, padded by 2, with its own normalisation', async () => {
    const folder = join(temporary.path, 'ImageNet16');
    mkdirSync(folder);
    for (let b = 1; b <= 10; b++) {
      writeFileSync(join(folder, `train_data_batch_${b}`), imageNet16Batch([b, 500], images(2)));
    }
    writeFileSync(join(folder, 'val_data'), imageNet16Batch([3, 4], images(2), { python: 3 }));
    const options = { folder: temporary.path, allowAltered: true };
    const dataset = await openDataset('imagenet16-120', { ...options, imageSize: 16 });
    expect([dataset.height, dataset.pad, dataset.classes.length]).to.deep.equal([16, 2, 120]);
    expect(Array.from(dataset.train.labels)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(Array.from(dataset.test.labels)).to.deep.equal([2, 3]);
    expect(dataset.mean[0]).to.be.closeTo(0.4811, 1e-5); // 122.68 / 255
    expect((await openDataset('imagenet16-120', { ...options, imageSize: 8 })).height).to.equal(8);
    const size = await rejection(openDataset('imagenet16-120', { ...options, imageSize: 32 }));
    expect(size.message).to.contain('image size 32: the images are 16x16');
    const strict = await rejection(openDataset('imagenet16-120', { folder: temporary.path }));
    // 27846dca...: the MD5 that AutoDL-Projects publishes for the first batch.
    expect(strict.message).to.contain("the official file's is 27846dcaa50de8e21a7d1a35f30f0e91");
  });

  it('says what is wrong with other pickles, and refuses one that asks for code by name', () => {
    const decode = (bytes: Buffer) => decodeImageNet16('batch', bytes, 1);
    expect(() => decode(imageNet16Batch([1], images(2)))).to.throw('batch: 2 images but 1 labels');
    expect(() => decode(imageNet16Batch([1, 1001], images(2)))).to.throw(
      'label 1 is 1001, expected 1 to 1000',
    );
    expect(() => decode(imageNet16Batch([0], images(1)))).to.throw('label 0 is 0');
    expect(() => decode(imageNet16Batch([1], new Uint8Array(3072), { width: 3072 }))).to.throw(
      '"data" is 1x3072, expected Nx768', // ImageNet32
    );
    expect(() => decode(Buffer.from('\x80\x02}.', 'latin1'))).to.throw('batch: no array "data" of bytes');
    expect(() => decode(Buffer.from('cos\nsystem\n(U\x02idtR.', 'latin1'))).to.throw(/batch.*"os\.system"/);
  });

  for (const python of [2, 3] as const) {
    it(`survives damaged files of Python ${python}`, async () => {
      const batch = imageNet16Batch([1, 2, 300], images(3), { python });
      const read = (file: string, damaged: Uint8Array) => decodeImageNet16(file, damaged, 1);
      const check = ({ images: pixels, labels, count }: ImageSet) => {
        expect(pixels.length).to.equal(count * 768);
        expect(labels.length).to.equal(count);
        expect(count === 0 || Math.max(...labels) < 120).to.equal(true);
      };
      const { refused } = await surviveMutations(
        'train_data_batch_1',
        batch,
        mutationCount(300),
        read,
        check,
      );
      expect(refused).to.be.above(100);
    });
  }
});
