// CIFAR-10: decoding of the official layout, and what happens to files that are not right.

import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { create } from 'tar';
import { checkFile, findCifar10, readCifar10 } from '../../src/data/cifar10.js';
import { openDataset } from '../../src/data/index.js';
import {
  CIFAR_RECORD,
  cifarPixel,
  cifarRecords,
  rejection,
  temporaryFolder,
  withEnvironment,
  writeCifar,
} from './files.js';

describe('CIFAR-10', () => {
  const temporary = temporaryFolder();
  after(() => temporary.remove());
  const folder = writeCifar(temporary.path, 20);
  const place = { kind: 'folder', path: folder, reason: 'test' } as const;
  const variant = (name: string, change: (folder: string) => void): string => {
    const copy = join(temporary.path, name, 'cifar-10-batches-bin');
    cpSync(folder, copy, { recursive: true });
    change(copy);
    return copy;
  };

  it('turns channel-major records into interleaved images, batch after batch', async () => {
    const dataset = await readCifar10(place, { allowAltered: true });
    expect(dataset.train.count).to.equal(100);
    expect(dataset.test.count).to.equal(20);
    expect([dataset.height, dataset.width, dataset.channels, dataset.pad]).to.deep.equal([32, 32, 3, 4]);
    expect(Array.from(dataset.train.labels.subarray(40, 53))).to.deep.equal([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2,
    ]);
    const at = (image: number, y: number, x: number, c: number) =>
      dataset.train.images[((image * 32 + y) * 32 + x) * 3 + c];
    // Image 45 is record 5 of data_batch_3, whose salt is 3.
    for (const [y, x, c] of [
      [0, 0, 0],
      [3, 17, 1],
      [31, 31, 2],
      [12, 0, 2],
    ]) {
      expect(at(45, y, x, c)).to.equal(cifarPixel(5 + 3, c * 1024 + y * 32 + x));
    }
  });

  for (const size of [16, 8]) {
    it(`averages boxes down to ${size}x${size}`, async () => {
      const dataset = await readCifar10(place, { allowAltered: true, imageSize: size });
      const factor = 32 / size;
      expect([dataset.height, dataset.width, dataset.pad]).to.deep.equal([size, size, size / 8]);
      expect(dataset.title).to.contain(`averaged down to ${size}x${size}`);
      for (const [y, x, c] of [
        [0, 0, 0],
        [3, 5, 1],
        [size - 1, size - 1, 2],
      ]) {
        let sum = 0;
        for (let dy = 0; dy < factor; dy++) {
          for (let dx = 0; dx < factor; dx++) {
            sum += cifarPixel(7 + 6, c * 1024 + (y * factor + dy) * 32 + x * factor + dx);
          }
        }
        expect(dataset.test.images[((7 * size + y) * size + x) * 3 + c]).to.equal(
          Math.floor(sum / factor ** 2 + 0.5),
        );
      }
    });
  }

  it('refuses a size that is no integer factor, naming those that are', async () => {
    const error = await rejection(readCifar10(place, { imageSize: 20 }));
    expect(error.message).to.match(/image size 20.*32, 16, 8/);
  });

  it('names a truncated file, what it should hold and what it holds', async () => {
    const path = variant('truncated', (copy) => truncateSync(join(copy, 'data_batch_2.bin'), 1000));
    const error = await rejection(readCifar10({ ...place, path }, { allowAltered: true }));
    expect(error.message).to.match(/data_batch_2\.bin: 1000 bytes, expected 30730000 .*truncated/);
  });

  it('refuses a truncated test batch too, and a whole number of records short of the official one', async () => {
    const error = await rejection(readCifar10(place));
    expect(error.message).to.match(/data_batch_1\.bin: 61460 bytes, expected 30730000/);
  });

  it('names the record with a label above 9', async () => {
    const path = variant('label', (copy) => {
      const bytes = cifarRecords(20, 6);
      bytes[3 * CIFAR_RECORD] = 12;
      writeFileSync(join(copy, 'test_batch.bin'), bytes);
    });
    const error = await rejection(readCifar10({ ...place, path }, { allowAltered: true }));
    expect(error.message).to.match(/test_batch\.bin: record 3 has label 12, expected 0 to 9/);
  });

  it('refuses an altered training file of the right size, but only notes another test batch', () => {
    const bytes = new Uint8Array(30_730_000); // all zero: right size, right labels, wrong content
    expect(() => checkFile('x/data_batch_4.bin', bytes, false)).to.throw(
      /data_batch_4\.bin: its SHA-1 is [0-9a-f]{40}, the official file's is aab85764eb3584312d3c7f65fd2fd016e36a258e: the file was altered/,
    );
    expect(checkFile('x/data_batch_4.bin', bytes, true)).to.match(
      /data_batch_4\.bin is not the official file/,
    );
    expect(checkFile('x/test_batch.bin', bytes, false)).to.match(
      /test_batch\.bin is not the official file: SHA-1 [0-9a-f]{40}, official 67eb016d/,
    );
  });

  it('carries one note per file that is not the official one', async () => {
    const { notes } = await readCifar10(place, { allowAltered: true });
    expect(notes).to.have.length(6);
    expect(notes[5]).to.match(/^test_batch\.bin is not the official file/);
  });

  it('names a missing file', async () => {
    const path = join(temporary.path, 'missing');
    mkdirSync(path);
    writeFileSync(join(path, 'data_batch_1.bin'), cifarRecords(1));
    const error = await rejection(readCifar10({ ...place, path }, { allowAltered: true }));
    expect(error.message).to.match(/missing: data_batch_2\.bin is missing/);
  });

  it('reads the archive to the same data set as the folder', async () => {
    const archive = join(temporary.path, 'archive', 'cifar-10-binary.tar.gz');
    mkdirSync(join(temporary.path, 'archive'));
    await create({ gzip: true, file: archive, cwd: temporary.path }, ['cifar-10-batches-bin']);
    const found = findCifar10({ folder: join(temporary.path, 'archive') });
    expect(found?.kind).to.equal('archive');
    const [packed, plain] = await Promise.all([
      readCifar10(found!, { allowAltered: true }),
      readCifar10(place, { allowAltered: true }),
    ]);
    expect(packed.checksum).to.equal(plain.checksum);

    const half = join(temporary.path, 'half.tar.gz');
    const bytes = readFileSync(archive);
    writeFileSync(half, bytes.subarray(0, bytes.length / 2));
    const error = await rejection(openDataset('cifar10', { folder: half, allowAltered: true }));
    expect(error.message).to.match(/half\.tar\.gz cannot be read to its end.*truncated or damaged/);
  });

  it('is found under DRNAS_DATA and in the cache, in this order', async () => {
    const cache = join(temporary.path, 'label');
    await withEnvironment({ DRNAS_DATA: temporary.path }, async () => {
      expect(findCifar10({ cache })).to.deep.include({ path: folder, reason: 'DRNAS_DATA' });
    });
    await withEnvironment({ DRNAS_DATA: undefined }, async () => {
      expect(findCifar10({ cache })?.path).to.equal(join(cache, 'cifar-10-batches-bin'));
      expect(findCifar10({ cache: join(temporary.path, 'nothing') })).to.equal(undefined);
    });
  });

  it('gives the checksum of the bytes in use: another size or one other pixel, another checksum', async () => {
    const path = variant('pixel', (copy) => {
      const bytes = readFileSync(join(copy, 'data_batch_5.bin'));
      bytes[CIFAR_RECORD + 200] ^= 255;
      writeFileSync(join(copy, 'data_batch_5.bin'), bytes);
    });
    const options = { allowAltered: true };
    const plain = (await readCifar10(place, options)).checksum;
    expect(plain).to.match(/^[0-9a-f]{64}$/);
    expect((await readCifar10(place, options)).checksum).to.equal(plain);
    expect((await readCifar10({ ...place, path }, options)).checksum).to.not.equal(plain);
    expect((await readCifar10(place, { ...options, imageSize: 16 })).checksum).to.not.equal(plain);
  });

  it('has the published mean and deviation on the real files, where they are at hand', async function () {
    const found = process.env.DRNAS_DATA ? findCifar10({ cache: temporary.path }) : undefined;
    if (found?.reason !== 'DRNAS_DATA') {
      this.test!.title += ' (skipped: DRNAS_DATA has no CIFAR-10)';
      this.skip();
    }
    const { train, test, mean, std, notes } = await readCifar10(found);
    expect([train.count, test.count]).to.deep.equal([50_000, 10_000]);
    expect(notes.filter((note) => !note.startsWith('test_batch.bin'))).to.deep.equal([]);
    for (let c = 0; c < 3; c++) {
      let sum = 0;
      let squares = 0;
      for (let i = c; i < train.images.length; i += 3) {
        sum += train.images[i];
        squares += train.images[i] ** 2;
      }
      const average = sum / 51_200_000 / 255; // 50,000 x 32 x 32 pixels; the constants are single precision
      expect(mean[c]).to.be.closeTo(average, 1e-6);
      expect(std[c]).to.be.closeTo(Math.sqrt(squares / 51_200_000 / 255 ** 2 - average ** 2), 1e-6);
    }
  });
});
