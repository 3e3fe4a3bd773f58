// How each data set is found and read: one table, from which opening, listing and checking derive.
import { findCifar10, readCifar10 } from './cifar10.js';
import { findCifar100, readCifar100 } from './cifar100.js';
import { FASHION_DEBIAN, findFashionMnist, readFashionMnist } from './fashion-mnist.js';
import { findImageNet16, readImageNet16 } from './imagenet16.js';
import { findSvhn, readSvhn } from './svhn.js';
import type { Dataset, DatasetName, FindOptions, Location, ReadOptions } from './types.js';

export interface Source {
  find(options?: FindOptions): Location | undefined;
  read(location: Location, options?: ReadOptions): Promise<Dataset>;
  /** What a folder has to hold, for the message that it does not. */
  expected: string;
}

/** All data sets that are read into memory; the procedural one is drawn, ImageNet stays files. */
export const SOURCES: Readonly<Record<Exclude<DatasetName, 'procedural' | 'imagenet'>, Source>> = {
  cifar10: {
    find: findCifar10,
    read: readCifar10,
    expected: 'the folder cifar-10-batches-bin or the archive cifar-10-binary.tar.gz',
  },
  cifar100: {
    find: findCifar100,
    read: readCifar100,
    expected: 'the folder cifar-100-binary or the archive cifar-100-binary.tar.gz',
  },
  svhn: { find: findSvhn, read: readSvhn, expected: 'train_32x32.mat and test_32x32.mat in a folder svhn' },
  'imagenet16-120': {
    find: findImageNet16,
    read: readImageNet16,
    expected: 'train_data_batch_1 to train_data_batch_10 and val_data in a folder ImageNet16',
  },
  'fashion-mnist': {
    find: findFashionMnist,
    read: readFashionMnist,
    expected: `its four files train-images-idx3-ubyte(.gz) and so on (Debian's package dataset-fashion-mnist puts them into ${FASHION_DEBIAN})`,
  },
};
