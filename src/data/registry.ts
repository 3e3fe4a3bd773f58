// What there is to know of each data set before it is read: title, licence, citation, files, addresses, checksums.
import type { HashName } from './checksum.js';
import type { DatasetName } from './types.js';

export interface DataFile {
  name: string;
  algorithm: HashName;
  hex: string;
  /** Address of the file at its official host; files of an archive have none. */
  url?: string;
  /** Size as served, in megabytes (10^6 bytes), rounded. */
  megabytes?: number;
}

export interface DatasetInfo {
  title: string;
  /** Images as published. */
  images: string;
  /** Side of the images, and classes; null where they vary. */
  side: number | null;
  classes: number | null;
  page: string;
  licence: string;
  citation: string;
  /** Folder of the cache that holds the files. */
  folder: string;
  /** The archive that the files come in, where there is one. */
  archive?: DataFile;
  files: DataFile[];
  /** Megabytes on disk once laid out; twice the archive is needed while it is unpacked. */
  megabytes: number;
  /** Why it cannot be fetched, and how it is had instead. */
  byHand?: string;
}

const summed =
  (algorithm: HashName) =>
  (name: string, hex: string, url?: string, megabytes?: number): DataFile => ({
    name,
    algorithm,
    hex,
    url,
    megabytes,
  });
const md5 = summed('md5');
const sha1 = summed('sha1');
const sha256 = summed('sha256');

const CIFAR = 'https://www.cs.toronto.edu/~kriz/';
const CIFAR_CITATION =
  'A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, technical report, University of Toronto, 2009';
const SVHN = 'http://ufldl.stanford.edu/housenumbers/';
const FASHION = 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/';
const IMAGENET_TERMS =
  'for non-commercial research and education, under the terms of access of image-net.org';
// The revision at which the four lists were last changed.
const SPLITS =
  'https://raw.githubusercontent.com/D-X-Y/AutoDL-Projects/a84f48388215d043d94c12c912e6a1defafca891/configs/nas-benchmark/';

/** All data sets the kit reads, and the split files of NAS-Bench-201. */
export type RegistryName = DatasetName | 'imagenet' | 'nas-bench-201-splits';

