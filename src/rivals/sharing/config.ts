// The settings of a rival with weight sharing: a search's for the shared weights, and what the rival does with them.
import { type Scale, type SearchConfig, searchConfig, withoutDefaults } from '../../search/config.js';
import { CONTROLLER, type ControllerShape } from '../controller.js';

export const SHARING_RIVALS = ['rsps', 'enas'] as const;
export type SharingRivalName = (typeof SHARING_RIVALS)[number];

/** How ENAS's controller learns, beside its shape. */
export interface ControllerConfig extends ControllerShape {
  /** Adam's. */
  learningRate: number;
  betas: [number, number];
  epsilon: number;
  /** Updates an epoch, and architectures an update: each is evaluated on one validation batch. */
  updates: number;
  architectures: number;
  /** Weight of the entropy in the reward, accuracy being a fraction. */
  entropyWeight: number;
  /** Of the moving average of rewards. */
  baselineMomentum: number;
  /** Largest norm of an update's gradient. */
  clipNorm: number;
}

export interface SharingConfig {
  rival: SharingRivalName;
  /** Supernet, data, epochs and the weights' optimiser. What it says of alpha has no part, but that frozenEpochs hold the controller. */
  search: SearchConfig;
  /** Architectures that are evaluated with the trained weights; the best of them is the answer. */
  candidates: number;
  /** Images of the alpha half on which each is evaluated, the same for all, without augmentation. */
  candidateImages: number;
  /** ENAS only. */
  controller?: ControllerConfig;
}

/**
 * As NAS-Bench-201's script of ENAS has it (AutoDL-Projects, scripts-search/algos/ENAS.sh and
 * configs/nas-benchmark/algos/ENAS.config): 50 updates of 20 architectures in each of 310 epochs.
 */
export const ENAS_CONTROLLER: ControllerConfig = {
  ...CONTROLLER,
  learningRate: 1e-3,
  betas: [0, 0.999],
  epsilon: 1e-3,
  updates: 50,
  architectures: 20,
  entropyWeight: 1e-4,
  baselineMomentum: 0.99,
  clipNorm: 5,
};

/**
 * Differences at each scale. On a laptop the controller sees as many validation batches an epoch as there are weight updates,
 * as a differentiable search does. It has a sixtieth of the official script's updates: so it learns faster, and Adam's epsilon,
 * which holds small gradients back, is the usual one.
 */
const CONTROLLER_AT: Record<Scale, Partial<ControllerConfig>> = {
  smoke: { updates: 2, architectures: 3, learningRate: 1e-2, epsilon: 1e-8, baselineMomentum: 0.9 },
  laptop: { updates: 10, architectures: 10, learningRate: 1e-2, epsilon: 1e-8, baselineMomentum: 0.95 },
  paper: {},
};

const CANDIDATES_AT: Record<Scale, Pick<SharingConfig, 'candidates' | 'candidateImages'>> = {
  smoke: { candidates: 6, candidateImages: 64 },
  laptop: { candidates: 100, candidateImages: 1000 },
  /** 100 as that benchmark's scripts (scripts-search/algos/RANDOM-NAS.sh, ENAS.sh); the images are the kit's choice. */
  paper: { candidates: 100, candidateImages: 5000 },
};

export interface SharingOverrides {
  search?: Partial<SearchConfig>;
  candidates?: number;
  candidateImages?: number;
  controller?: Partial<ControllerConfig>;
}

/** The settings of a rival at a scale with overrides; refuses what cannot run. */
export function sharingConfig(
  rival: SharingRivalName,
  scale: Scale,
  { search = {}, controller = {}, ...counts }: SharingOverrides = {},
): SharingConfig {
  const given = Object.entries(counts).filter(([, value]) => value !== undefined);
  const config: SharingConfig = {
    rival,
    search: {
      ...searchConfig(scale, {
        sampler: 'uniform-path',
        regulariser: 'none',
        regulariserWeight: 0,
        ...search,
      }),
      // What every rival changes does not make it a scale of its own.
      scale: searchConfig(scale, search).scale,
    },
    ...CANDIDATES_AT[scale],
    ...Object.fromEntries(given),
    ...(rival === 'enas'
      ? { controller: { ...ENAS_CONTROLLER, ...CONTROLLER_AT[scale], ...controller } }
      : {}),
  };
  if (rival !== 'enas' && Object.keys(controller).length > 0)
    throw new Error(`${rival} has no controller: settings of one are for enas`);
  checkSharingConfig(config);
  return { ...config, search: withoutDefaults(config.search) };
}

/** Throws an error that names the setting, its value and what would do. */
export function checkSharingConfig({
  rival,
  search,
  candidates,
  candidateImages,
  controller,
}: SharingConfig): void {
  const wrong = (name: string, value: unknown, expected: string): never => {
    throw new Error(`${name} is ${JSON.stringify(value)}, expected ${expected}`);
  };
  if (!SHARING_RIVALS.includes(rival)) wrong('rival', rival, `one of ${SHARING_RIVALS.join(', ')}`);
  if (search.space === 'darts')
    throw new Error(`${rival} searches NAS-Bench-201 only: its paths are that space's architectures`);
  if (search.dataset === 'imagenet')
    throw new Error(
      `${rival} trains on images in memory, those of ImageNet stay files: choose another data set`,
    );
  if (search.stages) throw new Error(`${rival} has no stages: search without them (--progressive none)`);
  if (search.k !== 1)
    throw new Error(`k is ${search.k}, expected 1: a path through part of the channels is no architecture`);
  if (search.sampler !== 'uniform-path') wrong('sampler', search.sampler, 'uniform-path');
  const count = (name: string, value: number, minimum: number) => {
    if (!(Number.isInteger(value) && value >= minimum))
      wrong(name, value, `a whole number of at least ${minimum}`);
  };
  count('candidates', candidates, 1);
  // Batch norm takes the statistics of the batch, which needs more than one image.
  count('candidateImages', candidateImages, 2);
  if (!controller) return;
  for (const name of Object.keys(controller)) {
    if (!(name in ENAS_CONTROLLER))
      throw new Error(
        `setting controller.${name} does not exist: use one of ${Object.keys(ENAS_CONTROLLER).join(', ')}`,
      );
  }
  const betas: unknown = controller.betas;
  if (!(Array.isArray(betas) && betas.length === 2 && betas.every((beta) => beta >= 0 && beta < 1)))
    wrong('controller.betas', betas, 'two numbers from 0 up to but below 1');
  count('controller.updates', controller.updates, 1);
  count('controller.architectures', controller.architectures, 1);
  for (const name of ['learningRate', 'entropyWeight', 'epsilon', 'clipNorm'] as const) {
    if (!(controller[name] >= 0 && Number.isFinite(controller[name])))
      wrong(`controller.${name}`, controller[name], 'a number from 0 up');
  }
  if (!(controller.baselineMomentum >= 0 && controller.baselineMomentum < 1))
    wrong('controller.baselineMomentum', controller.baselineMomentum, 'a number from 0 up to but below 1');
}
