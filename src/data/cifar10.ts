// CIFAR-10 in its official binary layout: found, checked, decoded.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readTarGz } from './archive.js';
import { assemble } from './assemble.js';
import { digest } from './checksum.js';
import { dataPlaces, isFile, isFolder } from './places.js';
import { boxAverage, sizeFactor } from './resize.js';
import type { Dataset, ImageSet, OpenOptions } from './types.js';

export const CIFAR10_FOLDER = 'cifar-10-batches-bin';
export const CIFAR10_ARCHIVE = 'cifar-10-binary.tar.gz';
export const CIFAR10_URL = 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz';
export const CIFAR10_ARCHIVE_SHA1 = 'fab780a1e191a7eda0f345501ccd62d20f7ed891';

/** The official files and their SHA-1. */
export const CIFAR10_FILES: Readonly<Record<string, string>> = {
  'data_batch_1.bin': 'aadd24acce27caa71bf4b10992e9e7b2d74c2540',
  'data_batch_2.bin': 'c0ba65cce70568cd57b4e03e9ac8d2a5367c1795',
  'data_batch_3.bin': '1dd00a74ab1d17a6e7d73e185b69dbf31242f295',
  'data_batch_4.bin': 'aab85764eb3584312d3c7f65fd2fd016e36a258e',
  'data_batch_5.bin': '26e2849e66a845b7f1e4614ae70f4889ae604628',
  'test_batch.bin': '67eb016db431130d61cd03c7ad570b013799c88c',
};
const TEST_FILE = 'test_batch.bin';
const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const SIDE = 32;
const PIXELS = SIDE * SIDE;
const RECORD = 1 + 3 * PIXELS; // label, then the red, green and blue planes
const FILE_BYTES = 10_000 * RECORD;

/** Where CIFAR-10 lies: the folder of its six files, or the archive. */
export interface Cifar10Location {
  kind: 'folder' | 'archive';
  path: string;
  reason: string;
}

/** The first place that has any file of CIFAR-10. */
export function findCifar10(
  options: Pick<OpenOptions, 'folder' | 'cache'> = {},
): Cifar10Location | undefined {
  for (const { path, reason } of dataPlaces(options)) {
    if (isFile(path) && /\.t(ar\.)?gz$/.test(path)) return { kind: 'archive', path, reason };
    for (const base of [path, join(path, 'cifar-10'), join(path, 'cifar10')]) {
      for (const folder of [join(base, CIFAR10_FOLDER), base]) {
        if (isFolder(folder) && Object.keys(CIFAR10_FILES).some((name) => existsSync(join(folder, name)))) {
          return { kind: 'folder', path: folder, reason };
        }
      }
      const archive = join(base, CIFAR10_ARCHIVE);
      if (isFile(archive)) return { kind: 'archive', path: archive, reason };
    }
  }
  return undefined;
}

/** Reads, checks and decodes. Errors name the file, what was expected and what was found. */
export async function readCifar10(
  location: Cifar10Location,
  { imageSize, allowAltered = false }: Pick<OpenOptions, 'imageSize' | 'allowAltered'> = {},
): Promise<Dataset> {
  const factor = sizeFactor(SIDE, imageSize);
  const packed =
    location.kind === 'archive' ? await readTarGz(location.path, (name) => name in CIFAR10_FILES) : undefined;
  const notes: string[] = [];
  const parts: ImageSet[] = [];
  for (const name of Object.keys(CIFAR10_FILES)) {
    const path = join(location.path, name);
    if (!(packed ? packed.has(name) : isFile(path))) {
      throw new Error(
        `${location.path}: ${name} is missing; CIFAR-10's binary version has ${Object.keys(CIFAR10_FILES).join(', ')} ` +
          `(${CIFAR10_URL})`,
      );
    }
    const bytes = packed ? packed.get(name)! : await readFile(path);
    packed?.delete(name); // 30 MB each: free them as we go
    const note = checkFile(path, bytes, allowAltered);
    if (note) notes.push(note);
    parts.push(decodeRecords(bytes, factor));
  }
  return assemble(
    {
      name: 'cifar10',
      classes: CLASSES,
      height: SIDE / factor,
      width: SIDE / factor,
      channels: 3,
      train: concatenate(parts.slice(0, -1)),
      test: parts[parts.length - 1],
      // The reference's constants (its utils.py), of the training set at 32x32.
      mean: [0.49139968, 0.48215827, 0.44653124],
      std: [0.24703233, 0.24348505, 0.26158768],
      flip: true,
      source: location.path,
      notes,
    },
    'CIFAR-10',
    SIDE,
  );
}

/** Throws on a file that cannot be used; returns a note on one that can but is not the official one. */
export function checkFile(path: string, bytes: Uint8Array, allowAltered: boolean): string | undefined {
  const name = basename(path);
  const size = bytes.length;
  if (size !== FILE_BYTES && !(allowAltered && size > 0 && size % RECORD === 0)) {
    throw new Error(
      `${path}: ${size} bytes, expected ${FILE_BYTES} (10,000 records of ${RECORD}): the file is ` +
        `${size < FILE_BYTES ? 'truncated' : 'not the official one'}; replace it by the file of ${CIFAR10_URL}`,
    );
  }
  for (let at = 0; at < size; at += RECORD) {
    if (bytes[at] > 9) {
      throw new Error(
        `${path}: record ${at / RECORD} has label ${bytes[at]}, expected 0 to 9: the file is damaged or ` +
          `not CIFAR-10; replace it by the file of ${CIFAR10_URL}`,
      );
    }
  }
  const found = digest('sha1', bytes);
  const official = CIFAR10_FILES[name];
  if (found === official) return undefined;
  if (name !== TEST_FILE && !allowAltered) {
    throw new Error(
      `${path}: its SHA-1 is ${found}, the official file's is ${official}: the file was altered or damaged; ` +
        `replace it by the file of ${CIFAR10_URL}, or allow altered files explicitly`,
    );
  }
  const consequence =
    name === TEST_FILE
      ? 'test accuracies measured on it are not comparable with published ones'
      : 'results are not comparable with those on the official training set';
  return `${name} is not the official file: SHA-1 ${found}, official ${official}; ${consequence}`;
}

/** Records to [count, side, side, 3] bytes, averaged down by `factor`. */
function decodeRecords(bytes: Uint8Array, factor: number): ImageSet {
  const count = bytes.length / RECORD;
  const labels = new Uint8Array(count);
  const planes = new Uint8Array(count * 3 * PIXELS);
  for (let i = 0; i < count; i++) {
    labels[i] = bytes[i * RECORD];
    planes.set(bytes.subarray(i * RECORD + 1, (i + 1) * RECORD), i * 3 * PIXELS);
  }
  const small = boxAverage(planes, { count: 3 * count, height: SIDE, width: SIDE, channels: 1 }, factor);
  const area = PIXELS / (factor * factor);
  const images = new Uint8Array(small.length);
  for (let i = 0, to = 0; i < count; i++) {
    for (let p = 3 * i * area, end = p + area; p < end; p++) {
      images[to++] = small[p];
      images[to++] = small[p + area];
      images[to++] = small[p + 2 * area];
    }
  }
  return { images, labels, count };
}

function concatenate(parts: ImageSet[]): ImageSet {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const images = new Uint8Array(parts.reduce((sum, part) => sum + part.images.length, 0));
  const labels = new Uint8Array(count);
  let image = 0;
  let label = 0;
  for (const part of parts) {
    images.set(part.images, image);
    labels.set(part.labels, label);
    image += part.images.length;
    label += part.count;
  }
  return { images, labels, count };
}
