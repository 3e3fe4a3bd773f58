// One of each figure, from made-up but plausible data: smooth curves, no randomness.
import { compareEstimators } from '../../src/experiments/estimators.js';
import { checkBound, randomQuadratic, squaredDistance } from '../../src/experiments/proposition1.js';
import { branchMap, errorAlong } from '../../src/experiments/torchBranches.js';
import { accuracyBand } from '../../src/figures/accuracyBand.js';
import { curvePanels } from '../../src/figures/curves.js';
import { anchorPenalties, sparsity } from '../../src/figures/density.js';
import { concentrations, entropy, mixingWeights } from '../../src/figures/edges.js';
import {
  branchMaps,
  errorsAgainstTruth,
  estimatorVariances,
  torchErrors,
} from '../../src/figures/estimator.js';
import { lambdaCurve } from '../../src/figures/lambdaCurve.js';
import { liveView } from '../../src/figures/liveView.js';
import { lossCurve } from '../../src/figures/lossCurve.js';
import { operationShares } from '../../src/figures/operationShares.js';
import { propositionBound } from '../../src/figures/proposition.js';
import { seedComparison } from '../../src/figures/seedComparison.js';
import { dirichletSimplex } from '../../src/figures/simplex.js';
import { spreadCurve } from '../../src/figures/spreadCurve.js';
import { trajectory, trajectorySeeds } from '../../src/figures/trajectory.js';
import type { Figure } from '../../src/figures/types.js';
import { createStream } from '../../src/random/stream.js';
import { OPERATIONS } from '../../src/spaces/darts/operations.js';

/** Epochs of a search that settles: `count` of them. */
export function madeUpEpochs(count: number) {
  return Array.from({ length: count }, (_, i) => {
    const t = (i + 1) / count;
    const wave = (k: number) => 0.5 + 0.5 * Math.sin(7 * k + 9 * t);
    const concentration = Array.from({ length: 6 }, (_, edge) =>
      Array.from({ length: 5 }, (_, o) =>
        o === 0 ? Math.exp(-3 * t) : 1 + t * (wave(edge + o) + (o === (edge % 4) + 1 ? 1.5 : 0)),
      ),
    );
    const mixing = concentration.map((row) => row.map((beta) => beta / row.reduce((a, b) => a + b)));
    const entropies = mixing.map((row) => -row.reduce((sum, p) => sum + p * Math.log(p), 0));
    return {
      epoch: i + 1,
      trainLoss: 0.6 + 1.6 * Math.exp(-3 * t),
      trainAccuracy: 0.79 - 0.6 * Math.exp(-3 * t),
      validLoss: i < 2 ? null : 0.75 + 1.5 * Math.exp(-3 * t),
      validAccuracy: i < 2 ? null : 0.73 - 0.55 * Math.exp(-3 * t),
      supernetAccuracy: 0.75 - 0.6 * Math.exp(-2 * t),
      concentration,
      mixing,
      entropies,
      entropy: entropies.reduce((a, b) => a + b) / 6,
      lookup: { cifar10: 90 + 4.36 * t, cifar100: 60 + 13.51 * t, imagenet16: 33 + 13.34 * t },
      band: {
        cifar10: { min: 10 + 70 * t ** 4, q25: 80 + 12 * t, median: 90, q75: 93 + t, max: 94.37 },
        cifar100: { min: 1 + 50 * t ** 4, q25: 50 + 18 * t, median: 65, q75: 70 + 3 * t, max: 73.51 },
        imagenet16: { min: 1 + 30 * t ** 4, q25: 25 + 15 * t, median: 38, q75: 40 + 5 * t, max: 47.31 },
      },
    };
  });
}

const subtitle = 'CIFAR-10 at 16×16, laptop scale (C=8, N=5), seed 0';

const LIVE = madeUpEpochs(30)
  .slice(0, 18)
  .map((epoch) => ({
    ...epoch,
    genotype:
      '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|',
  }));

/** Five searches whose lower ends differ. */
const SEEDS = [0, 1, 2, 3, 4].map((seed) => ({
  seed,
  epochs: madeUpEpochs(30).map(({ epoch, band, lookup }) => ({
    epoch,
    band: { ...band, cifar10: { ...band.cifar10, min: band.cifar10.min - seed } },
    lookup: { ...lookup, cifar10: lookup.cifar10 - seed / 2 },
  })),
}));

const REFERENCES = [
  { name: 'all conv 3×3', accuracy: 93.76 },
  { name: 'mean of all 15,625', accuracy: 87.06 },
  { name: 'best of 10 random, on average', accuracy: 93.6 },
  { name: 'best of 100 random, on average', accuracy: 94.0 },
  { name: 'best in the table', accuracy: 94.37 },
];

