// The official splits of NAS-Bench-201, from files in their layout.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { findSplits, OFFICIAL_SPLITS, officialSplit, parseSplit } from '../../src/data/splits.js';
import { verifyDataset } from '../../src/data/verify.js';
import { rejection, temporaryFolder } from './files.js';
import { mutationCount, surviveMutations } from './mutate.js';

/** As the official files are written: odd spaces, numbers as strings. */
const text = (parts: Record<string, number[]>) =>
  Buffer.from(
    `{\n${Object.entries(parts)
      .map(([name, list]) => `  "${name}"              : ["int"   , ${JSON.stringify(list.map(String))}]`)
      .join(',\n')}\n}`,
  );

describe('the official splits', () => {
  const temporary = temporaryFolder();
  after(() => temporary.remove());
  const parts = { train: 3, valid: 2 };

  it('are lists of numbers written as strings', () => {
    const split = parseSplit('a', text({ train: [0, 2, 3], valid: [1, 4] }), parts);
    expect(Array.from(split.train)).to.deep.equal([0, 2, 3]);
    expect(Array.from(split.valid)).to.deep.equal([1, 4]);
  });

  it('must be of the right sizes, disjoint, and make up the whole', () => {
    const parse = (bytes: Buffer) => () => parseSplit('a.txt', bytes, parts);
    expect(parse(text({ train: [0, 1], valid: [2, 3] }))).to.throw('a.txt: train has 2 numbers, expected 3');
    expect(parse(text({ train: [0, 1, 2], valid: [2, 3] }))).to.throw('number 2 occurs twice');
    expect(parse(text({ train: [0, 1, 2], valid: [3, 5] }))).to.throw('valid has "5", expected 0 to 4');
    expect(parse(text({ train: [0, 1, 2] }))).to.throw('no list valid of integers');
    expect(parse(Buffer.from('[1'))).to.throw('a.txt: not JSON');
  });

  it('are found under splits, packed or not, and only taken when they are the official ones', async () => {
    mkdirSync(join(temporary.path, 'splits'));
    const { file } = OFFICIAL_SPLITS.cifar10;
    writeFileSync(join(temporary.path, 'splits', `${file}.gz`), gzipSync(text({ train: [0], valid: [1] })));
    const error = await rejection(officialSplit('cifar10', { folder: temporary.path }));
    // 986da617...: the SHA-256 of the file in AutoDL-Projects.
    expect(error.message).to.contain(
      "the official file's is 986da6174822048d4c5a25ee8ebdb7e754cd5372b51c633ffd4898ace8db9e32",
    );
    // `drnas data verify` sees the packed file, too.
    const states = await verifyDataset('nas-bench-201-splits', findSplits({ folder: temporary.path })!);
    expect(states.map(({ state }) => state)).to.deep.equal(['altered', 'missing', 'missing', 'missing']);
    const packed = createHash('sha256')
      .update(text({ train: [0], valid: [1] }))
      .digest('hex');
    expect(states[0]).to.include({ found: packed });
    const missing = await rejection(officialSplit('cifar100', { folder: temporary.path }));
    expect(missing.message).to.contain('drnas data fetch nas-bench-201-splits');
  });

  it('are what the benchmark used, where the official files are at hand', async function () {
    if (!process.env.DRNAS_DATA || findSplits({ cache: temporary.path })?.reason !== 'DRNAS_DATA') {
      this.test!.title += ' (skipped: DRNAS_DATA has no splits)';
      this.skip();
    }
    const { train, valid } = await officialSplit('cifar10');
    // The first numbers of the published file.
    expect([Array.from(train.subarray(0, 4)), Array.from(valid.subarray(0, 4))]).to.deep.equal([
      [0, 5, 7, 11],
      [1, 2, 3, 4],
    ]);
    for (const name of ['cifar100', 'imagenet16-120', 'imagenet16-120-train'] as const)
      await officialSplit(name);
  });

  it('survive damage', async () => {
    const bytes = text({ train: [0, 2, 3], valid: [1, 4] });
    const read = (file: string, damaged: Uint8Array) => parseSplit(file, damaged, parts);
    const { refused } = await surviveMutations('split.txt', bytes, mutationCount(300), read, (split) => {
      expect([...split.train, ...split.valid].sort()).to.deep.equal([0, 1, 2, 3, 4]);
    });
    expect(refused).to.be.above(100);
  });
});
