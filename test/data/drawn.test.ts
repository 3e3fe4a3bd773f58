// The drawn stand-in for ImageNet: laid out like it, the same again, and never half.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { drawImageFolder } from '../../src/data/imagenet/drawn.js';
import { openDataset } from '../../src/data/open.js';
import { temporaryFolder } from './files.js';

describe('a folder of drawn pictures', function () {
  this.timeout(60_000);
  const [first, second, broken] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
  after(() => {
    for (const folder of [first, second, broken]) folder.remove();
  });

  it('opens as ImageNet: ten classes, as many pictures as were asked for', async () => {
    const folder = await drawImageFolder(first.path, { train: 3, valid: 2 });
    const dataset = await openDataset('imagenet', { folder, imageSize: 32 });
    expect(dataset.classes).to.have.length(10).and.include('horizontal-stripes');
    expect([dataset.train.count, dataset.test.count]).to.deep.equal([30, 20]);
  });

  it('is the same bytes each time, and is not drawn again where it is', async () => {
    await drawImageFolder(second.path, { train: 1, valid: 1 });
    const digest = (folder: string) =>
      createHash('sha256')
        .update(readFileSync(join(folder, 'imagenet', 'train', 'disc', 'disc_0.JPEG')))
        .digest('hex');
    expect(digest(second.path)).to.equal(digest(first.path));
    await drawImageFolder(second.path, { train: 5, valid: 5 });
    expect(existsSync(join(second.path, 'imagenet', 'train', 'disc', 'disc_1.JPEG'))).to.equal(false);
  });

  it('keeps nothing of what a kill left half drawn', async () => {
    const half = join(broken.path, `.imagenet-${process.pid}`);
    mkdirSync(join(half, 'train', 'stray'), { recursive: true });
    await drawImageFolder(broken.path, { train: 1, valid: 1 });
    expect(readdirSync(broken.path)).to.deep.equal(['imagenet']);
    expect(readdirSync(join(broken.path, 'imagenet', 'train')))
      .to.have.length(10)
      .and.not.include('stray');
  });
});
