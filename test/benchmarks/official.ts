// Writes small made-up files in the official layouts: NATS-Bench's folder, tar and single pickle, torch's two containers.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { create } from 'tar';
import { officialTexts } from '../../src/benchmarks/importers/collect.js';
import { DATASETS, imagesOf, seedsOf } from '../../src/benchmarks/sets.js';
import { bzip2 } from '../compression/pack.js';
import { Float, OrderedDict, pickle, Raw, Scalar, Tuple } from '../pickle/write.js';

/** Images right, made up but different for every training. */
export function madeUpRight(
  index: number,
  dataset: string,
  split: string,
  epochs: number,
  seed: number,
): number {
  const images = imagesOf(dataset as 'cifar10', split)!;
  const mix = (index * 7919 + dataset.length * 613 + split.length * 97 + epochs * 31 + seed) % 1000;
  return Math.floor((images * (300 + mix * 0.6)) / 1000);
}

/** Seeds of an architecture: every second one lacks 999, as almost half of the real ones do. */
export const seedsAt = (index: number, dataset: string, epochs: number): number[] =>
  seedsOf('topology', dataset as 'cifar10', epochs).filter((seed) => seed !== 999 || index % 2 === 0);

function trial(index: number, dataset: string, epochs: number, seed: number): Map<string, unknown> {
  const accuracy = (split: string) =>
    new Float(
      (100 * madeUpRight(index, dataset, split, epochs, seed)) / imagesOf(dataset as 'cifar10', split)!,
    );
  const evaluated = ['x-valid', 'x-test', 'ori-test'].filter(
    (s) => imagesOf(dataset as 'cifar10', s) !== undefined,
  );
  const last = epochs - 1;
  return new Map<string, unknown>([
    ['name', dataset],
    [
      'train_acc1es',
      new Map<unknown, unknown>([
        [0, new Float(10)],
        [last, accuracy('train')],
      ]),
    ],
    ['train_acc5es', null],
    ['train_losses', new Map([[last, new Float(0.5)]])],
    ['train_times', new OrderedDict(Array.from({ length: epochs }, (_, e) => [e, 0.5]))],
    ['arch_config', { channel: 16, num_cells: 5 }],
    ['params', new Scalar(0.802426)],
    ['flop', 113.95137],
    ['seed', `0${seed}`],
    ['epochs', epochs],
    ['latency', [0.0125, 0.0375]],
    ['eval_names', evaluated],
    [
      'eval_acc1es',
      new Map<string, unknown>([
        [`${evaluated[0]}@0`, new Float(11)],
        ...evaluated.map((s): [string, unknown] => [`${s}@${last}`, accuracy(s)]),
      ]),
    ],
    ['eval_times', {}],
    ['eval_losses', {}],
    ['net_state_dict', null],
  ]);
}

function record(index: number, epochs: number): Map<string, unknown> {
  const results = new Map<unknown, unknown>();
  for (const dataset of DATASETS) {
    for (const seed of seedsAt(index, dataset, epochs)) {
      results.set(new Tuple([dataset, seed]), trial(index, dataset, epochs, seed));
    }
  }
  return new Map<string, unknown>([
    ['arch_index', index],
    ['arch_str', officialTexts('topology')[index]],
    ['all_results', results],
    ['dataset_seed', Object.fromEntries(DATASETS.map((d) => [d, seedsAt(index, d, epochs)]))],
    ['clear_net_done', true],
  ]);
}

export const architecturePickle = (index: number): Buffer =>
  pickle(
    new OrderedDict([
      ['12', record(index, 12)],
      ['200', record(index, 200)],
    ]),
  );

export function writeFolder(parent: string, indices: readonly number[]): string {
  const folder = join(parent, 'NATS-tss-v1_0-3ffb9-simple');
  mkdirSync(folder, { recursive: true });
  for (const index of indices) {
    writeFileSync(
      join(folder, `${String(index).padStart(6, '0')}.pickle.pbz2`),
      bzip2(architecturePickle(index)),
    );
  }
  return folder;
}

export function writeTar(parent: string, indices: readonly number[]): string {
  writeFolder(parent, indices);
  const file = join(parent, 'NATS-tss-v1_0-3ffb9-simple.tar');
  create({ file, cwd: parent, sync: true }, ['NATS-tss-v1_0-3ffb9-simple']);
  return file;
}

