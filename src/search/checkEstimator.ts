// Refuses settings of sampler, regulariser and gradient that do not go together.
import { REGULARISER_NAMES, REGULARISERS } from './regularisers/traits.js';
import { SAMPLER_NAMES, SAMPLERS, type SamplerTraits } from './samplers/traits.js';
import { isDefault, type SearchConfig } from './settings.js';

const list = (type: Intl.ListFormatType) => new Intl.ListFormat('en-GB', { type });
const anyOf = (names: readonly string[]) => list('disjunction').format(names);
const samplersWith = (has: (traits: SamplerTraits) => boolean) =>
  list('conjunction').format(SAMPLER_NAMES.filter((name) => has(SAMPLERS[name])));

/** Sampler, regulariser and gradient: each setting's value, and that they go together. */
export function checkEstimator(
  config: SearchConfig,
  wrong: (name: string, value: unknown, expected: string) => never,
): void {
  const { sampler, regulariser, temperature, logisticNormalScale: scale } = config;
  const traits = SAMPLERS[sampler];
  const own = `the sampler ${sampler}`;
  if (temperature !== undefined) {
    const values = [temperature?.initial, temperature?.final];
    const positive = values.every((t) => typeof t === 'number' && t > 0 && Number.isFinite(t));
    if (!positive || Object.keys(temperature).length !== 2)
      wrong('temperature', temperature, '{"initial": …, "final": …}, numbers above 0');
  }
  if (scale !== undefined && !(typeof scale === 'number' && scale > 0 && Number.isFinite(scale)))
    wrong('logisticNormalScale', scale, 'a number above 0');
  const needs = (
    name: 'temperature' | 'logisticNormalScale' | 'scoreBaseline',
    has: boolean,
    which: string,
  ) => {
    if (!has && !isDefault(config, name))
      wrong(name, config[name], `none: it is a setting of ${which}, and ${own} does not use it`);
  };
  needs(
    'temperature',
    traits.temperature,
    samplersWith((t) => t.temperature),
  );
  needs('logisticNormalScale', sampler === 'logistic-normal', 'logistic-normal');
  needs(
    'scoreBaseline',
    traits.gradient === 'score',
    samplersWith((t) => t.gradient === 'score'),
  );
  const learnsAndDraws = traits.random && traits.gradient !== 'none';
  if (!isDefault(config, 'samplesPerStep') && !learnsAndDraws)
    wrong(
      'samplesPerStep',
      config.samplesPerStep,
      `1: ${own} ${traits.random ? 'does not learn' : 'draws nothing, so that all samples would be equal'}`,
    );
  if (!isDefault(config, 'thetaPer') && !traits.random)
    wrong(
      'thetaPer',
      config.thetaPer,
      `network: ${own} draws nothing, so that all cells would have the same theta`,
    );
  if (config.order === 2 && traits.gradient !== 'pathwise')
    wrong(
      'order',
      2,
      `1: the second order differentiates theta itself, and the gradient of ${own} is ${traits.gradient}`,
    );
  if (config.edgeNormalisation && traits.gradient === 'none')
    wrong('edgeNormalisation', true, `false: with ${own} no architecture parameter learns`);
  if (config.clipIncludesAlpha && !['pathwise', 'straight-through'].includes(traits.gradient))
    wrong('clipIncludesAlpha', true, `false: ${own} gives alpha no gradient in the weights' pass`);
  if (traits.family !== 'dirichlet') {
    if (config.readout === 'dirichlet-mean')
      wrong('readout', config.readout, `softmax: ${own} has no Dirichlet distribution`);
    if (REGULARISERS[regulariser].ofBeta)
      wrong(
        'regulariser',
        regulariser,
        `${anyOf(REGULARISER_NAMES.filter((name) => !REGULARISERS[name].ofBeta))}: ${own} has no Dirichlet distribution`,
      );
  }
}
