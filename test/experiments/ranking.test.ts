// Rankings of all architectures over seeds: their bins, what addresses them, and the file that keeps them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { rankBins, rankingRequest, readRankings, writeRankings } from '../../src/experiments/ranking.js';
import { searchConfig } from '../../src/search/config.js';

describe('Rankings by supernets', () => {
  it('put architectures of neighbouring ranks together, the least loss first', () => {
    // 100 architectures whose loss is their index and whose truth is 100 - index: bins of four, their ends interpolated.
    const loss = Float64Array.from({ length: 100 }, (_, i) => i);
    const bins = rankBins(
      { loss },
      loss.map((i) => 100 - i),
    );
    expect(bins).to.have.length(25);
    expect(bins[0]).to.deep.equal({ rank: 2.5, low: 97.3, median: 98.5, high: 99.7 });
    expect(bins.map(({ median }) => median)).to.deep.equal(bins.map(({ rank }) => 101 - rank));
  });

  it('leave out what a pruned supernet has no score for', () => {
    const loss = Float64Array.from({ length: 100 }, (_, i) => (i < 50 ? i : Number.NaN));
    const bins = rankBins(
      { loss },
      Float64Array.from({ length: 100 }, (_, i) => (i < 50 ? 90 : 10)),
    );
    expect(new Set(bins.flatMap(({ low, high }) => [low, high]))).to.deep.equal(new Set([90]));
  });

  it('are addressed by the search and the images, not by the name of a scale', () => {
    const config = searchConfig('smoke', { dataset: 'procedural' });
    expect(rankingRequest(config)).to.equal(rankingRequest(config, { images: 128, batchSize: 64 }));
    expect(rankingRequest({ ...config, seed: 9 })).not.to.equal(rankingRequest(config));
    expect(rankingRequest(config, { images: 64 })).not.to.equal(rankingRequest(config));
    expect(rankingRequest(config, { initial: true })).not.to.equal(rankingRequest(config));
  });

  it('are read back as they were written, and another file is refused', () => {
    const folder = mkdtempSync(join(tmpdir(), 'drnas-rankings-'));
    const file = join(folder, 'ranking.json');
    try {
      expect(readRankings(file).size).to.equal(0);
      const ranking = {
        ...{
          sampler: 'dirichlet' as const,
          request: 'abc',
          seed: 1,
          initial: false,
          images: 128,
          batchSize: 64,
          functions: 3,
          seconds: 1.5,
        },
        ...{ rows: [], bins: [{ rank: 1, low: 1, median: 2, high: 3 }] },
      };
      writeRankings(file, [ranking]);
      expect(readRankings(file).get('abc')).to.deep.equal(ranking);
      writeFileSync(file, '{"format":"drnas-results-1","rankings":[]}');
      expect(() => readRankings(file)).to.throw(/expected drnas-rankings-1/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
