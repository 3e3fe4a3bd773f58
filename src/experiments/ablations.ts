// The studies of the laboratory as data: lambda, samplers, widening, implementation variants, and Table 4's methods.
import type { Scale } from '../search/config.js';
import { scheduleOf } from '../search/presets.js';
import { formatSchedule, type Stage } from '../search/progressive/schedules.js';
import type { StudyDefinition, Variant } from '../study/definition.js';
import { METHODS, type Method, TEMPERATURE } from './table4.js';
import { LAMBDAS } from './table5.js';

export interface AblationOptions {
  /** Default laptop. */
  scale?: Scale;
  /** Default 0-4. */
  seeds?: string | readonly number[];
  /** Default cifar10. */
  dataset?: 'cifar10' | 'cifar100' | 'imagenet16-120';
}

const DEFAULTS = { scale: 'laptop', seeds: '0-4', dataset: 'cifar10' } as const;

/** What all studies share. */
function study(
  name: string,
  title: string,
  options: AblationOptions,
  own: Pick<StudyDefinition, 'axes' | 'variants' | 'base' | 'reference'>,
): StudyDefinition {
  const { scale, seeds, dataset } = { ...DEFAULTS, ...options };
  const base = { dataset, ...own.base };
  return { format: 'drnas-study-1', name, title, kind: 'search', scale, seeds, ...own, base };
}

/** (a) Table 5's grid of lambda, for l2 as the paper and for KL. With lambda 0 both are one setting. */
export const lambdaStudy = (options: AblationOptions = {}): StudyDefinition =>
  study('lambda', "Table 5: the anchor's weight lambda, for l2 and for KL", options, {
    variants: [
      {
        name: 'none',
        settings: { regulariser: 'none', regulariserWeight: 0 },
        label: { regulariserWeight: 0 },
      },
      { name: 'l2', settings: { regulariser: 'l2' }, axes: { regulariserWeight: LAMBDAS } },
      { name: 'kl', settings: { regulariser: 'kl' }, axes: { regulariserWeight: LAMBDAS } },
    ],
    reference: { variant: 'l2', regulariserWeight: 1e-3 },
  });

/** (b) Samplers, all else as the preset; how many samples a step, and one sample for all cells or one for each. */
export const samplerStudy = (options: AblationOptions = {}): StudyDefinition =>
  study('samplers', 'Samplers of the mixing weights, all else equal', options, {
    variants: [
      { name: 'dirichlet', settings: {} },
      { name: 'dirichlet-score', settings: { sampler: 'dirichlet-score' } },
      { name: 'dirichlet-mean', settings: { sampler: 'dirichlet-mean' } },
      { name: 'softmax', settings: { sampler: 'softmax' } },
      { name: 'softmax-order2', settings: { sampler: 'softmax', order: 2 } },
      { name: 'gumbel-softmax', settings: { sampler: 'gumbel-softmax', temperature: TEMPERATURE } },
      { name: 'gdas', settings: { sampler: 'gdas', temperature: TEMPERATURE } },
      { name: 'dsnas', settings: { sampler: 'dsnas' } },
      { name: 'logistic-normal', settings: { sampler: 'logistic-normal' } },
      { name: 'dirichlet-4-samples', settings: { samplesPerStep: 4 } },
      { name: 'dirichlet-each-cell', settings: { thetaPer: 'cell' } },
      { name: 'dirichlet-edge-normalisation', settings: { edgeNormalisation: true } },
    ],
    reference: { variant: 'dirichlet' },
  });

/** A schedule of two stages as a name: each stage's k, and the operations that the second keeps. */
const scheduleName = ([first, second]: readonly Stage[]) =>
  `k${first.k}-k${second.k}-keep${second.operations}`;

