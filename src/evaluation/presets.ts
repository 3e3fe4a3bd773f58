// The training recipes as their authors ran them, and the presets for small machines as differences to those.
import type { Scale } from '../search/config.js';
import type { EvaluationConfig, RecipeName } from './config.js';

const CIFAR: EvaluationConfig = {
  scale: 'paper',
  recipe: 'cifar',
  seed: 0,
  dataset: 'cifar10',
  imageSize: 32,
  channels: 36,
  cells: 20,
  stem: 'cifar',
  auxiliary: true,
  auxiliaryWeight: 0.4,
  epochs: 600,
  stepsPerEpoch: null,
  batchSize: 64,
  learningRate: 0.025,
  schedule: 'cosine',
  warmupEpochs: 0,
  tailEpochs: 0,
  momentum: 0.9,
  nesterov: false,
  weightDecay: 3e-4,
  clipNorm: 5,
  labelSmoothing: 0,
  dropPath: 0.3,
  cutout: 16,
  augmentation: 'crop-flip',
  colourJitter: null,
  testImages: null,
};

/** The recipes as their authors ran them. */
export const REFERENCES: Record<RecipeName, EvaluationConfig> = {
  cifar: CIFAR,
  imagenet: {
    ...CIFAR,
    recipe: 'imagenet',
    dataset: 'imagenet',
    imageSize: 224,
    channels: 48,
    cells: 14,
    stem: 'imagenet',
    epochs: 250,
    batchSize: 768,
    learningRate: 0.5,
    schedule: 'linear',
    warmupEpochs: 5,
    tailEpochs: 5,
    weightDecay: 3e-5,
    labelSmoothing: 0.1,
    dropPath: 0,
    cutout: 0,
    augmentation: 'resized-crop',
    colourJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 },
  },
  nasbench201: {
    ...CIFAR,
    recipe: 'nasbench201',
    channels: 16,
    cells: 5,
    auxiliary: false,
    auxiliaryWeight: 0,
    epochs: 200,
    batchSize: 256,
    learningRate: 0.1,
    nesterov: true,
    weightDecay: 5e-4,
    clipNorm: 0,
    dropPath: 0,
    cutout: 0,
  },
};

/** Where the values of a recipe were read. What was only recalled says so. */
export const SOURCES: Record<RecipeName, string> = {
  cifar:
    'DARTS-space/train.py:24-42 with --cutout --auxiliary; augmentation utils.py:42-61 and its CIFAR-10 transforms; drop-path grows by epoch in the loop of train.py',
  imagenet:
    'DARTS-space/train_imagenet.py:22-42 with --auxiliary, its transforms and its adjust_lr; batch 768 since commit a0e9328, 1024 before',
  nasbench201:
    "recalled from the benchmark's paper (Dong & Yang 2020), unverified: 200 epochs, batch 256, SGD with Nesterov momentum 0.9, 0.1 to 0 by a cosine, decay 5e-4, crop and flip",
};

/** The presets as differences to a recipe; equal for every architecture. */
export const PRESETS: Record<Scale, Record<RecipeName, Partial<EvaluationConfig>>> = {
  /** Seconds: shows that everything runs. */
  smoke: {
    cifar: {
      dataset: 'auto',
      imageSize: 8,
      channels: 4,
      cells: 3,
      auxiliary: false,
      epochs: 4,
      stepsPerEpoch: 10,
      batchSize: 16,
      cutout: 4,
      testImages: 250,
    },
    imagenet: {
      dataset: 'auto',
      imageSize: 32,
      channels: 4,
      cells: 3,
      auxiliary: false,
      epochs: 3,
      stepsPerEpoch: 4,
      batchSize: 8,
      learningRate: 0.05,
      warmupEpochs: 1,
      tailEpochs: 1,
      testImages: 100,
    },
    nasbench201: {
      dataset: 'auto',
      imageSize: 8,
      channels: 4,
      cells: 1,
      epochs: 4,
      stepsPerEpoch: 10,
      batchSize: 16,
      testImages: 250,
    },
  },
  /**
   * About four minutes on one thread for DrNAS_cifar10: images, network and training are small, what depends on their
   * size is in proportion (cutout half the side, drop-path by depth), and the learning rate is higher, as the run is short.
   */
  laptop: {
    cifar: {
      dataset: 'auto',
      imageSize: 16,
      channels: 8,
      cells: 6,
      auxiliary: false,
      epochs: 8,
      stepsPerEpoch: 125,
      learningRate: 0.1,
      cutout: 8,
      dropPath: 0.1,
    },
    imagenet: {
      dataset: 'auto',
      imageSize: 32,
      channels: 8,
      cells: 5,
      auxiliary: false,
      epochs: 20,
      stepsPerEpoch: 150,
      batchSize: 64,
      learningRate: 0.05,
      warmupEpochs: 2,
      tailEpochs: 2,
    },
    nasbench201: {
      dataset: 'auto',
      imageSize: 16,
      channels: 8,
      cells: 1,
      epochs: 20,
      stepsPerEpoch: 150,
      batchSize: 64,
    },
  },
  paper: { cifar: {}, imagenet: {}, nasbench201: {} },
};