export const DATASETS: Readonly<Record<RegistryName, DatasetInfo>> = {
  cifar10: {
    title: 'CIFAR-10',
    images: '50,000 training and 10,000 test photographs, 32x32, ten classes',
    side: 32,
    classes: 10,
    page: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    licence: 'the page states none and asks for the citation',
    citation: CIFAR_CITATION,
    folder: 'cifar-10-batches-bin',
    // SHA-1: MXNet Gluon's list.
    archive: sha1(
      'cifar-10-binary.tar.gz',
      'fab780a1e191a7eda0f345501ccd62d20f7ed891',
      `${CIFAR}cifar-10-binary.tar.gz`,
      170,
    ),
    files: [
      sha1('data_batch_1.bin', 'aadd24acce27caa71bf4b10992e9e7b2d74c2540'),
      sha1('data_batch_2.bin', 'c0ba65cce70568cd57b4e03e9ac8d2a5367c1795'),
      sha1('data_batch_3.bin', '1dd00a74ab1d17a6e7d73e185b69dbf31242f295'),
      sha1('data_batch_4.bin', 'aab85764eb3584312d3c7f65fd2fd016e36a258e'),
      sha1('data_batch_5.bin', '26e2849e66a845b7f1e4614ae70f4889ae604628'),
      sha1('test_batch.bin', '67eb016db431130d61cd03c7ad570b013799c88c'),
    ],
    megabytes: 185,
  },
  cifar100: {
    title: 'CIFAR-100',
    images: '50,000 training and 10,000 test photographs, 32x32, a hundred classes',
    side: 32,
    classes: 100,
    page: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    licence: 'the page states none and asks for the citation',
    citation: CIFAR_CITATION,
    folder: 'cifar-100-binary',
    archive: sha1(
      'cifar-100-binary.tar.gz',
      'a0bb982c76b83111308126cc779a992fa506b90b',
      `${CIFAR}cifar-100-binary.tar.gz`,
      169,
    ),
    files: [
      sha1('train.bin', 'e207cd2e05b73b1393c74c7f5e7bea451d63e08e'),
      sha1('test.bin', '8fb6623e830365ff53cf14adec797474f5478006'),
    ],
    megabytes: 185,
  },
  svhn: {
    title: 'SVHN',
    images: '73,257 training and 26,032 test house numbers, 32x32, ten classes (cropped digits)',
    side: 32,
    classes: 10,
    page: SVHN,
    licence: 'for non-commercial use, as the page asks',
    citation:
      'Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu, A. Y. Ng, Reading Digits in Natural Images with Unsupervised ' +
      'Feature Learning, NIPS Workshop on Deep Learning and Unsupervised Feature Learning, 2011',
    folder: 'svhn',
    // MD5: torchvision's list.
    files: [
      md5('train_32x32.mat', 'e26dedcc434d2e4c54c9b2d4a06d8373', `${SVHN}train_32x32.mat`, 182),
      md5('test_32x32.mat', 'eb5a983be6a315427106f1b164d9cef3', `${SVHN}test_32x32.mat`, 64),
    ],
    megabytes: 247,
  },
  'imagenet16-120': {
    title: 'ImageNet16-120',
    images: '151,700 training and 6,000 validation photographs, 16x16, the first 120 classes of ImageNet',
    side: 16,
    classes: 120,
    page: 'https://image-net.org/download-images',
    licence: IMAGENET_TERMS,
    citation:
      'P. Chrabaszcz, I. Loshchilov, F. Hutter, A Downsampled Variant of ImageNet as an Alternative to the CIFAR Datasets, ' +
      'arXiv 1707.08819, 2017',
    folder: 'ImageNet16',
    // MD5: AutoDL-Projects, DownsampledImageNet.py.
    files: [
      md5('train_data_batch_1', '27846dcaa50de8e21a7d1a35f30f0e91'),
      md5('train_data_batch_2', 'c7254a054e0e795c69120a5727050e3f'),
      md5('train_data_batch_3', '4333d3df2e5ffb114b05d2ffc19b1e87'),
      md5('train_data_batch_4', '1620cdf193304f4a92677b695d70d10f'),
      md5('train_data_batch_5', '348b3c2fdbb3940c4e9e834affd3b18d'),
      md5('train_data_batch_6', '6e765307c242a1b3d7d5ef9139b48945'),
      md5('train_data_batch_7', '564926d8cbf8fc4818ba23d2faac7564'),
      md5('train_data_batch_8', 'f4755871f718ccb653440b9dd0ebac66'),
      md5('train_data_batch_9', 'bb6dd660c38c58552125b1a92f86b5d4'),
      md5('train_data_batch_10', '8f03f34ac4b42271a294f91bf480f29b'),
      md5('val_data', '3410e3017fdaefba8d5073aaa65e4bd6'),
    ],
    megabytes: 1030,
    byHand:
      'image-net.org gives it to registered users only: sign in there, download "Imagenet16" (training and validation), ' +
      'and put train_data_batch_1 to _10 and val_data into the folder ImageNet16',
  },
  'fashion-mnist': {
    title: 'Fashion-MNIST',
    images: '60,000 training and 10,000 test pictures of clothes, grey, 28x28, ten classes',
    side: 32,
    classes: 10,
    page: 'https://github.com/zalandoresearch/fashion-mnist',
    licence: 'MIT',
    citation:
      'H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms, ' +
      'arXiv 1708.07747, 2017',
    folder: 'fashion-mnist',
    // MD5: torchvision's list.
    files: [
      md5(
        'train-images-idx3-ubyte.gz',
        '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
        `${FASHION}train-images-idx3-ubyte.gz`,
        26,
      ),
      md5(
        'train-labels-idx1-ubyte.gz',
        '25c81989df183df01b3e8a0aad5dffbe',
        `${FASHION}train-labels-idx1-ubyte.gz`,
        1,
      ),
      md5(
        't10k-images-idx3-ubyte.gz',
        'bef4ecab320f06d8554ea6380940ec79',
        `${FASHION}t10k-images-idx3-ubyte.gz`,
        4,
      ),
      md5(
        't10k-labels-idx1-ubyte.gz',
        'bb300cfdad3c16e7a12a480ee83cd310',
        `${FASHION}t10k-labels-idx1-ubyte.gz`,
        1,
      ),
    ],
    megabytes: 31,
  },
  procedural: {
    title: 'Procedural shapes and textures',
    images: '5,000 training and 1,000 test drawings, 32x32, ten classes',
    side: 32,
    classes: 10,
    page: 'src/data/procedural.ts',
    licence: 'MIT, as this program',
    citation: 'none: they are drawn by this program',
    folder: '',
    files: [],
    megabytes: 0,
  },
  imagenet: {
    title: 'ImageNet (ILSVRC 2012)',
    images: '1,281,167 training and 50,000 validation photographs of many sizes, a thousand classes',
    side: null,
    classes: 1000,
    page: 'https://image-net.org/download-images',
    licence: IMAGENET_TERMS,
    citation:
      'O. Russakovsky et al., ImageNet Large Scale Visual Recognition Challenge, ' +
      'International Journal of Computer Vision 115, 2015',
    folder: 'imagenet',
    files: [],
    megabytes: 150_000,
    byHand:
      'image-net.org gives it to registered users only: sign in there, download ILSVRC2012, and lay it out as ' +
      'imagenet/train/CLASS/*.JPEG and imagenet/val/CLASS/*.JPEG, a folder for each class',
  },
  'nas-bench-201-splits': {
    title: 'Splits of NAS-Bench-201',
    images: 'four lists of image numbers: which training, validation and test images the benchmark used',
    side: null,
    classes: null,
    page: 'https://github.com/D-X-Y/AutoDL-Projects',
    licence: 'MIT',
    citation:
      'X. Dong, Y. Yang, NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search, ICLR 2020',
    folder: 'splits',
    // SHA-256 computed from the files at that revision.
    files: [
      sha256(
        'cifar-split.txt',
        '986da6174822048d4c5a25ee8ebdb7e754cd5372b51c633ffd4898ace8db9e32',
        `${SPLITS}cifar-split.txt`,
        1,
      ),
      sha256(
        'cifar100-test-split.txt',
        '14a5e3708e790ad57f987cdbcf202f724519475d6e8b0db34d0182e73b581bba',
        `${SPLITS}cifar100-test-split.txt`,
        1,
      ),
      sha256(
        'imagenet-16-120-test-split.txt',
        'c0edac1d3676a9f21acea8feeb31336202d75b1a73df62aec31c6b45bb289a18',
        `${SPLITS}imagenet-16-120-test-split.txt`,
        1,
      ),
      sha256(
        'ImageNet16-120-split.txt',
        'b2f3d37fbc2e2c239eb90ce12abeb6bac7a539f8d3888b4d5a136d292cddbef9',
        `${SPLITS}ImageNet16-120-split.txt`,
        2,
      ),
    ],
    megabytes: 3,
  },
};

export const REGISTRY_NAMES = Object.keys(DATASETS) as RegistryName[];

/** The entry of `name`. @throws RangeError that lists the names there are. */
export function datasetInfo(name: string): DatasetInfo {
  const info = Object.hasOwn(DATASETS, name) ? DATASETS[name as RegistryName] : undefined;
  if (!info)
    throw new RangeError(
      `data set ${JSON.stringify(name)} is not known: use one of ${REGISTRY_NAMES.join(', ')}`,
    );
  return info;
}
