// SVHN, cropped digits: two MATLAB files, X [32, 32, 3, N] and y with 10 for the digit 0.
import { join } from 'node:path';
import { assemble } from './assemble.js';
import { readOfficialFiles } from './checkedFile.js';
import { readMatlab } from './matlab.js';
import { dataPlaces, findFolder, isFile } from './places.js';
import { DATASETS } from './registry.js';
import { boxAverage, sizeFactor } from './resize.js';
import type { Dataset, FindOptions, ImageSet, Location, ReadOptions } from './types.js';

const SIDE = 32;
const IMAGE = SIDE * SIDE * 3;
const MAXIMUM_IMAGES = 600_000; // the largest official file, extra_32x32.mat, has 531,131
const INFO = DATASETS.svhn;

/** The first place that has any file of SVHN. */
export function findSvhn(options: FindOptions = {}): Location | undefined {
  return findFolder(dataPlaces(options), ['svhn', 'SVHN'], (folder) =>
    INFO.files.some(({ name }) => isFile(join(folder, name))),
  );
}

/** Reads, checks and decodes. Errors name the file, what was expected and what was found. */
export async function readSvhn(
  location: Location,
  { imageSize, allowAltered = false }: ReadOptions = {},
): Promise<Dataset> {
  const factor = sizeFactor(SIDE, imageSize);
  const { sets, notes } = await readOfficialFiles(location.path, INFO, {
    allowAltered,
    isTest: (name) => name.startsWith('test'),
    decode: (path, bytes) => decodeSvhn(path, bytes, factor),
  });
  return assemble(
    {
      name: 'svhn',
      classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
      height: SIDE / factor,
      width: SIDE / factor,
      channels: 3,
      train: sets[0],
      test: sets[1],
      // The constants that the reference's utils.py has for SVHN; it mirrors digits, too.
      mean: [0.4377, 0.4438, 0.4728],
      std: [0.198, 0.201, 0.197],
      flip: true,
      source: location.path,
      notes,
    },
    INFO.title,
    SIDE,
  );
}

/** The bytes of one file as images, averaged down by `factor`. */
export function decodeSvhn(file: string, bytes: Uint8Array, factor: number): ImageSet {
  const arrays = readMatlab(file, bytes, ['X', 'y'], { maximumBytes: MAXIMUM_IMAGES * IMAGE });
  const { dimensions, data } = arrays.get('X')!;
  const y = arrays.get('y')!.data;
  const [height, width, channels, count = 1] = dimensions;
  if (height !== SIDE || width !== SIDE || channels !== 3 || dimensions.length > 4 || count === 0) {
    throw new Error(`${file}: X is ${dimensions.join('x')}, expected 32x32x3xN: not SVHN's cropped digits`);
  }
  if (!(data instanceof Uint8Array)) throw new Error(`${file}: X is not of bytes: not SVHN's cropped digits`);
  if (y.length !== count)
    throw new Error(`${file}: ${count} images but ${y.length} labels: the file is damaged; get it again`);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const label = y[i];
    if (!(Number.isInteger(label) && label >= 1 && label <= 10)) {
      throw new Error(
        `${file}: label ${i} is ${label}, expected 1 to 10 (10 is the digit 0): the file is damaged`,
      );
    }
    labels[i] = label % 10;
  }
  const images = new Uint8Array(data.length);
  for (let i = 0, to = 0; i < count; i++) {
    const image = i * IMAGE;
    for (let row = 0; row < SIDE; row++) {
      for (let from = image + row, end = image + SIDE * SIDE; from < end; from += SIDE) {
        images[to++] = data[from];
        images[to++] = data[from + SIDE * SIDE];
        images[to++] = data[from + 2 * SIDE * SIDE];
      }
    }
  }
  const shape = { count, height: SIDE, width: SIDE, channels: 3 };
  return { images: boxAverage(images, shape, factor), labels, count };
}
