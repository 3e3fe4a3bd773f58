// A small folder of drawn JPEGs in ImageNet's layout: its whole pipeline can be run, and learns something, without ImageNet.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDataset } from '../open.js';
import type { ImageSet } from '../types.js';
import { loadSharp } from './decode.js';

export interface DrawnOptions {
  /** Pictures of each of the ten classes. */
  train?: number;
  valid?: number;
}

const DEFAULTS = { train: 40, valid: 8 };
const DRAWN_SIDE = 32;
const PIXELS = DRAWN_SIDE * DRAWN_SIDE * 3;

/** The first `count` pictures of every class, at sizes from 64 to 96 pixels, as photographs have many. */
async function writeClasses(root: string, { images, labels }: ImageSet, classes: string[], count: number) {
  const sharp = loadSharp();
  const written = classes.map(() => 0);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (written[label] >= count) continue;
    const name = classes[label].replaceAll(' ', '-');
    const file = join(root, name, `${name}_${written[label]}.JPEG`);
    mkdirSync(join(root, name), { recursive: true });
    const raw = { width: DRAWN_SIDE, height: DRAWN_SIDE, channels: 3 as const };
    const [width, height] = [64 + ((7 * i) % 32), 64 + ((11 * i) % 32)];
    await sharp(images.subarray(i * PIXELS, (i + 1) * PIXELS), { raw })
      .resize(width, height, { fit: 'fill' })
      .jpeg({ quality: 92 })
      .toFile(file);
    written[label]++;
  }
}

/**
 * Makes `folder`/imagenet with train and val, from the pictures of the data set `procedural`, unless it is there.
 * @returns `folder`, which `openDataset('imagenet', { folder })` takes.
 */
export async function drawImageFolder(folder: string, options: DrawnOptions = {}): Promise<string> {
  const { train, valid } = { ...DEFAULTS, ...options };
  const target = join(folder, 'imagenet');
  if (existsSync(target)) return folder;
  const drawn = await openDataset('procedural', { imageSize: DRAWN_SIDE });
  const growing = join(folder, `.imagenet-${process.pid}`);
  rmSync(growing, { recursive: true, force: true });
  await writeClasses(join(growing, 'train'), drawn.train, drawn.classes, train);
  await writeClasses(join(growing, 'val'), drawn.test, drawn.classes, valid);
  // Whole or not at all: a folder that a kill left half written would be taken for a data set.
  renameSync(growing, target);
  return folder;
}
