// The temperature of the Gumbel samplers over a search: linear, a value an epoch, as the official script has it.
import { DEFAULTS, type SearchConfig } from './config.js';
import { SAMPLERS } from './samplers/traits.js';

/**
 * initial + (final - initial) * epoch / epochs, the epoch counted from 0: 10 in the first, and 10 - 0.09 (e + 1) after epoch e of
 * 100 (201-space/train_search.py:134-195), so that `final` itself is reached only when the search is over. Undefined for samplers
 * without a temperature.
 */
export function temperatureAt(config: SearchConfig, epoch: number): number | undefined {
  if (!SAMPLERS[config.sampler].temperature) return undefined;
  const { initial, final } = config.temperature ?? DEFAULTS.temperature;
  return initial + ((final - initial) * epoch) / config.epochs;
}
