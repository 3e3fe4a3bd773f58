// How large the studies of the laboratory are: a scale's preset, or at laptop scale a shorter search, with its seeds and data.
import type { Scale, SearchConfig } from '../search/config.js';
import { scheduleOf } from '../search/presets.js';
import type { Stage } from '../search/progressive/schedules.js';
import type { StudyDefinition } from '../study/definition.js';

export interface AblationOptions {
  /** Default laptop. */
  scale?: Scale;
  /** Default 0-4. */
  seeds?: string | readonly number[];
  /** Default cifar10; at smoke scale whatever is at hand. */
  dataset?: 'auto' | 'cifar10' | 'cifar100' | 'imagenet16-120';
  /** At laptop scale: the preset as it is, six minutes a run on one core, instead of STUDY_SETTINGS. */
  full?: boolean;
}

/**
 * What studies change in the laptop preset, so that sixty runs take about twenty minutes on two free cores: the same supernet on a
 * quarter of the pixels and of the steps, with a larger rate of alpha. Tried were four sizes of about equal cost (N = 5 or 3 on
 * 8x8, N = 1 on 16x16 or 8x8) with one or two rates each, DrNAS and DARTS, looked up on the seeds 100 and 101, which no study
 * uses; some were stopped early. The size was taken for its depth, which is the preset's.
 */
export const STUDY_SETTINGS = {
  imageSize: 8,
  epochs: 20,
  stepsPerEpoch: 35,
  frozenEpochs: 4,
  alphaLearningRate: 0.12,
  alphaFinalLearningRate: 0.012,
} as const satisfies Partial<SearchConfig>;

const DEFAULTS = { scale: 'laptop', seeds: '0-4', full: false } as const;

/** The options with their defaults. */
export function settled(options: AblationOptions): Required<AblationOptions> {
  const { dataset, ...rest } = { ...DEFAULTS, ...options };
  return { ...rest, dataset: dataset ?? (rest.scale === 'smoke' ? 'auto' : 'cifar10') };
}

/** What the studies of an option change in its preset. */
export const changes = ({ scale, full }: Required<AblationOptions>): Partial<SearchConfig> =>
  scale === 'laptop' && !full ? STUDY_SETTINGS : {};

/** What all studies share. */
export function study(
  name: string,
  title: string,
  options: AblationOptions,
  own: Pick<StudyDefinition, 'axes' | 'variants' | 'reference'>,
): StudyDefinition {
  const asked = settled(options);
  const { scale, seeds, dataset } = asked;
  const base = { dataset, ...changes(asked) };
  return { format: 'drnas-study-1', name, title, kind: 'search', scale, seeds, ...own, base };
}

/** The scale's own stages, their epochs in proportion where a study is shorter. */
export function stagesOf(options: AblationOptions): readonly Stage[] {
  const asked = settled(options);
  const stages = scheduleOf('nasbench201', asked.scale);
  const { epochs, frozenEpochs } = changes(asked);
  if (epochs === undefined || frozenEpochs === undefined) return stages;
  return stages.map((stage) => ({ ...stage, epochs: epochs / stages.length, frozenEpochs }));
}