const CONCENTRATIONS = [0.1, 0.3, 1, 3, 10];
const EVEN = [0.2, 0.2, 0.2, 0.2, 0.2];
const stream = createStream(0, 'gallery');
const boundAt = (beta: number) => ({
  beta,
  check: checkBound(squaredDistance(EVEN), Array(5).fill(beta), stream.split('ray', beta), 50),
});
const randomBounds = (shift: number) =>
  Array.from({ length: 20 }, (_, n) => {
    const draw = stream.split('bounds', shift, n);
    return checkBound(randomQuadratic(draw.split('f'), EVEN, shift), Array(5).fill(1 + n / 20), draw, 2);
  });

const seedsOf = (method: string, accuracies: number[]) =>
  accuracies.map((accuracy, seed) => ({ method, seed, accuracy }));

/** Every figure, and those of the shapes that are easily got wrong: one epoch, one panel, one row. */
export const GALLERY: Record<string, () => Figure> = {
  'loss and accuracy': () => lossCurve(madeUpEpochs(40), { subtitle }),
  'loss and accuracy, first epochs': () => lossCurve(madeUpEpochs(3), { subtitle, lastEpoch: 9 }),
  'mixing weights': () => mixingWeights(madeUpEpochs(40), { subtitle }),
  'mixing weights, one epoch': () => mixingWeights(madeUpEpochs(1)),
  concentrations: () => concentrations(madeUpEpochs(40), { subtitle }),
  entropy: () => entropy(madeUpEpochs(9), { subtitle }),
  'entropy by edge': () =>
    entropy(
      madeUpEpochs(40).map(({ epoch, entropies }) => ({ epoch, entropy: entropies })),
      { subtitle },
    ),
  'accuracy band': () =>
    accuracyBand(madeUpEpochs(100), {
      subtitle,
      optimum: { cifar10: 94.37, cifar100: 73.51, imagenet16: 47.31 },
    }),
  'accuracy band, one data set': () =>
    accuracyBand(
      madeUpEpochs(12).map(({ epoch, lookup }) => ({ epoch, lookup: { cifar10: lookup.cifar10 } })),
    ),
  'live view': () =>
    liveView(LIVE, { lastEpoch: 30, title: 'DrNAS', status: 'epoch 18 of 30, 2 min 3 s left' }),
  'live view, before the first epoch': () => liveView([], { lastEpoch: 30 }),
  'live view, one epoch without a table': () =>
    liveView(
      LIVE.slice(0, 1).map(({ band: _, lookup: __, ...rest }) => rest),
      { lastEpoch: 30, subtitle },
    ),
  trajectory: () => trajectory(SEEDS, { subtitle }),
  'trajectory, one seed': () => trajectory(SEEDS.slice(0, 1)),
  'trajectory by seed': () => trajectorySeeds(SEEDS, { subtitle }),
  simplex: () =>
    dirichletSimplex(
      {
        concentrations: [
          [0.3, 0.3, 0.3],
          [1, 1, 1],
          [4, 4, 4],
          [1.2, 0.5, 3],
        ],
        samples: Array.from({ length: 4 }, () => [
          [0.2, 0.3, 0.5],
          [0.9, 0.05, 0.05],
        ]),
      },
      { subtitle: 'two points each' },
    ),
  'operation shares': () =>
    operationShares(
      [0, 1].map((run) =>
        Array.from({ length: 12 }, (_, i) => ({
          epoch: i + 1,
          mixing: Array.from({ length: 28 }, (_, edge) =>
            OPERATIONS.map((_, o) => (o < 3 && i > 5 ? 0 : (1 + ((o + edge + run) % 3) * 0.02 * i) / 7)),
          ),
        })),
      ),
      { operations: OPERATIONS, subtitle },
    ),
  seeds: () =>
    seedComparison(
      [
        ...seedsOf('DrNAS', [94.36, 94.36, 93.83, 94.36, 93.76]),
        ...seedsOf('DARTS', [54.3, 54.3, 93.1, 84.2, 54.3]),
      ],
      { references: REFERENCES, subtitle },
    ),
  'settings with means': () =>
    seedComparison(
      ['dirichlet', 'dirichlet-edge-normalisation', 'gdas'].flatMap((name, i) =>
        seedsOf(name, [92.1 - i, 93.8 - 2 * i, 91 - 9 * i]),
      ),
      {
        ...{ references: REFERENCES.slice(0, 1), subtitle, rowHeight: 40 },
        means: [
          { method: 'dirichlet', mean: 92.3, interval: [89, 95.6] },
          { method: 'dirichlet-edge-normalisation', mean: 88.3, interval: [74, 102] },
          { method: 'gdas', mean: 84.3, interval: null },
        ],
      },
    ),
  'lambda curve': () =>
    lambdaCurve(
      ['l2', 'KL'].map((name, i) => ({
        name,
        points: [0, 5e-4, 1e-3, 1e-2, 1].map((lambda, at) => ({
          lambda,
          values: [94 - at - i, 93 - 2 * at],
          mean: 93.5 - 1.5 * at - i / 2,
          interval: lambda === 1 ? null : ([91 - 2 * at, 96 - at] as const),
        })),
      })),
      {
        subtitle,
        paper: {
          panel: 'l2',
          points: [
            { lambda: 0, value: 93.78 },
            { lambda: 1, value: 93.76 },
          ],
        },
      },
    ),
  'curves of several runs': () =>
    curvePanels(
      [
        {
          x: { title: 'epoch' },
          y: { title: 'entropy (nats)' },
          curves: [0, 1].map((of) =>
            spreadCurve(
              `setting ${of}`,
              [1, 2, 3].map((run) =>
                madeUpEpochs(12).map(({ epoch, entropy }) => ({
                  epoch,
                  entropy: entropy * (1 - 0.03 * run * (of + 1)),
                })),
              ),
              ({ entropy }) => entropy,
            ),
          ),
        },
      ],
      { title: 'Entropy by setting', subtitle },
    ),
  'seeds of one method': () =>
    seedComparison(seedsOf('DrNAS', [94.36, 94.36, 93.83]), { references: REFERENCES.slice(0, 1) }),
  'simplex in two rows': () =>
    dirichletSimplex(
      {
        concentrations: [
          [0.2, 0.2, 0.2],
          [0.5, 0.5, 0.5],
          [1, 1, 1],
          [2, 2, 2],
          [8, 8, 8],
          [1.2, 0.5, 3],
        ],
      },
      { columns: 3, subtitle: 'without points' },
    ),
  curves: () =>
    curvePanels(
      [
        {
          x: { title: 'x', range: [0, 4] },
          y: {
            title: 'y',
            ticks: [
              [0, 'none'],
              [1, 'all'],
            ],
          },
          curves: [
            { name: 'a line with a gap', x: [0, 1, 2, 3], y: [0, null, 0.6, 1] },
            { name: 'points', mode: 'markers', x: [0, 4], y: [1, 0] },
          ],
        },
      ],
      { title: 'Curves', width: 640 },
    ),
  sparsity: () =>
    sparsity(
      [5, 7].map((operations) => ({
        operations,
        rows: CONCENTRATIONS.map((beta) => {
          const middle = 1 / operations + (1 - 1 / operations) / (1 + 2 * beta);
          return { beta, q05: middle * 0.8, median: middle, q95: Math.min(1, middle * 1.2) };
        }),
      })),
      { subtitle },
    ),
  'anchor penalties': () =>
    anchorPenalties(
      Array.from({ length: 41 }, (_, i) => {
        const alpha = i / 10 - 2;
        return {
          alpha,
          kl: alpha * alpha * 0.3,
          l2: (alpha * alpha) / 2,
          klSlope: 0.6 * alpha,
          l2Slope: alpha,
        };
      }),
      { subtitle: 'five operations' },
    ),
  'branch maps': () => branchMaps([5, 16].map((total) => ({ total, ...branchMap(total, 30) }))),
  'torch errors': () =>
    torchErrors([
      { heading: 'a = 1, sum 5', points: errorAlong(1, 5, 60) },
      { heading: 'a = 10, sum 20', points: errorAlong(10, 20, 60) },
    ]),
  'errors against the truth': () =>
    errorsAgainstTruth(
      CONCENTRATIONS.map((total) => ({ total, torch: total > 3 ? 7 : total * 1e-6, exact: total * 1e-13 })),
      { subtitle: 'five points' },
    ),
  'estimator variances': () =>
    estimatorVariances([
      {
        heading: 'by concentration',
        axis: { title: 'concentration β of every operation', log: true },
        points: [0.3, 1, 3].map((beta) => ({
          at: beta,
          comparison: compareEstimators(
            squaredDistance([1, 0, 0, 0, 0]),
            Array(5).fill(beta),
            stream.split(beta),
            200,
          ),
        })),
      },
      {
        heading: 'by a constant in the loss',
        axis: { title: 'constant added to the loss (nats)' },
        points: [0, 1, 2].map((offset) => ({
          at: offset,
          comparison: compareEstimators(
            { ...squaredDistance([1, 0, 0, 0, 0]), offset },
            [1, 1, 1, 1, 1],
            stream.split('offset'),
            200,
          ),
        })),
      },
    ]),
  'proposition bound': () =>
    propositionBound(CONCENTRATIONS.map(boundAt), [...randomBounds(0.05), ...randomBounds(0.5)], {
      subtitle,
    }),
};
