// CIFAR-10: six files of 10,000 records, one label byte each.
import { type CifarFormat, checkCifarFile, findCifar, readCifar } from './cifar.js';
import type { FindOptions, Location, ReadOptions } from './types.js';

export const CIFAR10: CifarFormat = {
  name: 'cifar10',
  aliases: ['cifar-10', 'cifar10'],
  labelBytes: 1,
  labelValues: [10],
  records: {
    'data_batch_1.bin': 10_000,
    'data_batch_2.bin': 10_000,
    'data_batch_3.bin': 10_000,
    'data_batch_4.bin': 10_000,
    'data_batch_5.bin': 10_000,
    'test_batch.bin': 10_000,
  },
  classes: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  // The reference's constants (its utils.py), of the training set at 32x32.
  mean: [0.49139968, 0.48215827, 0.44653124],
  std: [0.24703233, 0.24348505, 0.26158768],
};

/** The first place that has any file of CIFAR-10. */
export const findCifar10 = (options?: FindOptions) => findCifar(CIFAR10, options);

/** Reads, checks and decodes CIFAR-10. Errors name the file, what was expected and what was found. */
export const readCifar10 = (location: Location, options?: ReadOptions) =>
  readCifar(CIFAR10, location, options);

/** Throws on a file that cannot be used; returns a note on one that can but is not the official one. */
export const checkFile = (path: string, bytes: Uint8Array, allowAltered: boolean) =>
  checkCifarFile(CIFAR10, path, bytes, allowAltered);