const whole = (indices: readonly number[], lengths: [string, number][]) => ({
  meta_archs: indices.map((i) => officialTexts('topology')[i]),
  arch2infos: new Map(
    indices.map((i) => [i, new OrderedDict(lengths.map(([name, e]) => [name, record(i, e)]))]),
  ),
  evaluated_indexes: new Set(indices),
});

export function writePickle(parent: string, indices: readonly number[]): string {
  const file = join(parent, 'NATS-tss-v1_0-3ffb9.pickle.pbz2');
  writeFileSync(
    file,
    bzip2(
      pickle(
        whole(indices, [
          ['12', 12],
          ['200', 200],
        ]),
      ),
    ),
  );
  return file;
}

/** torch.save before 1.6: magic number, protocol, system, object, storage keys. */
export function legacyTorch(indices: readonly number[]): Buffer {
  const magic = new Raw(Buffer.from('8a0a6cfc9c46f9206aa85019', 'hex')); // LONG1 0x1950a86a20f9469cfc6c
  return Buffer.concat([
    pickle(magic, 2),
    pickle(1001, 2),
    pickle({ protocol_version: 1001, little_endian: true, type_sizes: { short: 2, int: 4, long: 4 } }, 2),
    pickle(
      whole(indices, [
        ['less', 12],
        ['full', 200],
      ]),
      2,
    ),
    pickle([], 2),
  ]);
}

/** torch.save since 1.6: a zip with the pickle stored; `zip64` writes the sizes as files beyond 4 GB have them. */
export function zipTorch(indices: readonly number[], { zip64 = false } = {}): Buffer {
  const data = pickle(
    whole(indices, [
      ['less', 12],
      ['full', 200],
    ]),
    2,
  );
  const name = Buffer.from('archive/data.pkl');
  const u = (bytes: number, value: number) => {
    const b = Buffer.alloc(bytes);
    if (bytes === 8) b.writeBigUInt64LE(BigInt(value));
    else b.writeUIntLE(value, 0, bytes);
    return b;
  };
  const sum = typeof crc32 === 'function' ? crc32(data) : 0; // the reader relies on the pickle's own structure
  const local = Buffer.concat([
    Buffer.from('PK\x03\x04'),
    u(2, 45),
    u(2, 0),
    u(2, 0),
    u(4, 0),
    u(4, sum),
    u(4, data.length),
    u(4, data.length),
    u(2, name.length),
    u(2, 5),
    name,
    Buffer.from('FB\x01\x00Z'),
  ]);
  const extra = zip64
    ? Buffer.concat([u(2, 1), u(2, 24), u(8, data.length), u(8, data.length), u(8, 0)])
    : Buffer.alloc(0);
  const shown = zip64 ? 0xffffffff : data.length;
  const entry = Buffer.concat([
    Buffer.from('PK\x01\x02'),
    u(2, 45),
    u(2, 45),
    u(2, 0),
    u(2, 0),
    u(4, 0),
    u(4, sum),
    u(4, shown),
    u(4, shown),
    u(2, name.length),
    u(2, extra.length),
    u(2, 0),
    u(2, 0),
    u(2, 0),
    u(4, 0),
    u(4, zip64 ? 0xffffffff : 0),
    name,
    extra,
  ]);
  const start = local.length + data.length;
  const end64 = Buffer.concat([
    Buffer.from('PK\x06\x06'),
    u(8, 44),
    u(2, 45),
    u(2, 45),
    u(4, 0),
    u(4, 0),
    u(8, 1),
    u(8, 1),
    u(8, entry.length),
    u(8, start),
    Buffer.from('PK\x06\x07'),
    u(4, 0),
    u(8, start + entry.length),
    u(4, 1),
  ]);
  const end = Buffer.concat([
    Buffer.from('PK\x05\x06'),
    u(2, 0),
    u(2, 0),
    u(2, 1),
    u(2, 1),
    u(4, zip64 ? 0xffffffff : entry.length),
    u(4, zip64 ? 0xffffffff : start),
    u(2, 0),
  ]);
  return Buffer.concat([local, data, entry, ...(zip64 ? [end64] : []), end]);
}
