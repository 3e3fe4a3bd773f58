// The studies of the laboratory as data: lambda, samplers, widening, implementation variants, and Table 4's methods.
import { searchConfig } from '../search/config.js';
import { formatSchedule, type Stage } from '../search/progressive/schedules.js';
import type { StudyDefinition, Variant } from '../study/definition.js';
import { type AblationOptions, changes, settled, stagesOf, study } from './studySize.js';
import { METHODS, type Method, TEMPERATURE } from './table4.js';
import { LAMBDAS } from './table5.js';

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
  const own = stagesOf(options);
  const [first, second] = own;
  const rules = ['reference', 'net2net', 'reinitialise'] as const;
  const staged = (stages: readonly Stage[], wideningRule: readonly string[] = rules): Variant => ({
    name: scheduleName(stages),
    settings: { stages: formatSchedule(stages) },
    axes: { wideningRule },
  });
  return study('widening', 'Progressive learning: schedules and rules of widening', options, {
    variants: [
      { name: 'one-stage', settings: {}, label: { wideningRule: 'none' } },
      { name: `one-stage-k${first.k}`, settings: { k: first.k }, label: { wideningRule: 'none' } },
      staged(own),
      // The same epochs: other channels, the official script's or widened to all; nothing pruned; more pruned.
      staged([
        { ...first, k: 4 },
        { ...second, k: second.k === 1 ? 2 : 1 },
      ]),
      staged([first, { ...second, operations: first.operations }], ['reference']),
      staged([first, { ...second, operations: 2 }], ['reference']),
    ],
    reference: { variant: scheduleName(own), wideningRule: 'reference' },
  });
};

/** Table 1: one stage with ever fewer channels through the operations, and the search in stages. */
export const partialChannelStudy = (options: AblationOptions = {}): StudyDefinition =>
  study('partial-channels', 'Table 1: partial channels 1/k, and progressive learning', options, {
    variants: [
      // Where a preset has fewer channels than the paper, a large k would leave none.
      ...[1, 2, 4, 8]
        .filter((k) => searchConfig(settled(options).scale).channels % k === 0)
        .map((k): Variant => ({ name: `k=${k}`, settings: { k } })),
      { name: 'progressive', settings: { stages: formatSchedule(stagesOf(options)) } },
    ],
    reference: { variant: 'k=1' },
  });

/**
 * (d) What public implementations of "DrNAS" do differently, one difference each. Not in it: the readout, which gives the same cell
 * on NAS-Bench-201 (both are monotone in alpha), and drawing whole rows, which changes no distribution.
 */
export const variantStudy = (options: AblationOptions = {}): StudyDefinition => {
  const progressive = formatSchedule(stagesOf(options));
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

/** Of ENAS: updates an epoch, and architectures an update, that make so many batches. */
const controllerOf = (batches: number) => ({ updates: batches / 5, architectures: 5 });

/** A method of Table 4 as a variant of a study of searches; undefined for what is only looked up. */
function methodVariant(method: Method, asked: Required<AblationOptions>): Variant | undefined {
  const { scale, dataset } = asked;
  const { name, kind, settings, rival } = method;
  if (kind === 'search') return { name, settings };
  if (kind === 'sharing') {
    // Of the weights' training; what concerns alpha has no part in it but for how long the controller rests.
    const { imageSize, epochs, stepsPerEpoch, frozenEpochs } = changes(asked);
    const shorter = imageSize === undefined ? {} : { imageSize, epochs, stepsPerEpoch, frozenEpochs };
    const search = { dataset, ...shorter, ...rival?.search };
    // The controller sees as many validation batches as there are weight updates, here too.
    const controller = name === 'ENAS' && stepsPerEpoch && controllerOf(stepsPerEpoch);
    return { name, kind: 'rival', settings: { ...rival, scale, ...(controller && { controller }), search } };
  }
  if (kind === 'table') {
    // Over the table a method searches on the data set that is reported, as the differentiable ones do.
    const searchOn = dataset === 'imagenet16-120' ? 'imagenet16' : dataset === 'auto' ? 'cifar10' : dataset;
    return { name, kind: 'rival', settings: { ...rival, searchOn } };
  }
  return undefined;
}

/** (e) Table 4's methods at equal cost (equalCost says what that means). */
export const methodStudy = (options: AblationOptions = {}): StudyDefinition =>
  study('table4', "Table 4's methods at equal cost", options, {
    variants: METHODS.flatMap((method) => methodVariant(method, settled(options)) ?? []),
    reference: { variant: 'DrNAS' },
  });

/** The architecture Hessian's eigenvalues over the search, of DrNAS and DARTS; `none` shows what the anchor does to them. */
export const hessianStudy = (options: AblationOptions = {}): StudyDefinition => {
  const { epochs } = changes(settled(options));
  const { scale } = settled(options);
  const every = scale === 'paper' ? 5 : epochs === undefined ? 1 : epochs / 10;
  const images = scale === 'smoke' ? 16 : 128;
  const diagnostics = { which: ['hessian'], every, images };
  return study('hessian', 'Eigenvalues of the architecture Hessian over the search', options, {
    variants: [
      { name: 'DrNAS', settings: { diagnostics } },
      { name: 'DrNAS-no-anchor', settings: { diagnostics, regulariser: 'none', regulariserWeight: 0 } },
      { name: 'DARTS', settings: { diagnostics, sampler: 'softmax' } },
    ],
    reference: { variant: 'DrNAS' },
  });
};

/** The trajectory figure: DrNAS at the preset itself, whatever the size of the other studies; the same runs as those of `drnas seeds`. */
export const trajectoryStudy = (options: AblationOptions = {}): StudyDefinition =>
  study(
    'trajectory',
    'Range of the architectures that the Dirichlet would draw, over the search',
    { ...options, full: true },
    { variants: [{ name: 'DrNAS', settings: {} }], reference: { variant: 'DrNAS' } },
  );

/** All studies by name. */
export const ABLATIONS: Readonly<Record<string, (options?: AblationOptions) => StudyDefinition>> = {
  lambda: lambdaStudy,
  samplers: samplerStudy,
  widening: wideningStudy,
  'partial-channels': partialChannelStudy,
  implementations: variantStudy,
  table4: methodStudy,
  hessian: hessianStudy,
  trajectory: trajectoryStudy,
};
