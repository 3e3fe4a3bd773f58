// The README's results against the stored study, and the study against the benchmark.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadNasBench201 } from '../../src/benchmarks/nasbench201.js';
import type { SeedStudy } from '../../src/experiments/seeds.js';
import { seedTable } from '../../src/report/seedTable.js';
import { projectRoot } from '../../src/root.js';
import { searchConfig } from '../../src/search/config.js';

const file = (...path: string[]) => readFileSync(join(projectRoot(), ...path), 'utf8');

describe('stored seed study', () => {
  const study: SeedStudy = JSON.parse(file('figures', '00-quickstart', 'seeds.json'));

  it('is what the README prints (else run npm run report)', () => {
    expect(file('README.md')).to.include(seedTable(study));
  });

  it('was run with the settings that the laptop scale has now', () => {
    const now = searchConfig('laptop');
    expect({ ...study.config, seed: 0, dataset: 'auto' }).to.deep.equal({ ...now, seed: 0 });
  });

  it('reports at least five seeds of DrNAS and of DARTS, all of equal length', () => {
    for (const sampler of ['dirichlet', 'softmax']) {
      const seeds = new Set(study.rows.filter((row) => row.sampler === sampler).map((row) => row.seed));
      expect(seeds.size, sampler).to.be.at.least(5);
    }
    expect(new Set(study.rows.map((row) => row.steps)).size).to.equal(1);
  });

  it('has the table’s accuracies for each final cell', async function () {
    const table = process.env.DRNAS_NASBENCH201 ? await loadNasBench201() : undefined;
    if (!table) return this.skip();
    for (const { genotype, lookup } of study.rows) {
      const { index, cifar10, cifar100, imagenet16 } = table.lookup(genotype);
      expect(lookup).to.deep.include({ index, cifar10, cifar100, imagenet16 });
    }
  });
});
