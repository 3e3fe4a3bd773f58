// The official splits of NAS-Bench-201: which images its networks were trained, validated and tested on.
import { readFile } from 'node:fs/promises';
import { gunzipped } from '../compression/gzip.js';
import { digest } from './checksum.js';
import { dataPlaces, describePlaces, findFolder, plainOrPacked } from './places.js';
import { DATASETS } from './registry.js';
import type { FindOptions, Location } from './types.js';

/** The four splits: their file, their parts with the number of images, and what the numbers index. */
export const OFFICIAL_SPLITS = {
  /** CIFAR-10's training set, halved: `cifar10-valid` trains on the one and validates on the other. */
  cifar10: { file: 'cifar-split.txt', parts: { train: 25_000, valid: 25_000 } },
  /** CIFAR-100's test set, halved: `x-valid` and `x-test`. */
  cifar100: { file: 'cifar100-test-split.txt', parts: { xvalid: 5000, xtest: 5000 } },
  /** The validation set of ImageNet16-120, halved: `x-valid` and `x-test`. */
  'imagenet16-120': { file: 'imagenet-16-120-test-split.txt', parts: { xvalid: 3000, xtest: 3000 } },
  /** The training set of ImageNet16-120, halved, for searches. */
  'imagenet16-120-train': { file: 'ImageNet16-120-split.txt', parts: { train: 75_850, valid: 75_850 } },
} as const;

const MAXIMUM = 16e6; // many times the largest of the four

export type OfficialSplitName = keyof typeof OFFICIAL_SPLITS;
type Parts<N extends OfficialSplitName> = Record<keyof (typeof OFFICIAL_SPLITS)[N]['parts'], Int32Array>;

/** The first folder that has any of the four files. */
export function findSplits(options: FindOptions = {}): Location | undefined {
  return findFolder(dataPlaces(options), ['splits'], (folder) =>
    Object.values(OFFICIAL_SPLITS).some(({ file }) => plainOrPacked(folder, file)),
  );
}

/**
 * The image numbers of each part of an official split, ascending, into the official order of the set.
 * @throws where the file is missing, not the official one, or its parts do not make up the whole
 */
export async function officialSplit<N extends OfficialSplitName>(
  name: N,
  options: FindOptions = {},
): Promise<Parts<N>> {
  if (!Object.hasOwn(OFFICIAL_SPLITS, name)) {
    throw new RangeError(
      `split ${JSON.stringify(name)} is not known: use one of ${Object.keys(OFFICIAL_SPLITS).join(', ')}`,
    );
  }
  const { file } = OFFICIAL_SPLITS[name];
  const found = findSplits(options);
  const path = found && plainOrPacked(found.path, file);
  if (!path) {
    throw new Error(
      `${file} was not found in ${describePlaces(dataPlaces(options))}: fetch it with "drnas data fetch nas-bench-201-splits"`,
    );
  }
  const bytes = gunzipped(await readFile(path), path, MAXIMUM);
  const official = DATASETS['nas-bench-201-splits'].files.find((entry) => entry.name === file)!;
  const sha = digest('sha256', bytes);
  if (sha !== official.hex) {
    throw new Error(
      `${path}: its SHA-256 is ${sha}, the official file's is ${official.hex}: replace it by ${official.url}`,
    );
  }
  return parseSplit(path, bytes, OFFICIAL_SPLITS[name].parts) as Parts<N>;
}

/** Reads `{name: ["int", ["0", "5", ...]], ...}` and checks that the parts are disjoint and make up 0 to n-1. */
export function parseSplit(
  file: string,
  bytes: Uint8Array,
  parts: Readonly<Record<string, number>>,
): Record<string, Int32Array> {
  const fail = (what: string): never => {
    throw new Error(`${file}: ${what}: not an official split file; get it again`);
  };
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    fail('not JSON');
  }
  if (typeof json !== 'object' || json === null) fail('not a JSON object');
  const total = Object.values(parts).reduce((sum, n) => sum + n, 0);
  const seen = new Uint8Array(total);
  const result: Record<string, Int32Array> = {};
  for (const [part, count] of Object.entries(parts)) {
    const entry = (json as Record<string, unknown>)[part];
    if (!Array.isArray(entry) || entry[0] !== 'int' || !Array.isArray(entry[1]))
      return fail(`no list ${part} of integers`);
    if (entry[1].length !== count) fail(`${part} has ${entry[1].length} numbers, expected ${count}`);
    result[part] = Int32Array.from(entry[1] as unknown[], (text) => {
      const index = typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : -1;
      if (index < 0 || index >= total)
        fail(`${part} has ${JSON.stringify(text)}, expected 0 to ${total - 1}`);
      if (seen[index]++) fail(`number ${index} occurs twice`);
      return index;
    });
  }
  return result;
}
