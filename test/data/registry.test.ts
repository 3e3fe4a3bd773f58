// The registry of data sets against what the pages on them say, and against itself.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DATASETS, datasetInfo, REGISTRY_NAMES } from '../../src/data/registry.js';
import { DATASET_NAMES } from '../../src/data/types.js';
import { projectRoot } from '../../src/root.js';

describe('the registry of data sets', () => {
  const folder = join(projectRoot(), 'datasets');
  const pages = readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');

  it('knows every data set that can be opened', () => {
    expect(REGISTRY_NAMES).to.include.members([...DATASET_NAMES]);
    expect(() => datasetInfo('mnist')).to.throw('data set "mnist" is not known: use one of cifar10');
    expect(() => datasetInfo('constructor')).to.throw('is not known');
  });

  it('has checksums of the right length, and an address for all that can be fetched', () => {
    const lengths = { md5: 32, sha1: 40, sha256: 64 };
    for (const { archive, files, byHand } of Object.values(DATASETS)) {
      for (const file of [...files, ...(archive ? [archive] : [])]) {
        expect(file.hex).to.match(new RegExp(`^[0-9a-f]{${lengths[file.algorithm]}}$`));
      }
      for (const file of archive ? [archive] : files)
        expect(Boolean(byHand) !== Boolean(file.url), file.name).to.equal(true);
    }
  });

  it('agrees with the pages: every checksum, page and folder is on one of them', () => {
    for (const [name, { archive, files, page, folder: place }] of Object.entries(DATASETS)) {
      if (name === 'procedural') continue;
      for (const { hex, name: file } of [...files, ...(archive ? [archive] : [])]) {
        expect(pages, file).to.contain(hex);
        expect(pages).to.contain(file.replace(/\.gz$/, ''));
      }
      expect(pages, name).to.contain(page);
      expect(pages, name).to.contain(place);
    }
  });
});
