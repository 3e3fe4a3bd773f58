// ImageNet as a data set whose pictures stay files: classes, labels, a search's samples; pixels are read batch by batch.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '../checksum.js';
import type { Dataset, ImageFiles, ImageSet, OpenOptions, SearchSample } from '../types.js';
import { IMAGENET_MEAN, IMAGENET_STD, pictureBatches } from './batches.js';
import { openImageFolder } from './folder.js';
import { mixed } from './mixed.js';
import { drawSearchSample, readSearchSample } from './sample.js';

/** A list of this name beside train and val says which images a search sees; `drnas data sample` writes such lists. */
export const SAMPLE_FILE = 'search-sample.txt';
const SAMPLE_SEED = 0;
const SIDE = 224;
const HELD_AT_ONCE = 64;

function sampleOf(root: string, train: ImageFiles, classes: readonly string[]) {
  const list = join(root, SAMPLE_FILE);
  return existsSync(list)
    ? { sample: readSearchSample(list, train), from: `listed in ${SAMPLE_FILE}` }
    : {
        sample: drawSearchSample(train, classes, { seed: SAMPLE_SEED }),
        from: `drawn with seed ${SAMPLE_SEED}`,
      };
}

/** Pictures as they are evaluated, as bytes. */
async function held(pictures: ImageFiles, indices: Int32Array, size: number): Promise<ImageSet> {
  const floats = size * size * 3;
  const images = new Uint8Array(indices.length * floats);
  const labels = Uint16Array.from(indices, (index) => pictures.labels[index]);
  const requests = Array.from({ length: Math.ceil(indices.length / HELD_AT_ONCE) }, (_, n) => ({
    indices: indices.subarray(n * HELD_AT_ONCE, (n + 1) * HELD_AT_ONCE),
  }));
  let at = 0;
  for await (const { x } of pictureBatches(pictures, requests, { size, bytes: true })) {
    images.set(x, at);
    at += x.length;
  }
  return { images, labels, count: indices.length };
}

/** Of the list of files and their labels, and of the samples: reading 150 GB for every run would take hours. */
function checksumOf(train: ImageFiles, valid: ImageFiles, sample: SearchSample | undefined): string {
  const text = (files: ImageFiles) => new TextEncoder().encode(`${files.files.join('\n')}\n\n`);
  const numbers = (list: Int32Array) => new Uint8Array(Int32Array.from(list).buffer);
  const chosen = sample ? [numbers(sample.weights), numbers(sample.alpha)] : [];
  return digest('sha256', text(train), text(valid), ...chosen);
}

/**
 * Opens the folder of class folders; see openImageFolder. With `search`, the samples of a search are part of it: those listed in
 * search-sample.txt, else 10 % and 2.5 % of each class, always the same.
 * @throws where the folder is not there, has no pictures, its classes differ, or a class has too few images for the samples
 */
export async function openImageNet(options: OpenOptions = {}): Promise<Dataset> {
  const { imageSize = SIDE, search } = options;
  if (!Number.isInteger(imageSize) || imageSize < 1)
    throw new Error(`image size ${imageSize}: expected a whole number of pixels, such as ${SIDE}`);
  const { title, classes, train, valid, source } = openImageFolder(options);
  const drawn = search && sampleOf(source, train, classes);
  const set = (files: ImageFiles): ImageSet => ({
    images: new Uint8Array(0),
    labels: files.labels,
    count: files.count,
  });
  const number = (n: number) => n.toLocaleString('en-GB');
  return {
    name: 'imagenet',
    title: `${title}, seen at ${imageSize}x${imageSize}`,
    classes,
    height: imageSize,
    width: imageSize,
    channels: 3,
    train: set(train),
    test: set(valid),
    mean: IMAGENET_MEAN,
    std: IMAGENET_STD,
    pad: 0,
    flip: true,
    source,
    checksum: checksumOf(train, valid, drawn?.sample),
    pictures: { train, test: valid },
    ...(drawn && {
      search: drawn.sample,
      held: await held(
        train,
        mixed(drawn.sample.alpha.length, search.evaluationImages).map((i) => drawn.sample.alpha[i]),
        imageSize,
      ),
    }),
    notes: [
      'the checksum is that of the list of files, not of their contents',
      ...(drawn
        ? [
            `the search sees ${number(drawn.sample.weights.length)} images for the weights and ` +
              `${number(drawn.sample.alpha.length)} for alpha, ${drawn.from}`,
          ]
        : []),
    ],
  };
}
