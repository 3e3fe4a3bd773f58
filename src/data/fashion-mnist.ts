// Fashion-MNIST from its four IDX files: grey 28x28 images, framed to 32x32.
import { join } from 'node:path';
import { assemble } from './assemble.js';
import { checkDigest } from './checkedFile.js';
import { digest } from './checksum.js';
import { type IdxFile, readIdx } from './idx.js';
import { dataPlaces, findFolder, plainOrPacked } from './places.js';
import { DATASETS } from './registry.js';
import { boxAverage, sizeFactor } from './resize.js';
import type { Dataset, FindOptions, ImageSet, Location, ReadOptions } from './types.js';

const FASHION_URL = new URL('.', DATASETS['fashion-mnist'].files[0].url).href;
/** Debian's package dataset-fashion-mnist puts the files here. */
export const FASHION_DEBIAN = '/usr/share/datasets/fashion-mnist';

/**
 * The SHA-1 of each file's content, as in Debian's package. Debian compresses anew, so the published MD5 of the .gz
 * (registry.ts) cannot be compared everywhere; the content can.
 */
export const FASHION_FILES: Readonly<Record<string, string>> = {
  'train-images-idx3-ubyte': 'b9bd999c0106c9b8b4b0cefce58c9a6060f27095',
  'train-labels-idx1-ubyte': '4bccf37222e01638381eaa326bf730337a597267',
  't10k-images-idx3-ubyte': '880056926db704f9f713097915f99da346f5b1d1',
  't10k-labels-idx1-ubyte': '958122e8b4b97fd4e71eca2d08ef754ed77c3ad9',
};
const CLASSES = [
  'T-shirt/top',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle boot',
];
const GREY_SIDE = 28;
const SIDE = 32;
const FRAME = (SIDE - GREY_SIDE) / 2;

/** The first folder that has any of the four files. */
export function findFashionMnist(options: FindOptions = {}): Location | undefined {
  const places = dataPlaces(options);
  const { folder, systemFolder = FASHION_DEBIAN } = options;
  if (folder === undefined) places.push({ path: systemFolder, reason: "Debian's package" });
  return findFolder(places, ['fashion-mnist', join('FashionMNIST', 'raw')], (place) =>
    Object.keys(FASHION_FILES).some((name) => plainOrPacked(place, name)),
  );
}

/** Reads, checks and frames. Errors name the file, what was expected and what was found. */
export async function readFashionMnist(
  location: Location,
  { imageSize, allowAltered = false }: ReadOptions = {},
): Promise<Dataset> {
  const factor = sizeFactor(SIDE, imageSize);
  const notes: string[] = [];
  const read = async (name: string, dimensions: number): Promise<IdxFile> => {
    const path = plainOrPacked(location.path, name);
    if (path === undefined) {
      throw new Error(
        `${location.path}: ${name}(.gz) is missing; Fashion-MNIST has ${Object.keys(FASHION_FILES).join(', ')} ` +
          `(${FASHION_URL})`,
      );
    }
    const file = await readIdx(path, dimensions);
    const note = checkDigest(
      path,
      { kind: 'SHA-1, unpacked,', found: digest('sha1', file.bytes), official: FASHION_FILES[name] },
      { isTest: !name.startsWith('train'), allowAltered, from: FASHION_URL },
    );
    if (note) notes.push(note);
    return file;
  };
  const readSet = async (prefix: string): Promise<ImageSet> => {
    const images = await read(`${prefix}-images-idx3-ubyte`, 3);
    const labels = await read(`${prefix}-labels-idx1-ubyte`, 1);
    return makeSet(`${location.path}/${prefix}`, images, labels, factor);
  };
  return assemble(
    {
      name: 'fashion-mnist',
      classes: CLASSES,
      height: SIDE / factor,
      width: SIDE / factor,
      channels: 1,
      train: await readSet('train'),
      test: await readSet('t10k'),
      // Computed over the framed 32x32 training images (over 28x28 they are 0.2860 and 0.3530).
      mean: [0.2189998],
      std: [0.3318114],
      flip: true,
      source: location.path,
      notes,
    },
    'Fashion-MNIST',
    SIDE,
  );
}

function makeSet(what: string, images: IdxFile, labels: IdxFile, factor: number): ImageSet {
  const [count, rows, columns] = images.shape;
  if (rows !== GREY_SIDE || columns !== GREY_SIDE) {
    throw new Error(
      `${what}: images of ${rows}x${columns}, expected ${GREY_SIDE}x${GREY_SIDE}: not Fashion-MNIST`,
    );
  }
  if (count === 0 || count !== labels.shape[0]) {
    throw new Error(
      `${what}: ${count} images but ${labels.shape[0]} labels: the files do not belong together`,
    );
  }
  const wrong = labels.data.findIndex((label) => label > 9);
  if (wrong >= 0) {
    throw new Error(`${what}: label ${wrong} is ${labels.data[wrong]}, expected 0 to 9: the file is damaged`);
  }
  const framed = new Uint8Array(count * SIDE * SIDE);
  for (let i = 0; i < count; i++) {
    for (let y = 0; y < GREY_SIDE; y++) {
      const from = (i * GREY_SIDE + y) * GREY_SIDE;
      framed.set(images.data.subarray(from, from + GREY_SIDE), (i * SIDE + y + FRAME) * SIDE + FRAME);
    }
  }
  const shape = { count, height: SIDE, width: SIDE, channels: 1 };
  return { images: boxAverage(framed, shape, factor), labels: labels.data.slice(), count };
}
