// What was trained and evaluated in NATS-Bench's two spaces: data sets, evaluation sets with their sizes, epochs, seeds.

/**
 * The topology space (NAS-Bench-201, 15,625 architectures). `cifar10` trained on all 50,000 training images and is tested on
 * `ori-test`; `cifar10-valid` trained on half of them, is validated on the other half and tested on `ori-test`: two data sets
 * with results of their own. `images` are the sizes of the sets, `seeds` which trainings can exist at 12 and 200 epochs
 * (999 is missing for 7,456 of the architectures).
 * Source: Dong, Liu, Musial & Gabrys (2021), table 1, and the official files.
 */
export const TOPOLOGY = {
  'cifar10-valid': {
    images: { train: 25_000, 'x-valid': 25_000, 'ori-test': 10_000 },
    seeds: { 12: [111, 777], 200: [777, 888, 999] },
  },
  cifar10: { images: { train: 50_000, 'ori-test': 10_000 }, seeds: { 12: [111], 200: [777, 888, 999] } },
  cifar100: {
    images: { train: 50_000, 'x-valid': 5_000, 'x-test': 5_000, 'ori-test': 10_000 },
    seeds: { 12: [111], 200: [777, 888, 999] },
  },
  'ImageNet16-120': {
    images: { train: 151_700, 'x-valid': 3_000, 'x-test': 3_000, 'ori-test': 6_000 },
    seeds: { 12: [111], 200: [777, 888, 999] },
  },
} as const;

/** The size space (NATS-Bench's 32,768 channel counts of one cell), at 1, 12 and 90 epochs. */
export const SIZE = {
  'cifar10-valid': {
    images: TOPOLOGY['cifar10-valid'].images,
    seeds: { 1: [777], 12: [777, 888, 999], 90: [777, 888, 999] },
  },
  cifar10: { images: TOPOLOGY.cifar10.images, seeds: { 1: [777], 12: [777, 888, 999], 90: [777, 888, 999] } },
  cifar100: {
    images: TOPOLOGY.cifar100.images,
    seeds: { 1: [777], 12: [777, 888, 999], 90: [777, 888, 999] },
  },
  'ImageNet16-120': {
    images: TOPOLOGY['ImageNet16-120'].images,
    seeds: { 1: [777], 12: [777, 888, 999], 90: [777, 888, 999] },
  },
} as const;

export interface Spaces {
  topology: typeof TOPOLOGY;
  size: typeof SIZE;
}
export type SpaceName = keyof Spaces;
export type DatasetName = keyof typeof TOPOLOGY;
export type SplitName = 'train' | 'x-valid' | 'x-test' | 'ori-test';

export const DATASETS = Object.keys(TOPOLOGY) as DatasetName[];

/** Architectures of a space. */
export const SPACE_SIZE: Record<SpaceName, number> = { topology: 5 ** 6, size: 8 ** 5 };

/** Images in an evaluation set, or undefined where the data set has no such set. */
export function imagesOf(dataset: DatasetName, split: string): number | undefined {
  return (TOPOLOGY[dataset].images as Record<string, number>)[split];
}

/** Epochs at which a space was evaluated, ascending. */
export function epochsOf(space: SpaceName): readonly number[] {
  return space === 'topology' ? [12, 200] : [1, 12, 90];
}

/** Seeds that can exist. */
export function seedsOf(space: SpaceName, dataset: DatasetName, epochs: number): readonly number[] {
  const { seeds } = (space === 'topology' ? TOPOLOGY : SIZE)[dataset];
  return (seeds as Record<number, readonly number[]>)[epochs] ?? [];
}
