// ImageNet16-120: eleven Python pickles of downsampled ImageNet, of which the first 120 classes are kept.
import { join } from 'node:path';
import { BUILTIN, isNumpyArray, NUMPY, numbersOf, readPickle } from '../pickle/index.js';
import { assemble } from './assemble.js';
import { readOfficialFiles } from './checkedFile.js';
import { concatenate, interleave } from './cifar.js';
import { dataPlaces, findFolder, isFile } from './places.js';
import { DATASETS } from './registry.js';
import { sizeFactor } from './resize.js';
import type { Dataset, FindOptions, ImageSet, Location, ReadOptions } from './types.js';

const SIDE = 16;
const IMAGE = SIDE * SIDE * 3;
const CLASSES = 120; // 201-space/DownsampledImageNet.py:71-90: labels 1 to 120 of 1000, shifted to 0 to 119
const INFO = DATASETS['imagenet16-120'];

/** The first place that has any of the eleven files. */
export function findImageNet16(options: FindOptions = {}): Location | undefined {
  return findFolder(dataPlaces(options), ['ImageNet16', 'imagenet16', 'Imagenet16'], (folder) =>
    INFO.files.some(({ name }) => isFile(join(folder, name))),
  );
}

/** Reads, checks and decodes. Errors name the file, what was expected and what was found. */
export async function readImageNet16(
  location: Location,
  { imageSize, allowAltered = false }: ReadOptions = {},
): Promise<Dataset> {
  const factor = sizeFactor(SIDE, imageSize);
  const { sets, notes } = await readOfficialFiles(location.path, INFO, {
    allowAltered,
    isTest: (name) => name === 'val_data',
    decode: (path, bytes) => decodeImageNet16(path, bytes, factor),
  });
  const empty = sets.findIndex(({ count }) => count === 0);
  if (empty >= 0)
    throw new Error(
      `${join(location.path, INFO.files[empty].name)}: no image of the first ${CLASSES} classes`,
    );
  return assemble(
    {
      name: 'imagenet16-120',
      // The files number their classes and do not name them.
      classes: Array.from({ length: CLASSES }, (_, i) => `class ${i + 1}`),
      height: SIDE / factor,
      width: SIDE / factor,
      channels: 3,
      train: concatenate(sets.slice(0, -1)),
      test: sets[sets.length - 1],
      // The reference's constants, given there for pixels of 0 to 255.
      mean: [122.68 / 255, 116.66 / 255, 104.01 / 255],
      std: [63.22 / 255, 61.26 / 255, 65.09 / 255],
      flip: true,
      source: location.path,
      notes,
    },
    INFO.title,
    SIDE,
  );
}

/** The images of one file whose label is 1 to 120, averaged down by `factor`. */
export function decodeImageNet16(file: string, bytes: Uint8Array, factor: number): ImageSet {
  const fail = (what: string): never => {
    throw new Error(
      `${file}: ${what}: not a batch of downsampled ImageNet; replace it by that of ${INFO.page}`,
    );
  };
  const batch = readPickle(bytes, { allow: { ...BUILTIN, ...NUMPY }, name: file });
  const data = batch instanceof Map ? batch.get('data') : undefined;
  const listed = batch instanceof Map ? batch.get('labels') : undefined;
  if (!isNumpyArray(data) || data.type.name.slice(1) !== 'u1' || data.fortranOrder) {
    return fail('no array "data" of bytes');
  }
  const [count, width] = data.shape;
  if (data.shape.length !== 2 || width !== IMAGE)
    fail(`"data" is ${data.shape.join('x')}, expected Nx${IMAGE}`);
  const labels = isNumpyArray(listed) ? numbersOf(listed) : listed;
  if (!Array.isArray(labels) && !ArrayBuffer.isView(labels)) return fail('no list "labels"');
  const numbers = labels as ArrayLike<number>;
  if (numbers.length !== count) fail(`${count} images but ${numbers.length} labels`);
  const kept: number[] = [];
  for (let i = 0; i < count; i++) {
    const label = numbers[i];
    if (!(Number.isInteger(label) && label >= 1 && label <= 1000)) {
      fail(`label ${i} is ${String(label).slice(0, 40)}, expected 1 to 1000`);
    }
    if (label <= CLASSES) kept.push(i);
  }
  const planes = new Uint8Array(kept.length * IMAGE);
  kept.forEach((i, to) => {
    planes.set(data.data.subarray(i * IMAGE, (i + 1) * IMAGE), to * IMAGE);
  });
  return {
    images: interleave(planes, kept.length, SIDE, factor),
    labels: Uint8Array.from(kept, (i) => numbers[i] - 1),
    count: kept.length,
  };
}
