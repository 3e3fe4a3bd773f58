// CIFAR-100 in its official layout: two labels a record, its own normalisation.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { create } from 'tar';
import { checkCifarFile } from '../../src/data/cifar.js';
import { CIFAR10 } from '../../src/data/cifar10.js';
import { CIFAR100, findCifar100, readCifar100 } from '../../src/data/cifar100.js';
import { openDataset } from '../../src/data/index.js';
import { CIFAR_RECORD, cifar100Records, cifarPixel, rejection, temporaryFolder } from './files.js';
import { mutationCount, surviveMutations } from './mutate.js';

describe('CIFAR-100', () => {
  const temporary = temporaryFolder();
  after(() => temporary.remove());
  const folder = join(temporary.path, 'cifar-100-binary');
  mkdirSync(folder);
  writeFileSync(join(folder, 'train.bin'), cifar100Records(60));
  writeFileSync(join(folder, 'test.bin'), cifar100Records(20, 5));

  it('takes the fine label, not the coarse one, and the pixels after both', async () => {
    const dataset = await openDataset('cifar100', { folder: temporary.path, allowAltered: true });
    expect([dataset.name, dataset.train.count, dataset.test.count]).to.deep.equal(['cifar100', 60, 20]);
    expect(Array.from(dataset.train.labels.subarray(13, 17))).to.deep.equal([91, 98, 5, 12]); // 7 i mod 100
    for (const [y, x, c] of [
      [0, 0, 0],
      [31, 31, 2],
      [9, 20, 1],
    ]) {
      expect(dataset.test.images[((3 * 32 + y) * 32 + x) * 3 + c]).to.equal(
        cifarPixel(3 + 5, c * 1024 + y * 32 + x),
      );
    }
  });

  it('has a hundred classes in alphabetical order', () => {
    expect(CIFAR100.classes).to.have.length(100);
    expect(CIFAR100.classes).to.deep.equal([...CIFAR100.classes].sort());
  });

  it('is not normalised with the constants of CIFAR-10, as the reference does in its DARTS space', () => {
    // 0.5071, 0.4865, 0.4409 and 0.2673, 0.2564, 0.2762: the values of the reference's utils.py for this data set.
    expect(CIFAR100.mean).to.deep.equal([0.5071, 0.4865, 0.4409]);
    expect(CIFAR100.std).to.deep.equal([0.2673, 0.2564, 0.2762]);
    expect(CIFAR100.mean).to.not.deep.equal(CIFAR10.mean);
  });

  it('is read from the archive, too', async () => {
    const place = join(temporary.path, 'packed');
    mkdirSync(place);
    const file = join(place, 'cifar-100-binary.tar.gz');
    await create({ gzip: true, file, cwd: temporary.path }, ['cifar-100-binary']);
    const found = findCifar100({ folder: place });
    expect(found?.kind).to.equal('archive');
    const plain = { kind: 'folder', path: folder, reason: 'test' } as const;
    expect((await readCifar100(found!, { allowAltered: true })).checksum).to.equal(
      (await readCifar100(plain, { allowAltered: true })).checksum,
    );
  });

  it('names the record whose label is out of range, coarse or fine', async () => {
    for (const [at, value, expected] of [
      [0, 20, '0 to 19'],
      [1, 100, '0 to 99'],
    ] as const) {
      const bytes = cifar100Records(3);
      bytes[2 * (CIFAR_RECORD + 1) + at] = value;
      expect(() => checkCifarFile(CIFAR100, 'x/train.bin', bytes, true)).to.throw(
        `x/train.bin: record 2 has label ${value}, expected ${expected}`,
      );
    }
  });

  it('refuses training files that are not the official ones', async () => {
    const place = { kind: 'folder', path: folder, reason: 'test' } as const;
    const error = await rejection(readCifar100(place));
    expect(error.message).to.match(
      /train\.bin: 184440 bytes, expected 153700000 \(50,000 records of 3074\).*truncated/,
    );
  });

  it('survives damaged files', async () => {
    const read = (file: string, bytes: Uint8Array) => checkCifarFile(CIFAR100, file, bytes, true);
    const { refused, taken } = await surviveMutations(
      'train.bin',
      cifar100Records(4),
      mutationCount(300),
      read,
      (note) => expect(note).to.contain('not the official file'),
    );
    expect(refused).to.be.above(50); // every change of length and most labels out of range
    expect(taken).to.be.above(50);
  });
});
