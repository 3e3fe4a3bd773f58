// The search space of a configuration, and the shape of its supernet.
import { OPERATIONS, OPERATIONS_WITH_NONE } from '../spaces/darts/operations.js';
import { dartsSpace } from '../spaces/darts/space.js';
import { nasbench201Space } from '../spaces/nasbench201/space.js';
import type { SearchSpace } from '../spaces/space.js';
import type { SearchConfig } from './settings.js';

export function spaceOf({
  space = 'nasbench201',
  withNone,
}: Pick<SearchConfig, 'space' | 'withNone'>): SearchSpace {
  if (space === 'nasbench201') return nasbench201Space as SearchSpace;
  if (space === 'darts') return dartsSpace(withNone ? OPERATIONS_WITH_NONE : OPERATIONS) as SearchSpace;
  throw new Error(`the space ${JSON.stringify(space)} does not exist: use nasbench201 or darts`);
}

/** Supernet shape of a configuration (of its first stage, where there are several) on images with these classes and colour channels. */
export function supernetShape(
  config: SearchConfig,
  data: { classes: number; imageChannels: number },
): object {
  const { channels, k, imageSize, cells, stem, cellsPerStage } = config;
  if (config.space !== 'darts') return { channels, cellsPerStage, k, imageSize, ...data };
  return { channels, cells, stem, k, imageSize, ...data, operations: spaceOf(config).operations };
}