/** (c) Schedules of progressive learning and how weights grow, and the search in one stage beside them. */
export const wideningStudy = (options: AblationOptions = {}): StudyDefinition => {
  const { scale } = { ...DEFAULTS, ...options };
  const own = scheduleOf('nasbench201', scale);
  const [first, second] = own;
  const rules = ['reference', 'net2net', 'reinitialise'] as const;
  const staged = (stages: readonly Stage[]): Variant => ({
    name: scheduleName(stages),
    settings: { stages: formatSchedule(stages) },
    axes: { wideningRule: rules },
  });
  return study('widening', 'Progressive learning: schedules and rules of widening', options, {
    variants: [
      { name: 'one-stage', settings: {}, label: { wideningRule: 'none' } },
      { name: `one-stage-k${first.k}`, settings: { k: first.k }, label: { wideningRule: 'none' } },
      staged(own),
      // The same epochs: nothing pruned; more pruned; and other channels, the official script's or widened to all.
      staged([first, { ...second, operations: first.operations }]),
      staged([first, { ...second, operations: 2 }]),
      staged([
        { ...first, k: 4 },
        { ...second, k: second.k === 1 ? 2 : 1 },
      ]),
    ],
    reference: { variant: scheduleName(own), wideningRule: 'reference' },
  });
};

/**
 * (d) What public implementations of "DrNAS" do differently, one difference each. Not in it: the readout, which gives the same cell
 * on NAS-Bench-201 (both are monotone in alpha), and drawing whole rows, which changes no distribution.
 */
export const variantStudy = (options: AblationOptions = {}): StudyDefinition => {
  const { scale } = { ...DEFAULTS, ...options };
  const progressive = `nasbench201-${scale}`;
  return study('implementations', 'DrNAS as public code has it: one difference each', options, {
    variants: [
      { name: 'kit', settings: {} },
      // The norm that clips the weights' gradient counts alpha's (201-space/train_search.py:273).
      { name: 'clip-includes-alpha', settings: { clipIncludesAlpha: true } },
      // NASLib: KL of one Dirichlet over all edges (drnas/optimizer.py:144-151), on by default.
      { name: 'kl-each-edge', settings: { regulariser: 'kl' } },
      { name: 'kl-joint-naslib', settings: { regulariser: 'kl-joint' } },
      // confopt: the plain norm (oneshot/regularizer.py:83); the paper writes the squared distance of beta to 1.
      { name: 'norm-beta-confopt', settings: { regulariser: 'norm-beta' } },
      { name: 'l2-beta-paper-text', settings: { regulariser: 'l2-beta' } },
      // The official script has neither rest nor schedule for alpha (201-space/train_search.py:264 is commented out).
      { name: 'alpha-never-rests', settings: { frozenEpochs: 0 } },
      { name: 'alpha-rate-constant', settings: { alphaFinalLearningRate: null } },
      {
        name: 'alpha-official-rate',
        settings: { frozenEpochs: 0, alphaLearningRate: 3e-4, alphaFinalLearningRate: null },
      },
      // The rate jumps back at the stage boundary (net2wider.py:113-116).
      { name: 'progressive', settings: { stages: progressive } },
      { name: 'progressive-rate-restarts', settings: { stages: progressive, learningRateRestart: true } },
    ],
    reference: { variant: 'kit' },
  });
};

/** A method of Table 4 as a variant of a study of searches; undefined for what is only looked up. */
function methodVariant(method: Method, { scale, dataset }: Required<AblationOptions>): Variant | undefined {
  const { name, kind, settings, rival } = method;
  if (kind === 'search') return { name, settings };
  if (kind === 'sharing')
    return { name, kind: 'rival', settings: { ...rival, scale, search: { dataset, ...rival?.search } } };
  if (kind === 'table') {
    // Over the table a method searches on the data set that is reported, as the differentiable ones do.
    const searchOn = dataset === 'imagenet16-120' ? 'imagenet16' : dataset;
    return { name, kind: 'rival', settings: { ...rival, searchOn } };
  }
  return undefined;
}

/** (e) Table 4's methods at equal cost (EQUAL_COST says what that means). */
export const methodStudy = (options: AblationOptions = {}): StudyDefinition =>
  study('table4', "Table 4's methods at equal cost", options, {
    variants: METHODS.flatMap((method) => methodVariant(method, { ...DEFAULTS, ...options }) ?? []),
    reference: { variant: 'DrNAS' },
  });

/** All studies by name. */
export const ABLATIONS: Readonly<Record<string, (options?: AblationOptions) => StudyDefinition>> = {
  lambda: lambdaStudy,
  samplers: samplerStudy,
  widening: wideningStudy,
  implementations: variantStudy,
  table4: methodStudy,
};
