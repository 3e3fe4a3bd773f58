// ImageNet as a folder of class folders of JPEGs: its list of files, without reading one.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dataPlaces, describePlaces, findFolder, isFolder } from '../places.js';
import { DATASETS } from '../registry.js';
import type { FindOptions, ImageFiles, Location } from '../types.js';

export interface ImageFolder {
  title: string;
  /** Names of the class folders, ascending: the position is the label, as in torchvision's ImageFolder. */
  classes: string[];
  train: ImageFiles;
  valid: ImageFiles;
  source: string;
}

const PICTURE = /\.(jpe?g|png)$/i; // one of the official JPEGs is a PNG; its name ends in JPEG all the same

/** The first place that has a folder imagenet with train and val in it. */
export function findImageFolder(options: FindOptions = {}): Location | undefined {
  return findFolder(dataPlaces(options), ['imagenet', 'ILSVRC2012'], (folder) =>
    ['train', 'val'].every((part) => isFolder(join(folder, part))),
  );
}

/** Lists the pictures. @throws where the folders are missing, empty, or their classes differ. */
export function openImageFolder(options: FindOptions = {}): ImageFolder {
  const found = findImageFolder(options);
  if (!found) {
    throw new Error(
      `ImageNet was not found in ${describePlaces(dataPlaces(options))}; ${DATASETS.imagenet.byHand}`,
    );
  }
  const classes = classFolders(join(found.path, 'train'));
  const validClasses = classFolders(join(found.path, 'val'));
  const differing =
    classes.find((name) => !validClasses.includes(name)) ??
    validClasses.find((name) => !classes.includes(name));
  if (differing !== undefined) {
    throw new Error(`${found.path}: class ${differing} is in only one of train and val; lay both out alike`);
  }
  const train = listPictures(join(found.path, 'train'), classes);
  const valid = listPictures(join(found.path, 'val'), classes);
  const number = (n: number) => n.toLocaleString('en-GB');
  return {
    title: `ImageNet (${number(classes.length)} classes, ${number(train.count)} training and ${number(valid.count)} validation images)`,
    classes,
    train,
    valid,
    source: found.path,
  };
}

// Byte order, not that of a locale: the same list on every machine.
const ascending = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function classFolders(root: string): string[] {
  const names = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .sort(ascending);
  if (names.length === 0)
    throw new Error(`${root}: no class folders; put the pictures of each class into one`);
  if (names.length > 65_535) throw new Error(`${root}: ${names.length} class folders are too many`);
  return names;
}

function listPictures(root: string, classes: readonly string[]): ImageFiles {
  const files: string[] = [];
  const labels: number[] = [];
  classes.forEach((name, label) => {
    const pictures = readdirSync(join(root, name)).filter((file) => PICTURE.test(file));
    if (pictures.length === 0) throw new Error(`${join(root, name)}: no pictures (.JPEG)`);
    for (const picture of pictures.sort(ascending)) {
      files.push(`${name}/${picture}`);
      labels.push(label);
    }
  });
  return { files, labels: Uint16Array.from(labels), count: files.length, root };
}
