// Searches over seeds and samplers: what is refused before work, and what is said when one of them fails.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDataset } from '../../src/data/open.js';
import { type SeedOptions, seedStudy, spread } from '../../src/experiments/seeds.js';
import { searchConfig } from '../../src/search/config.js';
import { runFolder, type Workplace } from '../../src/search/start.js';

describe('a study over seeds', function () {
  this.timeout(60_000);
  // Far longer than the failure takes.
  const config = searchConfig('smoke', { dataset: 'procedural', epochs: 100_000, evaluationImages: 0 });
  let base: string;
  let workplace: Workplace;
  before(async () => {
    base = mkdtempSync(join(tmpdir(), 'drnas-seeds-'));
    const backend = { name: 'native', engine: 'native', threads: 1, reason: 'a test' };
    workplace = { backend, dataset: await openDataset('procedural', { imageSize: config.imageSize }) };
  });
  after(() => rmSync(base, { recursive: true, force: true }));
  const messageOf = (options: Pick<SeedOptions, 'seeds' | 'samplers'>) =>
    seedStudy(config, workplace, { ...options, base, parallel: 2 }).then(
      () => 'nothing was refused',
      (error: Error) => error.message,
    );

  it('takes each seed and each sampler once', async () => {
    expect(await messageOf({ seeds: [0, 0], samplers: ['dirichlet'] })).to.match(/^seeds are \[0,0\]/);
    expect(await messageOf({ seeds: [0], samplers: [] })).to.match(/^samplers are \[\]/);
  });

  it('says which run failed and why, not which were stopped by it', async () => {
    const folder = runFolder({ ...config, seed: 1 }, workplace.dataset, base);
    mkdirSync(folder);
    writeFileSync(join(folder, 'of-someone-else'), '');
    expect(await messageOf({ seeds: [0, 1], samplers: ['dirichlet'] })).to.match(
      /^search with dirichlet seed 1: .* holds no run/,
    );
  });

  it('has no mean without look-ups', () => {
    expect(spread([], 'cifar10')).to.equal(undefined);
  });
});
