// How a found network is trained from scratch: one typed configuration, the reference's recipes, presets for small machines.
import { DATASET_NAMES, type DatasetName } from '../data/types.js';
import type { Scale } from '../search/config.js';

export type RecipeName = 'cifar' | 'imagenet' | 'nasbench201';

/** Strengths of torchvision's ColorJitter: factors are drawn from [1 - s, 1 + s], the hue's shift from [-hue, hue] of a turn. */
export interface ColourJitter {
  brightness: number;
  contrast: number;
  saturation: number;
  hue: number;
}

/** Every setting of a training from scratch. REFERENCES has the values of the official scripts, SOURCES where they stand. */
export interface EvaluationConfig {
  scale: Scale | 'custom';
  recipe: RecipeName;
  seed: number;
  /** `auto` takes the first data set that is there; the manifest records which. */
  dataset: 'auto' | DatasetName;
  /** Side of the images that the network sees, in pixels. */
  imageSize: number;
  /** Channels of the first cells (C); cells of the whole network (DARTS), or of each of the three stages (NAS-Bench-201). */
  channels: number;
  cells: number;
  /** The DARTS networks' first layers: one convolution, or three strided ones that divide the side by 8. */
  stem: 'cifar' | 'imagenet';
  /** A second classifier on the features after two thirds of the cells, in training only, and the weight of its loss. */
  auxiliary: boolean;
  auxiliaryWeight: number;
  /** An epoch is a pass over the training set, or `stepsPerEpoch` batches of it when that is set. */
  epochs: number;
  stepsPerEpoch: number | null;
  batchSize: number;
  /** One value an epoch: cosine to 0, or linear to 0 with a slow tail of `tailEpochs`; either after a linear warm-up. */
  learningRate: number;
  schedule: 'cosine' | 'linear';
  warmupEpochs: number;
  tailEpochs: number;
  momentum: number;
  nesterov: boolean;
  weightDecay: number;
  /** Largest global norm of the gradients; 0 leaves them as they are. */
  clipNorm: number;
  labelSmoothing: number;
  /** Paths are dropped with probability dropPath * epoch / epochs. */
  dropPath: number;
  /** Side in pixels of the square that is blanked in each training image; 0 for none. */
  cutout: number;
  /** `crop-flip`: pad, crop, mirror. `resized-crop`: a random part of the image at a random size, mirrored. */
  augmentation: 'none' | 'crop-flip' | 'resized-crop';
  colourJitter: ColourJitter | null;
  /** The first so many test images are evaluated after each epoch; null for all of them. */
  testImages: number | null;
}

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
    // No in-memory ImageNet at 224 pixels is a data set of the kit: it has to be named.
    dataset: 'auto',
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

/** The configuration of a recipe at a scale with overrides; refuses what cannot run. */
export function evaluationConfig(
  recipe: RecipeName,
  scale: Scale,
  overrides: Partial<EvaluationConfig> = {},
): EvaluationConfig {
  if (!(recipe in REFERENCES)) {
    throw new Error(
      `recipe ${JSON.stringify(recipe)} does not exist: use ${Object.keys(REFERENCES).join(', ')}`,
    );
  }
  if (!(scale in PRESETS))
    throw new Error(`scale ${JSON.stringify(scale)} does not exist: use ${Object.keys(PRESETS).join(', ')}`);
  const preset: EvaluationConfig = { ...REFERENCES[recipe], ...PRESETS[scale][recipe], scale };
  const config = { ...preset, ...overrides };
  const changed = (Object.keys(overrides) as (keyof EvaluationConfig)[]).some(
    (key) =>
      !['seed', 'dataset', 'scale'].includes(key) &&
      JSON.stringify(overrides[key]) !== JSON.stringify(preset[key]),
  );
  if (changed) config.scale = 'custom';
  checkEvaluationConfig(config);
  return config;
}

