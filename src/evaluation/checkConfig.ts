// Refuses a configuration of a training that cannot run, before anything is computed.
import { DATASET_NAMES } from '../data/types.js';
import type { EvaluationConfig } from './config.js';
import { REFERENCES } from './presets.js';

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
const NUMBERS = ['learningRate', 'weightDecay', 'clipNorm', 'auxiliaryWeight'] as const;

/** Throws an error that names the setting, its value and what would do. */
export function checkEvaluationConfig(config: EvaluationConfig): void {
  const known = [...Object.keys(REFERENCES.cifar), 'microBatch', 'recompute'];
  for (const key of Object.keys(config)) {
    if (!known.includes(key)) {
      throw new Error(`setting ${JSON.stringify(key)} does not exist: use one of ${known.join(', ')}`);
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
  expect(
    config.microBatch === undefined || (finite(config.microBatch, 2) && Number.isInteger(config.microBatch)),
    'microBatch',
    'an integer of at least 2: batch norm needs more than one image',
  );
  expect([undefined, true, false].includes(config.recompute), 'recompute', 'true or false');
  if (config.recipe === 'nasbench201') {
    const lacks = 'the NAS-Bench-201 network has none';
    expect(!config.auxiliary, 'auxiliary', `false: ${lacks}`);
    expect(config.dropPath === 0, 'dropPath', `0: ${lacks}`);
  }
}
