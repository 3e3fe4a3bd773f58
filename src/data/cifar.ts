// The CIFAR sets in their official binary layout: found, checked, decoded. What differs between them is a CifarFormat.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readTarGz } from './archive.js';
import { assemble } from './assemble.js';
import { checkDigest } from './checkedFile.js';
import { digest } from './checksum.js';
import { dataPlaces, isFile, isFolder } from './places.js';
import { DATASETS } from './registry.js';
import { boxAverage, sizeFactor } from './resize.js';
import type { Dataset, FindOptions, ImageSet, Location, ReadOptions } from './types.js';

const SIDE = 32;
const PIXELS = SIDE * SIDE;

export interface CifarFormat {
  name: 'cifar10' | 'cifar100';
  /** Folders that are looked into besides the official one. */
  aliases: string[];
  /** Bytes before the pixels of a record; the last of them is the class. */
  labelBytes: number;
  /** How many values each label byte may take. */
  labelValues: number[];
  /** Records of each official file, in reading order; the last file is the test set. */
  records: Record<string, number>;
  classes: string[];
  mean: number[];
  std: number[];
}

/** The first place that has any file of the data set. */
export function findCifar(format: CifarFormat, options: FindOptions = {}): Location | undefined {
  const { folder: official, archive } = DATASETS[format.name];
  for (const { path, reason } of dataPlaces(options)) {
    if (isFile(path) && basename(path) === archive!.name) return { kind: 'archive', path, reason };
    if (isFile(path) && /\.t(ar\.)?gz$/.test(path) && options.folder !== undefined) {
      return { kind: 'archive', path, reason };
    }
    for (const base of [path, ...format.aliases.map((alias) => join(path, alias))]) {
      for (const folder of [join(base, official), base]) {
        if (isFolder(folder) && Object.keys(format.records).some((name) => existsSync(join(folder, name)))) {
          return { kind: 'folder', path: folder, reason };
        }
      }
      const packed = join(base, archive!.name);
      if (isFile(packed)) return { kind: 'archive', path: packed, reason };
    }
  }
  return undefined;
}

/** Reads, checks and decodes. Errors name the file, what was expected and what was found. */
export async function readCifar(
  format: CifarFormat,
  location: Location,
  { imageSize, allowAltered = false }: ReadOptions = {},
): Promise<Dataset> {
  const factor = sizeFactor(SIDE, imageSize);
  const names = Object.keys(format.records);
  const { title, archive } = DATASETS[format.name];
  const packed =
    location.kind === 'archive' ? await readTarGz(location.path, (name) => names.includes(name)) : undefined;
  const notes: string[] = [];
  const parts: ImageSet[] = [];
  for (const name of names) {
    const path = join(location.path, name);
    if (!(packed ? packed.has(name) : isFile(path))) {
      throw new Error(
        `${location.path}: ${name} is missing; ${title}'s binary version has ${names.join(', ')} (${archive!.url})`,
      );
    }
    const bytes = packed ? packed.get(name)! : await readFile(path);
    packed?.delete(name); // 30 MB and more each: free them as we go
    const note = checkCifarFile(format, path, bytes, allowAltered);
    if (note) notes.push(note);
    parts.push(decodeRecords(bytes, format.labelBytes, factor));
  }
  const { name, classes, mean, std } = format;
  return assemble(
    {
      name,
      classes,
      height: SIDE / factor,
      width: SIDE / factor,
      channels: 3,
      train: concatenate(parts.slice(0, -1)),
      test: parts[parts.length - 1],
      mean,
      std,
      flip: true,
      source: location.path,
      notes,
    },
    title,
    SIDE,
  );
}

/** Throws on a file that cannot be used; returns a note on one that can but is not the official one. */
export function checkCifarFile(
  format: CifarFormat,
  path: string,
  bytes: Uint8Array,
  allowAltered: boolean,
): string | undefined {
  const { title, archive, files } = DATASETS[format.name];
  const name = basename(path);
  const isTest = name === Object.keys(format.records).at(-1);
  const record = format.labelBytes + 3 * PIXELS;
  const size = bytes.length;
  const expected = format.records[name] * record;
  if (size !== expected && !(allowAltered && size > 0 && size % record === 0)) {
    throw new Error(
      `${path}: ${size} bytes, expected ${expected} (${format.records[name].toLocaleString('en-GB')} records of ` +
        `${record}): the file is ${size < expected ? 'truncated' : 'not the official one'}; ` +
        `replace it by the file of ${archive!.url}`,
    );
  }
  for (let at = 0; at < size; at += record) {
    for (let label = 0; label < format.labelBytes; label++) {
      if (bytes[at + label] < format.labelValues[label]) continue;
      throw new Error(
        `${path}: record ${at / record} has label ${bytes[at + label]}, expected 0 to ` +
          `${format.labelValues[label] - 1}: the file is damaged or not ${title}; replace it by the file of ${archive!.url}`,
      );
    }
  }
  const official = files.find((file) => file.name === name)!.hex;
  return checkDigest(
    path,
    { kind: 'SHA-1', found: digest('sha1', bytes), official },
    { isTest, allowAltered, from: archive!.url! },
  );
}

/** Records to [count, side, side, 3] bytes, averaged down by `factor`. */
function decodeRecords(bytes: Uint8Array, labelBytes: number, factor: number): ImageSet {
  const record = labelBytes + 3 * PIXELS;
  const count = bytes.length / record;
  const labels = new Uint8Array(count);
  const planes = new Uint8Array(count * 3 * PIXELS);
  for (let i = 0; i < count; i++) {
    const pixels = i * record + labelBytes;
    labels[i] = bytes[pixels - 1];
    planes.set(bytes.subarray(pixels, pixels + 3 * PIXELS), i * 3 * PIXELS);
  }
  return { images: interleave(planes, count, SIDE, factor), labels, count };
}

/** [count, 3, side, side] planes to [count, side / factor, side / factor, 3]. */
export function interleave(planes: Uint8Array, count: number, side: number, factor: number): Uint8Array {
  const small = boxAverage(planes, { count: 3 * count, height: side, width: side, channels: 1 }, factor);
  const area = (side / factor) ** 2;
  const images = new Uint8Array(small.length);
  for (let i = 0, to = 0; i < count; i++) {
    for (let p = 3 * i * area, end = p + area; p < end; p++) {
      images[to++] = small[p];
      images[to++] = small[p + area];
      images[to++] = small[p + 2 * area];
    }
  }
  return images;
}

/** Several sets as one, in order. */
export function concatenate(parts: readonly ImageSet[]): ImageSet {
  if (parts.length === 1) return parts[0];
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
