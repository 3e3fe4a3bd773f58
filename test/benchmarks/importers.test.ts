// Importers: every official container gives the same table, and anything that is not right is an error that says what.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { importBenchmark } from '../../src/benchmarks/importers/index.js';
import { query } from '../../src/benchmarks/query.js';
import type { BenchmarkTable } from '../../src/benchmarks/table.js';
import { bzip2 } from '../compression/pack.js';
import { rejection, temporaryFolder } from '../data/files.js';
import { pickle } from '../pickle/write.js';
import {
  architecturePickle,
  legacyTorch,
  madeUpRight,
  seedsAt,
  writeFolder,
  writePickle,
  writeTar,
  zipTorch,
} from './official.js';
import { HEADER, madeUpRows } from './table.js';

const INDICES = [0, 11, 284];
const partial = { partial: true };

describe('importers of official files', () => {
  const temporary = temporaryFolder();
  const path = (name: string) => join(temporary.path, name);
  const put = (name: string, bytes: Uint8Array) => {
    writeFileSync(path(name), bytes);
    return path(name);
  };
  let folder: string;
  let fromFolder: BenchmarkTable<'topology'>;
  before(async () => {
    folder = writeFolder(temporary.path, INDICES);
    fromFolder = (await importBenchmark(folder, partial)) as BenchmarkTable<'topology'>;
  });
  after(() => temporary.remove());

  it('reads a -simple folder: every training of every set, with its seed', () => {
    for (const { dataset, split, epochs, seed, right, trials } of fromFolder.accuracies) {
      for (const index of INDICES) {
        const there = seedsAt(index, dataset, epochs).includes(seed as number);
        expect(trials[index]).to.equal(there ? 1 : 0);
        expect(right[index]).to.equal(
          there ? madeUpRight(index, dataset, split, epochs, seed as number) : -1,
        );
      }
      expect(right[1]).to.equal(-1);
    }
    // 3 + 2 + 4 + 4 sets; three seeds at 200 epochs; at 12 one, and a second for cifar10-valid.
    expect(fromFolder.accuracies).to.have.length(13 * 3 + 13 + 3);
    const number = (name: string) => fromFolder.numbers.find((c) => c.name === name)!.values[11];
    expect(number('params:cifar10')).to.equal(802_426);
    expect(number('flops:cifar100')).to.equal(113.95137);
    expect(number('latency:cifar10')).to.equal(Math.fround(0.025));
    expect(number('seconds:cifar10@200')).to.equal(100);
  });

  it('reads the same from the .tar, the single pickle and both containers of torch', async () => {
    const sources = [
      writeTar(temporary.path, INDICES),
      writePickle(temporary.path, INDICES),
      put('NAS-Bench-201-v1_1-096897.pth', legacyTorch(INDICES)),
      put('zip.pth', zipTorch(INDICES)),
      put('zip64.pth', zipTorch(INDICES, { zip64: true })),
    ];
    for (const source of sources) {
      const table = await importBenchmark(source, partial);
      expect(table.accuracies, source).to.deep.equal(fromFolder.accuracies);
      expect(table.numbers, source).to.deep.equal(fromFolder.numbers);
      expect(table.sources[0].sha256).to.match(/^[0-9a-f]{64}$/);
    }
  });

  it('takes a mean over the trainings that exist and says how many (NATS-Bench#30: seed 999 is missing for almost half)', () => {
    const question = { dataset: 'cifar10', split: 'ori-test', epochs: 200, seed: 'mean' } as const;
    expect(query(fromFolder, 0, question)).to.deep.include({ trials: 3, seeds: [777, 888, 999] });
    expect(query(fromFolder, 11, question)).to.deep.include({ trials: 2, seeds: [777, 888] });
  });

  it('refuses a source that is not whole, unless asked for a part', async () => {
    expect((await rejection(importBenchmark(folder))).message).to.match(
      /3 of 15625 architectures, the first missing one is 1/,
    );
    expect((await rejection(importBenchmark(path('nothing.pth')))).message).to.match(
      /no such file.*expected a -simple folder/,
    );
    mkdirSync(path('empty'));
    expect((await rejection(importBenchmark(path('empty')))).message).to.match(
      /no file like 000000\.pickle\.pbz2/,
    );
    expect((await rejection(importBenchmark(put('a.bin', Buffer.from('x'))))).message).to.match(
      /not known; expected/,
    );
  });

  it('refuses what is no benchmark: another pickle, another index, an accuracy that no count of images gives', async () => {
    const message = async (name: string, plain: Buffer) => {
      const at = path(`bad-${Math.abs(plain.length)}-${name}`);
      mkdirSync(at, { recursive: true });
      writeFileSync(join(at, name), bzip2(plain));
      return (await rejection(importBenchmark(at, partial))).message;
    };
    expect(await message('000011.pickle.pbz2', pickle({ a: 1 }))).to.match(
      /a dict of an architecture is expected/,
    );
    expect(await message('000012.pickle.pbz2', architecturePickle(11))).to.match(
      /000012.* holds architecture 11/,
    );
    const wrong = architecturePickle(11);
    const value = Buffer.alloc(8);
    value.writeDoubleBE((100 * madeUpRight(11, 'cifar10', 'ori-test', 200, 777)) / 10_000);
    const at = wrong.indexOf(value);
    expect(at).to.be.above(0);
    wrong.writeDoubleBE(50.005_5, at);
    expect(await message('000011.pickle.pbz2', wrong)).to.match(
      /architecture 11: an accuracy of 50\.0055 % is no whole number of 10000/,
    );
    wrong.writeDoubleBE(101, at);
    expect(await message('000011.pickle.pbz2', wrong)).to.match(
      /000011\.pickle\.pbz2, byte \d+: an accuracy of 101 on ori-test/,
    );
    const legacy = legacyTorch([0]);
    legacy[6] ^= 1;
    expect((await rejection(importBenchmark(put('magic.pth', legacy), partial))).message).to.match(
      /no file of torch\.save/,
    );
    const cut = zipTorch([0]).subarray(0, -30);
    expect((await rejection(importBenchmark(put('cut.pth', cut), partial))).message).to.match(
      /end record is missing/,
    );
  });

  it('reads the plain table; a number of trainings that is none is replaced by the least that gives the accuracy', async () => {
    const rows = madeUpRows().map((row) => row.split(',').slice(0, 5)); // to c10_test_e200
    const first = rows.find(([index]) => index === '0')!;
    first[3] = '0';
    const file = put('made.csv', Buffer.from([HEADER.split(',').slice(0, 5).join(','), ...rows].join('\n')));
    const table = (await importBenchmark(file)) as BenchmarkTable<'topology'>;
    const question = { dataset: 'cifar10', split: 'ori-test', epochs: 200, seed: 'mean' } as const;
    expect(query(table, 0, question)).to.deep.include({ accuracy: Number(first[4]), trials: 1, seeds: null });
    expect(query(table, 1, question).trials).to.equal(3);
  });

  it('refuses by name, without running it, a benchmark file that calls something', async () => {
    const call = Buffer.from('\x80\x02cos\nsystem\nX\x05\x00\x00\x00touch\x85R.', 'latin1');
    const legacy = legacyTorch([0]);
    const start = legacy.indexOf(Buffer.from('\x80\x02}', 'latin1'), 40); // the object, after three headers
    const attacked = Buffer.concat([legacy.subarray(0, start), call]);
    expect((await rejection(importBenchmark(put('attack.pth', attacked), partial))).message).to.match(
      /attack\.pth, byte \d+: the file asks for "os\.system"/,
    );
    const packed = put('attack.pickle.pbz2', bzip2(call));
    expect((await rejection(importBenchmark(packed, partial))).message).to.match(
      /the file asks for "os\.system"/,
    );
  });
});
