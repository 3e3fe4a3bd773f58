// Damaged official files: whatever byte is changed, cut or doubled, there is a clear error or a right table. DRNAS_TEST_MUTATIONS
// sets how many of each format; nothing may hang, crash, or take memory without bound.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { officialTexts } from '../../src/benchmarks/importers/collect.js';
import { importBenchmark } from '../../src/benchmarks/importers/index.js';
import { readArchitectureFile } from '../../src/benchmarks/importers/nats.js';
import { OFFICIAL, recordsOf } from '../../src/benchmarks/importers/trials.js';
import { readPickle } from '../../src/pickle/index.js';
import { createStream, type Stream } from '../../src/random/stream.js';
import { bzip2 } from '../compression/pack.js';
import { temporaryFolder } from '../data/files.js';
import { architecturePickle, legacyTorch, writePickle, writeTar, zipTorch } from './official.js';

const TEXTS = officialTexts('topology');
const COUNT = Number(process.env.DRNAS_TEST_MUTATIONS ?? 60);

/** One to four changes: a bit, a byte, an end cut off, a stretch doubled, dropped or zeroed. */
function mutate(bytes: Uint8Array, stream: Stream): Buffer {
  let result = Buffer.from(bytes);
  const below = (n: number) => Math.floor(stream.uniform() * n);
  for (let change = below(4); change >= 0; change--) {
    const at = below(result.length);
    const end = Math.min(result.length, at + 1 + below(40));
    const kind = below(7);
    if (kind <= 1) result[at] ^= 1 << below(8);
    else if (kind === 2) result[at] = below(256);
    else if (kind === 3) result = Buffer.concat([result.subarray(0, end), result.subarray(at)]);
    else if (kind === 4) result = Buffer.concat([result.subarray(0, at), result.subarray(end)]);
    else if (kind === 5) result.fill(0, at, end);
    else result = Buffer.from(result.subarray(0, at + 1));
    if (result.length === 0) break;
  }
  return result;
}

describe(`damaged official files, ${COUNT} of each format`, function () {
  this.timeout(COUNT * 1000 + 60_000);
  const temporary = temporaryFolder();
  after(() => temporary.remove());

  const packed = bzip2(architecturePickle(284));
  const plain = architecturePickle(284);
  const path = (name: string) => join(temporary.path, name);
  const at = async (name: string, bytes: Uint8Array) => {
    writeFileSync(path(name), bytes);
    await importBenchmark(path(name), { partial: true });
  };
  const formats: [string, () => Uint8Array, (bytes: Buffer) => unknown][] = [
    [
      'NATS-Bench, an architecture of the folder (packed)',
      () => packed,
      (bytes) => readArchitectureFile(bytes, 'x'),
    ],
    ['NATS-Bench, the pickle inside', () => plain, (bytes) => recordsOf(readPickle(bytes, OFFICIAL), 'x')],
    ['NATS-Bench, .tar', () => readFileSync(writeTar(temporary.path, [284])), (bytes) => at('m.tar', bytes)],
    [
      'NATS-Bench, .pickle.pbz2',
      () => readFileSync(writePickle(temporary.path, [284])),
      (bytes) => at('m.pickle.pbz2', bytes),
    ],
    ['NAS-Bench-201, .pth before torch 1.6', () => legacyTorch([284]), (bytes) => at('m.pth', bytes)],
    ['NAS-Bench-201, .pth as zip', () => zipTorch([284]), (bytes) => at('n.pth', bytes)],
    ['CSV', () => Buffer.from(`index,arch,score\n${csvRows()}`), (bytes) => at('m.csv', bytes)],
  ];
  for (const [format, whole, read] of formats) {
    it(`${format}: a clear error or a table`, async () => {
      mkdirSync(temporary.path, { recursive: true });
      const bytes = whole();
      const stream = createStream(0, 'mutations', format);
      let refused = 0;
      let slowest = 0;
      for (let i = 0; i < COUNT; i++) {
        const damaged = mutate(bytes, stream);
        const start = performance.now();
        try {
          await read(damaged);
        } catch (error) {
          refused++;
          const { name, message } = error as Error;
          const where = `mutation ${i}: ${name}: ${message.slice(0, 300)}`;
          // The program's own words, not those of a failing engine.
          expect(['Error', 'TAR_BAD_ARCHIVE'], where).to.include(name);
          expect(message, where).to.match(/^\S.{9,}/s);
          expect(message.length, where).to.be.below(1000);
        }
        slowest = Math.max(slowest, performance.now() - start);
      }
      expect(slowest).to.be.below(10_000);
      expect(process.memoryUsage().rss).to.be.below(3 * 2 ** 30);
      if (COUNT >= 50) expect(refused).to.be.above(COUNT / 4);
      rmSync(path('m.tar'), { force: true });
    });
  }
});

function csvRows(): string {
  return Array.from({ length: 20 }, (_, i) => `${i},${TEXTS[i]},${i / 7}`).join('\n');
}