const CHOICES: Partial<Record<keyof EvaluationConfig, readonly string[]>> = {
  recipe: Object.keys(REFERENCES),
  dataset: ['auto', ...DATASET_NAMES],
  stem: ['cifar', 'imagenet'],
  schedule: ['cosine', 'linear'],
  augmentation: ['none', 'crop-flip', 'resized-crop'],
};
const INTEGERS: [keyof EvaluationConfig, number][] = [
  ...(['epochs', 'channels', 'cells', 'imageSize'] as const).map((name): [typeof name, number] => [name, 1]),
  ...(['seed', 'warmupEpochs', 'tailEpochs', 'cutout'] as const).map((name): [typeof name, number] => [
    name,
    0,
  ]),
  ['batchSize', 2],
];
const NUMBERS: (keyof EvaluationConfig)[] = [
  ...(['learningRate', 'weightDecay', 'clipNorm', 'auxiliaryWeight'] as const),
];

/** Throws an error that names the setting, its value and what would do. */
export function checkEvaluationConfig(config: EvaluationConfig): void {
  for (const key of Object.keys(config)) {
    if (!(key in CIFAR)) {
      throw new Error(
        `setting ${JSON.stringify(key)} does not exist: use one of ${Object.keys(CIFAR).join(', ')}`,
      );
    }
  }
  const expect = (holds: boolean, name: keyof EvaluationConfig, expected: string) => {
    if (!holds) throw new Error(`${name} is ${JSON.stringify(config[name])}, expected ${expected}`);
  };
  const finite = (value: unknown, minimum: number): value is number =>
    typeof value === 'number' && Number.isFinite(value) && value >= minimum;
  for (const [name, values] of Object.entries(CHOICES) as [keyof EvaluationConfig, string[]][])
    expect(values.includes(config[name] as string), name, `one of ${values.join(', ')}`);
  for (const [name, minimum] of INTEGERS)
    expect(
      finite(config[name], minimum) && Number.isInteger(config[name]),
      name,
      `an integer of at least ${minimum}${name === 'batchSize' ? ': batch norm needs more than one image' : ''}`,
    );
  for (const name of NUMBERS) expect(finite(config[name], 0), name, 'a number of at least 0');
  for (const name of ['momentum', 'dropPath', 'labelSmoothing'] as const)
    expect(finite(config[name], 0) && config[name] < 1, name, 'a number from 0 to below 1');
  for (const name of ['auxiliary', 'nesterov'] as const)
    expect(typeof config[name] === 'boolean', name, 'true or false');
  for (const name of ['stepsPerEpoch', 'testImages'] as const)
    expect(
      config[name] === null || (finite(config[name], 1) && Number.isInteger(config[name])),
      name,
      'an integer of at least 1, or null for all images',
    );
  expect(
    config.cutout <= config.imageSize,
    'cutout',
    `at most the image's side of ${config.imageSize} pixels; the reference blanks half the side`,
  );
  expect(
    config.warmupEpochs + config.tailEpochs < config.epochs,
    'warmupEpochs',
    `fewer than ${config.epochs} epochs of warm-up (${config.warmupEpochs}) and tail (${config.tailEpochs}) together`,
  );
  expect(config.schedule === 'linear' || config.tailEpochs === 0, 'tailEpochs', '0 with a cosine schedule');
  if (config.colourJitter !== null) {
    const { brightness, contrast, saturation, hue, ...rest } = config.colourJitter;
    expect(
      [brightness, contrast, saturation].every((s) => finite(s, 0)) &&
        finite(hue, 0) &&
        hue <= 0.5 &&
        Object.keys(rest).length === 0,
      'colourJitter',
      'null or {brightness, contrast, saturation, hue} with strengths of at least 0 and a hue of at most 0.5',
    );
  }
  if (config.recipe === 'nasbench201') {
    const lacks = 'the NAS-Bench-201 network has none';
    expect(!config.auxiliary, 'auxiliary', `false: ${lacks}`);
    expect(config.dropPath === 0, 'dropPath', `0: ${lacks}`);
  }
}

/** What the official scripts have no counterpart of. */
const KIT_SETTINGS: readonly (keyof EvaluationConfig)[] = ['scale', 'recipe', 'testImages'];

/** Settings that differ from the recipe's own, as text, for a table. */
export function evaluationDifferences(
  config: EvaluationConfig,
): { setting: string; here: string; reference: string }[] {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const reference = REFERENCES[config.recipe];
  return (Object.keys(reference) as (keyof EvaluationConfig)[])
    .filter((setting) => !KIT_SETTINGS.includes(setting))
    .map((setting) => ({ setting, here: text(config[setting]), reference: text(reference[setting]) }))
    .filter(({ here, reference: there }) => here !== there);
}
