// The shape of a stand-alone DARTS network: width, depth, stem, and the sizes of its cells.

export interface NetworkShape {
  /** Channels of each node in the first cells (C); doubled in each reduction cell. */
  channels: number;
  cells: number;
  classes: number;
  /** Height and width of the images in pixels. */
  imageSize: number;
  /** Colour channels of the images. */
  imageChannels: number;
  /** `cifar` keeps the image's size; `imagenet` divides it by 8 in three strided convolutions. */
  stem: 'cifar' | 'imagenet';
  /** Whether the network has the auxiliary head, which only training uses. */
  auxiliary: boolean;
  /**
   * Batch norm (without weights) after each pool, as DrNAS' evaluation has it (DARTS-space/operations.py:27-60).
   * Default true; false gives the network of the original DARTS, whose pools have none at evaluation.
   */
  poolNorm?: boolean;
}

/** The reference's network for CIFAR-10 (DARTS-space/train.py). */
export const CIFAR_SHAPE: NetworkShape = {
  channels: 36,
  cells: 20,
  classes: 10,
  imageSize: 32,
  imageChannels: 3,
  stem: 'cifar',
  auxiliary: true,
};

/** The reference's network for ImageNet (DARTS-space/train_imagenet.py). */
export const IMAGENET_SHAPE: NetworkShape = {
  channels: 48,
  cells: 14,
  classes: 1000,
  imageSize: 224,
  imageChannels: 3,
  stem: 'imagenet',
  auxiliary: true,
};

/** Stem width of the CIFAR network, in multiples of C. */
export const STEM_MULTIPLIER = 3;

/** Whether a cell halves the image: at a third and at two thirds of the depth. */
export function isReduction(cell: number, { cells }: { cells: number }): boolean {
  return cell === Math.floor(cells / 3) || cell === Math.floor((2 * cells) / 3);
}

/** The cell whose output the auxiliary head sees (DARTS-space/model.py:142). */
export function auxiliaryCell({ cells }: NetworkShape): number {
  return Math.floor((2 * cells) / 3);
}

/**
 * Window and stride of the auxiliary head's pool, which leaves 2 x 2 pixels: two windows an axis of 5/8 of the side each.
 * That is the published 5 and 3 for CIFAR's 8 pixels, 5 and 2 for ImageNet's 7, and goes on to smaller and larger images.
 */
export function auxiliaryPool(side: number): { size: number; stride: number } {
  if (side < 2) {
    throw new Error(
      `the auxiliary head needs at least 2 x 2 pixels after the second reduction, here is ${side}: ` +
        'use larger images, or a network without auxiliary head',
    );
  }
  const size = Math.min(Math.ceil((5 * side) / 8), side - 1);
  return { size, stride: side - size };
}

/** Refuses a shape that cannot be built, naming what is wrong. What the sizes of images allow shows when they are walked. */
export function checkNetworkShape(shape: NetworkShape): void {
  for (const key of ['channels', 'cells', 'classes', 'imageSize', 'imageChannels'] as const) {
    if (!Number.isInteger(shape[key]) || shape[key] < 1)
      throw new Error(`a network's ${key} is ${shape[key]}: expected a whole number of at least 1`);
  }
  if (shape.stem !== 'cifar' && shape.stem !== 'imagenet')
    throw new Error(`the stem is ${JSON.stringify(shape.stem)}: choose cifar or imagenet`);
  if (shape.stem === 'imagenet' && shape.channels % 2)
    throw new Error(
      `the imagenet stem starts with half of ${shape.channels} channels: use an even number of channels`,
    );
}
