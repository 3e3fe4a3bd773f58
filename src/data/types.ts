// The shape of a data set, and the options with which one is opened.
import type { Stream } from '../random/stream.js';

/** Images as unsigned bytes, [count, height, width, channels] row-major, with one label each. */
export interface ImageSet {
  images: Uint8Array;
  labels: Uint8Array | Uint16Array;
  count: number;
}

/** Pictures on disk with their classes: what stands in for an ImageSet where memory cannot hold one. */
export interface ImageFiles {
  /** Path of each picture below `root`, with forward slashes, class by class, in ascending order. */
  files: string[];
  labels: Uint16Array;
  count: number;
  root: string;
}

/** Which training pictures of ImageNet a search sees: positions in the list of their files. */
export interface SearchSample {
  weights: Int32Array;
  alpha: Int32Array;
}

/** The data sets that are opened by name. All but ImageNet, whose pictures stay files, are held in memory. */
export const DATASET_NAMES = [
  'cifar10',
  'cifar100',
  'svhn',
  'imagenet16-120',
  'fashion-mnist',
  'procedural',
  'imagenet',
] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];

export interface Dataset {
  name: DatasetName;
  /** For people: name, number of images and size, as every result should print it. */
  title: string;
  classes: string[];
  height: number;
  width: number;
  channels: number;
  train: ImageSet;
  test: ImageSet;
  /** Per channel, of pixel values scaled to 0..1; makeBatch yields (value / 255 - mean) / std. */
  mean: number[];
  std: number[];
  /** Pixels of black border for the random crop: 4 at 32x32, in proportion below. */
  pad: number;
  /** Whether training batches are mirrored left to right with probability one half. */
  flip: boolean;
  /** Where the bytes came from: a folder, an archive, or the generator. */
  source: string;
  /** SHA-256 over the bytes in use: training images, training labels, test images, test labels. */
  checksum: string;
  /** What a reader of the results has to know, for example that a file is not the official one. */
  notes: string[];
  /** ImageNet: the files of both sets, read when a batch needs them; the sets have labels and no images then. */
  pictures?: { train: ImageFiles; test: ImageFiles };
  /** ImageNet: the parts of the training set that a search sees; elsewhere its halves. */
  search?: SearchSample;
  /** ImageNet: pictures of alpha's part, of all classes in random order, as they are evaluated. */
  held?: ImageSet;
}

/** Where a data set was found: a folder of its files, or the archive that they come in. */
export interface Location {
  kind: 'folder' | 'archive';
  path: string;
  reason: string;
}

/** State of a download; `total` is undefined where the server does not say. Bytes, seconds. */
export interface DownloadProgress {
  file: string;
  received: number;
  total: number | undefined;
  bytesPerSecond: number;
}

export interface OpenOptions {
  /** Look here and nowhere else: a folder that holds the data set, or the archive itself. */
  folder?: string;
  /** Side of the images: the data set's own (32; ImageNet16-120: 16), or a half or a quarter of it, by box average; ImageNet: any. */
  imageSize?: number;
  /** ImageNet: draw the samples of a search, and hold so many pictures of alpha's to measure the supernet on. */
  search?: { evaluationImages: number };
  /** May the data be fetched? Default true; `auto` gives up where it would take long. */
  download?: boolean;
  /** Accept training files whose checksum or number of records is not the official one, with a note. */
  allowAltered?: boolean;
  /** One line at a time on what is done and why. Default: silent. */
  log?: (line: string) => void;
  /** Called several times a second during a download. */
  progress?: (state: DownloadProgress) => void;
  /** Randomness of the procedural data set. Default: the fixed stream that makes it the same everywhere. */
  stream?: Stream;
  /** Where downloads go and are found again. Default: datasets/cache/ of the project. */
  cache?: string;
  /** Where Debian's package dataset-fashion-mnist has its files. Default: /usr/share/datasets/fashion-mnist. */
  systemFolder?: string;
  /** Another address of the CIFAR-10 archive (cifar-10-binary.tar.gz); its checksum stays the official one. */
  mirror?: string;
}

/** The options that a reader of files looks at. */
export type ReadOptions = Pick<OpenOptions, 'imageSize' | 'allowAltered'>;
/** The options that say where files are looked for. */
export type FindOptions = Pick<OpenOptions, 'folder' | 'cache' | 'systemFolder'>;
